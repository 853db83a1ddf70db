// The helpers over streams: `stream`, `fc`, and `partial_json`, which needs no client.
//
// `run` gets `newClient()`, `prepare(client, call, signal)` (the call as a function of the client), the case's `call`, the
// `answer` to fill (`events`, `result`, `lead`, or `unsupported` with the reason where the package has no such helper), the
// `signal` that cancels, and `require`, `packageName` and `ours` of the package under test. What it throws is the case's error.

// The fields of the events of a chat stream that every language tells. Chunks are not compared, nor what was parsed.
const CHAT_EVENTS = {
  "content.delta": ["delta", "snapshot"],
  "content.done": ["content"],
  "refusal.delta": ["delta", "snapshot"],
  "refusal.done": ["refusal"],
  "tool_calls.function.arguments.delta": [
    "index",
    "name",
    "arguments",
    "arguments_delta",
  ],
  "tool_calls.function.arguments.done": ["index", "name", "arguments"],
  "logprobs.content.delta": ["content", "snapshot"],
  "logprobs.content.done": ["content"],
  "logprobs.refusal.delta": ["refusal", "snapshot"],
  "logprobs.refusal.done": ["refusal"],
};
// What the package adds to what the server sent.
const ADDED = ["parsed", "parsed_arguments", "output_parsed", "output_text"];

export async function run(context) {
  const { call, answer } = context;
  answer.events = [];
  if (call.helper === "partial_json") return partialJson(context);
  if (call.helper === "fc") return earlyCalls(context);
  return call.operation.startsWith("chat.")
    ? chatStream(context)
    : responseStream(context);
}

/** The arguments that the plain call would get, and the object that has the method. */
export function bound({ newClient, prepare, call, signal }) {
  const capture = new Proxy(function () {}, {
    get: () => capture,
    apply: (_, __, given) => given,
  });
  const given = prepare(
    capture,
    { ...call, stream: false, surface: "compat" },
    signal,
  )();
  const options = given.pop();
  // `responses.retrieve` has the id beside its parameters, the helper among them.
  const params =
    typeof given[0] === "string"
      ? { response_id: given[0], ...given[1] }
      : given[0];
  const native =
    call.surface === "native" && call.operation === "responses.create";
  const client = newClient();
  const resource = call.operation
    .split(".")
    .slice(0, -1)
    .reduce((owner, name) => owner?.[name], client);
  return {
    target: native && call.helper === "fc" ? client : resource,
    params,
    options,
  };
}

async function chatStream(context) {
  const { call, answer } = context;
  const { target, params, options } = bound(context);
  const stream = target.stream(params, options);
  for (const [type, fields] of Object.entries(CHAT_EVENTS)) {
    stream.on(type, (event) => {
      if (answer.events.length === call.take) return;
      answer.events.push({
        type,
        ...Object.fromEntries(fields.map((name) => [name, plain(event[name])])),
      });
      if (answer.events.length === call.take) stream.abort();
    });
  }
  await finish(() => stream.finalChatCompletion(), context, stream);
}

async function responseStream(context) {
  const { call, answer } = context;
  const { target, params, options } = bound(context);
  if (!target) {
    answer.unsupported =
      "the native client has no helper over response streams besides early calls";
    return;
  }
  const stream = target.stream(params, options);
  for await (const event of stream) {
    const { snapshot: _, ...raw } = event;
    if (answer.events.push(plain(raw)) === call.take) break;
  }
  await finish(() => stream.finalResponse(), context, stream);
}

/** The final result, unless the case leaves the stream before. */
async function finish(final, { call, answer }, stream) {
  try {
    answer.result = plain(await final());
  } catch (error) {
    if (!(call.take && stream.aborted && answer.events.length === call.take))
      throw error;
  }
}

async function earlyCalls(context) {
  const { call, answer } = context;
  const { target, params, options } = bound(context);
  if (!target?.createStreamFc) {
    answer.unsupported = "the package does not hand over calls early";
    return;
  }
  const calls = target.createStreamFc(params, options);
  let handedOver;
  for await (const { name, callId, arguments: text } of calls) {
    handedOver = performance.now();
    if (
      answer.events.push({ name, call_id: callId, arguments: text }) ===
      call.take
    )
      return;
  }
  if (handedOver !== undefined)
    answer.lead = (performance.now() - handedOver) / 1000;
  answer.result = plain(
    await (calls.finalResponse ?? calls.finalChatCompletion).call(calls),
  );
}

function partialJson({ call, answer, require, ours }) {
  if (!ours) {
    answer.unsupported = "the package parses no partial JSON in public";
    return;
  }
  const { PartialJson } = require("openai-oxide");
  const json = new PartialJson();
  for (const piece of call.params.pieces) {
    json.push(piece);
    answer.events.push(plain({ value: json.value, complete: json.complete }));
  }
}

/** As JSON, without what the package adds. */
export function plain(value) {
  return value === undefined
    ? undefined
    : JSON.parse(
        JSON.stringify(value, (name, inner) =>
          ADDED.includes(name) ? undefined : inner,
        ),
      );
}
