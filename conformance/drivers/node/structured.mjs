// Structured output and tools: `parse`, `run_tools`, and `strict_schema`, which needs no client.
//
// `run` gets `newClient()`, `prepare(client, call, signal)` (the call as a function of the client), the case's `call`, the
// `answer` to fill (`result`, `parsed`, `events`, or `unsupported` with the reason where the package has no such helper), the
// `signal` that cancels, and `require`, `packageName` and `ours` of the package under test. What it throws is the case's error.

import { setTimeout as wait } from "node:timers/promises";

import { bound, plain } from "./streaming.mjs";

/** The shapes of the suite, in zod. */
export function shapes(z) {
  const Step = z.object({ explanation: z.string(), output: z.string() });
  const Circle = z.object({ kind: z.literal("circle"), radius: z.number() });
  const Square = z.object({ kind: z.literal("square"), side: z.number() });
  const Tree = z.object({
    value: z.int(),
    get children() {
      return z.array(Tree);
    },
  });
  return {
    MathAnswer: z.object({ steps: z.array(Step), final_answer: z.string() }),
    Person: z.object({ name: z.string(), age: z.int(), email: z.string().nullable() }),
    Drawing: z.object({ shapes: z.array(z.discriminatedUnion("kind", [Circle, Square])) }),
    Tree,
    Mood: z.object({ mood: z.enum(["happy", "sad"]), score: z.number() }),
  };
}

/** The tools of the suite: name → what a zod function is made of. */
export function tools(z) {
  return {
    get_weather: {
      description: "The weather in a city.",
      parameters: z.object({ city: z.string(), unit: z.enum(["celsius", "fahrenheit"]) }),
      function: ({ city, unit }) => ({ city, temperature: 21, unit }),
    },
    add: {
      description: "The sum of two numbers.",
      parameters: z.object({ a: z.int(), b: z.int() }),
      function: ({ a, b }) => ({ sum: a + b }),
    },
    sleep: {
      description: "Waits.",
      parameters: z.object({ seconds: z.number() }),
      function: async ({ seconds }) => {
        await wait(seconds * 1000);
        return { slept: seconds };
      },
    },
    fail: {
      description: "Fails.",
      parameters: z.object({ reason: z.string() }),
      function: ({ reason }) => {
        throw new Error(reason);
      },
    },
  };
}

export async function run(context) {
  const { call, require, packageName, ours } = context;
  if (call.helper === "strict_schema") return strictSchema(context);
  const zod = require("zod");
  const helpers = require(`${packageName}/helpers/zod`);
  const { target, params, options } = bound(context);
  const chat = call.operation.startsWith("chat.");
  if (call.format) {
    const shape = shapes(zod)[call.format];
    if (chat) params.response_format = helpers.zodResponseFormat(shape, call.format);
    else params.text = { ...params.text, format: helpers.zodTextFormat(shape, call.format) };
  }
  if (call.helper === "parse") return parse(context, { target, params, options, chat });
  if (!chat && !ours) {
    context.answer.unsupported = "the package's loop over responses takes no typed functions of several kinds";
    return;
  }
  const known = tools(zod);
  const make = chat ? helpers.zodFunction : helpers.zodResponsesFunction;
  params.tools = call.tools.map((name) => make({ name, ...known[name] }));
  return runTools(context, { target, params, options, chat });
}

async function parse({ call, answer }, { target, params, options, chat }) {
  let result;
  if (call.stream) {
    const stream = target.stream(params, options);
    result = await (chat ? stream.finalChatCompletion() : stream.finalResponse());
  } else {
    result = await target.parse(params, options);
  }
  answer.parsed = (chat ? result.choices[0].message.parsed : result.output_parsed) ?? null;
  answer.result = plain(result);
}

async function runTools({ call, answer }, { target, params, options, chat }) {
  if (chat && call.stream) params.stream = true;
  if (call.max_rounds !== undefined) options[chat ? "maxChatCompletions" : "maxRounds"] = call.max_rounds;
  const runner = target.runTools(params, options);
  const given = chat ? params.messages.length : 0;
  try {
    answer.result = plain(await (chat ? runner.finalChatCompletion() : runner.finalResponse()));
  } finally {
    answer.events = plain(chat ? chatSteps(runner.messages.slice(given)) : runner.steps);
  }
}

/** The steps of a conversation, whichever package has led it. */
function chatSteps(messages) {
  const names = {};
  return messages.map((message) => {
    if (message.role === "tool") {
      const { tool_call_id, content } = message;
      return { type: "tool", name: names[tool_call_id], call_id: tool_call_id, output: content };
    }
    const calls = (message.tool_calls ?? []).map(({ id, function: { name, arguments: text } }) => {
      names[id] = name;
      return { name, arguments: text, call_id: id };
    });
    return { type: "assistant", content: message.content ?? null, calls };
  });
}

/** The core's conversion; what the helpers add to it is in the tests of the package. */
function strictSchema({ call, answer, require, ours }) {
  if (!ours) {
    answer.unsupported = "the package has no conversion of plain JSON schemas in public";
    return;
  }
  const { addon } = require("./dist/core/native.js");
  const { fromNative } = require("./dist/core/error.js");
  try {
    answer.result = JSON.parse(addon.strictSchema(JSON.stringify(call.params.schema)));
  } catch (error) {
    throw fromNative(error.message);
  }
}
