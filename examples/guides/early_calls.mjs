/** Function calls handed over while the answer still streams: the work starts before the model has finished. */

import { OpenAI } from 'openai-oxide/compat';

const client = new OpenAI();
const weather = {
  type: 'function',
  name: 'get_weather',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};

const request = { model: 'gpt-5.4-mini', input: 'Weather in Zürich and Oslo?', tools: [weather] };
const calls = client.responses.createStreamFc(request);
for await (const call of calls) {
  console.log(`${call.name} for ${call.parsed.city}`);
}
const response = await calls.finalResponse();
console.log(`${response.output.length} calls in all`);
