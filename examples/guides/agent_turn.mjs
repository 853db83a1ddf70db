/** One turn of a hosted agent: its words as they come, a function of yours that it calls, and what the turn came to. */

import { OpenAI } from 'openai-oxide/compat';

const client = new OpenAI();
const { sessions } = client.beta.agents;

const turn = sessions.stream('sess_1', {
  input: 'How warm is it in Oslo?',
  toolHandlers: { get_temperature: ({ city }) => (city === 'Oslo' ? '4' : '21') },
});
for await (const event of turn) {
  if (event.type === 'agent.session.turn.output_text.delta') console.log(event.delta);
}
console.log((await turn.finalResult()).output_text);
