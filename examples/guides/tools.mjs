/** A conversation in which the model calls a function of yours, until it has its answer. */

import { OpenAI } from 'openai-oxide/compat';
import { zodFunction } from 'openai-oxide/compat/helpers/zod';
import { z } from 'zod';

const getTemperature = zodFunction({
  name: 'get_temperature',
  description: 'The temperature of a city, in degrees Celsius.',
  parameters: z.object({ city: z.string() }),
  function: ({ city }) => (city === 'Oslo' ? 4 : 21),
});

const client = new OpenAI();
const messages = [{ role: 'user', content: 'Where is it warmer, Zürich or Oslo?' }];

const request = { model: 'gpt-5.4-mini', messages, tools: [getTemperature], stream: true };
const runner = client.chat.completions.runTools(request);
runner.on('functionToolCallResult', (output) => console.log(`get_temperature: ${output}`));
console.log(await runner.finalContent());
