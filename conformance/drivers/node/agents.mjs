// Helpers of hosted agents: `agent_turn`, one turn with its handlers and its result, and `agent_files`; and `tool_runner`.
//
// `run` gets what structured.mjs tells, and `optionsOf(call, signal)` and `withFiles(value)`. `told` is what the errors of
// these helpers say beside what all errors say.

import { plain } from "./streaming.mjs";
import { shapes, tools } from "./structured.mjs";

export async function run(context) {
  const { call } = context;
  if (call.helper === "agent_turn") return turn(context);
  if (call.helper === "tool_runner") return runner(context);
  return files(context);
}

export function told(error) {
  if (error.attemptedCallIds) return { class: "ToolRunnerError" }; // which the Node packages call otherwise
  const uploaded = error.uploadedFiles?.map(({ id }) => id);
  return { reason: error.reason, uploaded };
}

async function turn({ newClient, call, answer, signal, require, packageName, optionsOf }) {
  const zod = require("zod");
  const { sessions } = newClient().beta.agents;
  const { session_id, ...params } = call.params;
  const options = optionsOf(call, signal);
  const known = tools(zod);
  if (call.tools) params.toolHandlers = Object.fromEntries(call.tools.map((name) => [name, known[name].function]));
  const { zodAgentTextFormat } = require(`${packageName}/helpers/beta/agents/zod`);
  const format = call.format && zodAgentTextFormat(shapes(zod)[call.format]);
  let stream;
  if (call.operation.endsWith(".create")) {
    if (format) params.agent = { ...params.agent, text: { ...params.agent?.text, format } };
    stream = await sessions.create({ ...params, stream: true }, options);
  } else {
    if (format) params.outputFormat = format;
    stream = sessions.stream(session_id, params, options);
  }
  stream.withResultCollection();
  answer.events = [];
  try {
    for await (const event of stream) if (answer.events.push(plain(event)) === call.take) return;
  } catch (error) {
    if (answer.events.length === 0) throw error; // else it is told by the result
  }
  const { turn, messages, output_text, output_parsed } = await stream.finalResult();
  answer.result = { turn: plain(turn), messages: plain(messages), output_text };
  answer.parsed = output_parsed ?? null;
}

async function files({ newClient, call, answer, signal, optionsOf, withFiles }) {
  const { environments, sessions } = newClient().beta.agents;
  const options = optionsOf(call, signal);
  const params = await withFiles(call.params);
  if (call.operation.endsWith(".for_result")) {
    const { session_id, turn_id, path } = params;
    const content = await sessions.artifacts.forResult({ session_id, turn_id }).content(path, options);
    answer.bytes = Buffer.from(await content.arrayBuffer()).toString("base64");
  } else if (call.operation.endsWith(".prepare")) {
    const { files, uploadedFiles } = await environments.files.prepare(params.files, options);
    answer.result = { files: plain(files), uploaded: uploadedFiles.map(({ id }) => id) };
  } else {
    const { environment_id, ...rest } = params;
    const { uploadedFile, environmentFile } = await environments.files.upload(environment_id, rest, options);
    answer.result = { uploaded: [uploadedFile.id], file: plain(environmentFile) };
  }
}

async function runner({ newClient, call, answer, signal, require, packageName, optionsOf }) {
  const { ResponsesToolRunner, runnerFunction } = require(`${packageName}/helpers/responses-tool-runner`);
  const { zodResponsesFunction } = require(`${packageName}/helpers/zod`);
  const known = tools(require("zod"));
  const functions = call.tools.map((name) => {
    const run = async (args) => {
      const result = await known[name].function(args);
      return typeof result === "string" ? result : JSON.stringify(result);
    };
    return runnerFunction(zodResponsesFunction({ name, ...known[name], function: run }));
  });
  const options = { requestOptions: optionsOf(call), signal, stream: call.stream, maxSteps: call.max_rounds };
  answer.events = [];
  const loop = new ResponsesToolRunner({ functions });
  for await (const turn of loop.iterate(newClient(), call.params, options)) {
    const { step, final, attemptedCallIds: attempted, completedCallIds: completed } = turn;
    if (answer.events.push({ step, final, attempted, completed }) === call.take) return;
    if (final) answer.result = plain(turn.response);
  }
}
