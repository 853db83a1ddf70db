/** An answer as a value of your own type: here a zod schema; any Standard Schema does as well. */

import { OpenAI } from 'openai-oxide/compat';
import { zodResponseFormat } from 'openai-oxide/compat/helpers/zod';
import { z } from 'zod';

const Step = z.object({ explanation: z.string(), output: z.string() });
const MathAnswer = z.object({ steps: z.array(Step), final_answer: z.string() });

const client = new OpenAI();
const messages = [{ role: 'user', content: 'Solve 8x + 31 = 2.' }];

const response_format = zodResponseFormat(MathAnswer, 'MathAnswer');
const completion = await client.chat.completions.parse({ model: 'gpt-5.4-mini', messages, response_format });
const { parsed, refusal } = completion.choices[0].message;
if (parsed) {
  for (const step of parsed.steps) console.log(`${step.explanation}: ${step.output}`);
  console.log(`answer: ${parsed.final_answer}`);
} else {
  console.log(`refused: ${refusal}`);
}
