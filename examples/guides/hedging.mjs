/** A call that is asked again beside itself when its answer is late; the first answer counts. */

import { OpenAI } from 'openai-oxide/compat';

const client = new OpenAI().withOptions({ hedge: { delay: 250 } });

const call = client.responses.create({ model: 'gpt-5.4-mini', input: 'What is 2 + 2?' });
const { data, hedge } = await call.withResponse();
console.log(data.output_text);
if (hedge) console.log(`request ${hedge.winner + 1} of ${hedge.started} won`);
