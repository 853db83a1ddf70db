// The helpers over streams: `stream`, `fc`, and `partial_json`, which needs no client.
//
// `run` gets `newClient()`, `prepare(client, call, signal)` (the call as a function of the client), the case's `call`, the
// `answer` to fill (`events`, `result`, `lead`, or `unsupported` with the reason where the package has no such helper), the
// `signal` that cancels, and `require`, `packageName` and `ours` of the package under test. What it throws is the case's error.

export async function run({ call, answer }) {
  answer.unsupported = `the driver has no ${call.helper} yet`;
}
