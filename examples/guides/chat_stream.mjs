/** A chat completion as it is written: text piece by piece, then the whole. */

import { OpenAI } from 'openai-oxide/compat';

const client = new OpenAI();
const messages = [{ role: 'user', content: 'Write a haiku about rust.' }];

const stream = client.chat.completions.stream({ model: 'gpt-5.4-mini', messages });
stream.on('content.delta', ({ delta }) => process.stdout.write(delta));
stream.on('content.done', () => console.log());
const completion = await stream.finalChatCompletion();
console.log(`finished: ${completion.choices[0].finish_reason}`);
