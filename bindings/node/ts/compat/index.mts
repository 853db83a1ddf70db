// `import OpenAI from "openai-oxide/compat"`: the same classes as `require` gives, so `instanceof` holds across both.

export {
  OpenAI,
  OpenAI as default,
  APIPromise,
  PagePromise,
  toFile,
  toStreamingFile,
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
} from "./index.js";
export type { ApiKeySetter, ClientOptions, RequestOptions, Uploadable } from "./index.js";
