// `openai-oxide`: the small native client.

export { Client, type ResponseParams } from "./client.js";
export type { FunctionCall, FunctionCallUpdate, ResponseEarlyCalls } from "./lib/early-calls.js";
export { PartialJson } from "./lib/partial-json.js";
export { crossings, type EventIterator } from "./core/streaming.js";
export type { ClientOptions } from "./core/base-client.js";
export type { Hedge, HedgeLoser, HedgeOption, HedgeReport } from "./core/hedge.js";
export type { RequestOptions } from "./core/request.js";
export * from "./core/error.js";
export { VERSION } from "./core/version.js";
