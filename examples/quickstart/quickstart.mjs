/** The quickstart in Node.js: one answer, one stream, one embedding. Needs OPENAI_API_KEY, or `nox -s quickstart`. */

import { OpenAI } from 'openai-oxide/compat';

const model = process.env.QUICKSTART_MODEL ?? 'gpt-5.4-mini';
const embedder = process.env.QUICKSTART_MODEL ?? 'text-embedding-3-small';
const client = new OpenAI();

const response = await client.responses.create({
  model,
  input: 'Say hello in one short sentence.',
  max_output_tokens: 24,
});
console.log(response.output_text);

const stream = await client.chat.completions.create({
  model,
  messages: [{ role: 'user', content: 'Count from one to five.' }],
  max_tokens: 24,
  stream: true,
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? '');
}
console.log();

const vector = (await client.embeddings.create({ model: embedder, input: 'hello' })).data[0].embedding;
console.log(`${vector.length} numbers`);
