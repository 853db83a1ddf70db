// The Node driver: runs conformance calls through any package that has the official names.
//
// It reads one JSON request per line and writes one JSON answer per line, in any order; the protocol is
// described in conformance/README.md. `--package openai` makes it the oracle, `openai-oxide/compat` the
// subject; `--from` is the folder from which the package is resolved. Nothing here knows what a case expects.
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { inspect, parseArgs } from "node:util";

import * as agents from "./agents.mjs";
import { SIGNATURES, STREAMS_ONLY } from "./signatures.mjs";
import * as streaming from "./streaming.mjs";
import * as structured from "./structured.mjs";

const { values: args } = parseArgs({
  options: { name: { type: "string" }, package: { type: "string" }, from: { type: "string" } },
});
const require = createRequire(join(resolve(args.from), "package.json"));
const ours = args.package.startsWith("openai-oxide");
const { OpenAI, toFile } = require(args.package);
const { Client } = ours ? require("openai-oxide") : {};

const HELPERS = {
  stream: streaming,
  fc: streaming,
  partial_json: streaming,
  parse: structured,
  run_tools: structured,
  strict_schema: structured,
  agent_turn: agents,
  agent_files: agents,
  tool_runner: agents,
};

const camel = (name) => name.replace(/_(api(?=_)|\w)/g, (_, letters) => letters.toUpperCase());

// The files that cases upload by their paths; gone with the driver.
const scratch = mkdtempSync(join(tmpdir(), "conformance-"));
process.on("exit", () => rmSync(scratch, { recursive: true }));

/** The value with each `{$file: …}` as a program gives a file: a stream of its path, or what `toFile` makes of its bytes. */
async function withFiles(value) {
  if (Array.isArray(value)) return Promise.all(value.map(withFiles));
  if (typeof value !== "object" || value === null) return value;
  if (!("$file" in value)) {
    const members = Object.entries(value).map(async ([name, member]) => [name, await withFiles(member)]);
    return Object.fromEntries(await Promise.all(members));
  }
  const { name, content_type, text, base64, as } = value.$file;
  const content = base64 === undefined ? Buffer.from(text) : Buffer.from(base64, "base64");
  const type = content_type === undefined ? undefined : { type: content_type };
  if (as !== "path") return toFile(content, name, type);
  const path = join(mkdtempSync(join(scratch, "file-")), name);
  writeFileSync(path, content);
  return type ? toFile(createReadStream(path), name, type) : createReadStream(path);
}

/** Limits that only our package has, in milliseconds. */
function limits(told) {
  const found = {};
  for (const name of ["connect_timeout", "first_token_timeout", "idle_timeout", "deadline"]) {
    if (told[name] !== undefined) found[camel(name)] = told[name] * 1000;
  }
  return found;
}

/** Hedging, with its delay in milliseconds. */
function hedging(told) {
  if (typeof told === "number") return told * 1000;
  return told?.delay === undefined ? told : { ...told, delay: told.delay * 1000 };
}

function makeClient(Class, baseURL, { environment = {}, ...told }) {
  const options = { baseURL, ...limits(told) };
  const renamed = {
    api_key: "apiKey",
    base_url: "baseURL",
    default_headers: "defaultHeaders",
    default_query: "defaultQuery",
    max_event_bytes: "maxEventBytes",
    max_retries: "maxRetries",
    organization: "organization",
    project: "project",
  };
  for (const [name, option] of Object.entries(renamed)) if (name in told) options[option] = told[name];
  if (told.timeout !== undefined) options.timeout = told.timeout * 1000;
  if (told.hedge !== undefined) options.hedge = hedging(told.hedge);
  Object.assign(process.env, environment);
  try {
    return new Class(options);
  } finally {
    for (const name of Object.keys(environment)) delete process.env[name];
  }
}

/** The options of a call. */
function optionsOf(call, signal) {
  const { extra_headers, extra_query, timeout, max_retries, idempotency_key, hedge } = call.options ?? {};
  const options = limits(call.options ?? {});
  if (extra_headers) options.headers = extra_headers;
  if (extra_query) options.query = extra_query;
  if (timeout !== undefined) options.timeout = timeout * 1000;
  if (max_retries !== undefined) options.maxRetries = max_retries;
  if (idempotency_key) options.idempotencyKey = idempotency_key;
  if (hedge !== undefined) options.hedge = hedging(hedge);
  if (signal) options.signal = signal;
  return options;
}

function prepare(client, call, signal) {
  const [pathNames, takesParams, renamed = {}] = SIGNATURES[call.operation];
  const { extra_query, extra_body } = call.options ?? {};
  const params = { ...call.params, ...extra_body };
  const path = pathNames.map((name) => params[name]);
  for (const name of pathNames) delete params[name];
  for (const [name, key] of Object.entries(renamed)) {
    if (name in params) params[key] = params[name];
    delete params[name];
  }
  if (call.stream && !STREAMS_ONLY.includes(call.operation)) params.stream = true;
  const options = optionsOf(call, signal);
  // Parameters of a GET are its query, which `options.query` would replace.
  if (extra_query && takesParams && /(list|retrieve)$/.test(call.operation))
    (Object.assign(params, options.query), delete options.query);
  // The native client has methods of its own, for responses only.
  if (call.surface === "native")
    return () => (call.stream ? client.createStream(params, options) : client.createResponse(params, options));
  const names = call.operation.split(".").map(camel);
  const method = names.pop();
  const resource = names.reduce((owner, name) => owner[name], client);
  const noParams = takesParams === "optional" && Object.keys(params).length === 0;
  return () => resource[method](...path, ...(takesParams ? [noParams ? undefined : params] : []), options);
}

/** Every field of an error, and every text a user might print or log. */
function describe(error) {
  const ancestors = [];
  for (
    let proto = Object.getPrototypeOf(error);
    proto && proto !== Object.prototype;
    proto = Object.getPrototypeOf(proto)
  )
    ancestors.push(proto.constructor.name);
  return {
    class: error.constructor.name,
    ancestors,
    status: error.status ?? null,
    code: error.code ?? null,
    param: error.param ?? null,
    type: error.type ?? null,
    message: error.message,
    request_id: error.requestID ?? null,
    phase: error.phase ?? null,
    text: [String(error), error.stack, inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error)].join(
      "\n",
    ),
  };
}

async function run({ base_url, case: { client: settings = {}, call } }) {
  const answer = {};
  const helper = HELPERS[call.helper];
  // A list with a number of items to take is followed over its pages; without one, its first page is the result.
  const collects = !helper && (call.stream || (call.operation.endsWith(".list") && call.take !== undefined));
  const events = [];
  const abort = call.abort_after === undefined ? undefined : new AbortController();
  const timer = abort && setTimeout(() => abort.abort(), call.abort_after * 1000);
  const newClient = () => makeClient(call.surface === "native" ? Client : OpenAI, base_url, settings);
  try {
    if (helper) {
      const signal = abort?.signal;
      const context = { newClient, prepare, optionsOf, withFiles, call, answer, signal, require, packageName: args.package, ours };
      await helper.run(context);
      return answer;
    }
    const client = newClient();
    answer.client_text = `${client}\n${ours ? inspect(client, { depth: 10, showHidden: true }) : ""}`;
    const start = prepare(client, { ...call, params: await withFiles(call.params ?? {}) }, abort?.signal);
    if (collects) {
      const items = call.stream ? await start() : start();
      for await (const item of items) if (events.push(JSON.parse(JSON.stringify(item))) === call.take) break;
      if (ours && call.stream) answer.crossings = items[Symbol.for("openai-oxide.crossings")];
    } else {
      const result = await start();
      if (typeof result?.arrayBuffer === "function") {
        answer.bytes = Buffer.from(await result.arrayBuffer()).toString("base64");
        return answer;
      }
      // A page also carries what it needs to ask for the next one; its own data is the body.
      const value = result?.getPaginatedItems ? (result.body ?? result) : result;
      answer.result = value === undefined ? null : JSON.parse(JSON.stringify(value));
      // The package adds the joined text to a response; the suite speaks of what the server sent.
      if (call.operation.startsWith("responses.")) delete answer.result?.output_text;
      answer.request_id = result?._request_id ?? null;
    }
  } catch (error) {
    answer.error = { ...describe(error), ...helper?.told?.(error) };
  } finally {
    clearTimeout(timer);
  }
  if (collects) answer.events = events;
  return answer;
}

// "compat": ends of streams and names are the official ones; "abort": a call can be cancelled from outside;
// "environment": variables can be set while a client is made.
// The helpers are there if one of the packages has them; where the other lacks one, the helper's module says so.
const features = ["compat", "abort", "environment", "stream-helpers", "early-calls", "structured", "tools"];
features.push("agents", "tool-runner");
if (ours) features.push("crossings", "hedge", "idempotency-key", "limits", "native-responses");
const send = (message) => process.stdout.write(JSON.stringify(message) + "\n");
console.log = console.info = console.debug = console.error; // a stray print of the package is a log, not an answer
send({ driver: args.name, features: features.sort() });
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const start = performance.now();
  run(request).then((answer) => send({ id: request.id, ...answer, elapsed: (performance.now() - start) / 1000 }));
}
