// `openai-oxide/compat`: the names of the official package.
//
// `require` gives the class itself with all names on it, as the official package does; `import` goes through index.mts.

import { OpenAI } from "../generated/openai.js";

export { OpenAI, OpenAI as default };
export { APIPromise } from "../core/api-promise.js";
export { PagePromise } from "../core/pagination.js";
export { toFile, toStreamingFile, type Uploadable } from "../core/uploads.js";
export type { ApiKeySetter, ClientOptions } from "../core/base-client.js";
export type { Hedge, HedgeLoser, HedgeOption, HedgeReport } from "../core/hedge.js";
export type { RequestOptions } from "../core/request.js";
export {
  OpenAIError,
  APIError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIUserAbortError,
  NotFoundError,
  ConflictError,
  RateLimitError,
  BadRequestError,
  AuthenticationError,
  OAuthError,
  InternalServerError,
  PermissionDeniedError,
  UnprocessableEntityError,
  InvalidWebhookSignatureError,
  SubjectTokenProviderError,
} from "../core/error.js";

declare const module: { exports: object };
module.exports = Object.defineProperties(OpenAI, Object.getOwnPropertyDescriptors(module.exports));
