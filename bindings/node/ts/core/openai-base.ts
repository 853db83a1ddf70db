// What the `OpenAI` class is besides its resources: options, undocumented calls, and the classes users reach through it.

import { BaseClient, type ClientOptions } from "./base-client.js";
import * as errors from "./error.js";
import { toFile, toStreamingFile } from "./uploads.js";

/** Base of the generated `OpenAI` class. */
export class OpenAIBase extends BaseClient {
  /** Milliseconds: ten minutes. */
  static readonly DEFAULT_TIMEOUT = 600_000;

  static readonly OpenAIError = errors.OpenAIError;
  static readonly APIError = errors.APIError;
  static readonly APIConnectionError = errors.APIConnectionError;
  static readonly APIConnectionTimeoutError = errors.APIConnectionTimeoutError;
  static readonly APIUserAbortError = errors.APIUserAbortError;
  static readonly NotFoundError = errors.NotFoundError;
  static readonly ConflictError = errors.ConflictError;
  static readonly RateLimitError = errors.RateLimitError;
  static readonly BadRequestError = errors.BadRequestError;
  static readonly AuthenticationError = errors.AuthenticationError;
  static readonly OAuthError = errors.OAuthError;
  static readonly InternalServerError = errors.InternalServerError;
  static readonly PermissionDeniedError = errors.PermissionDeniedError;
  static readonly UnprocessableEntityError = errors.UnprocessableEntityError;
  static readonly InvalidWebhookSignatureError = errors.InvalidWebhookSignatureError;
  static readonly SubjectTokenProviderError = errors.SubjectTokenProviderError;

  static readonly toFile = toFile;
  static readonly toStreamingFile = toStreamingFile;

  /** A client with the official package's options; see `ClientOptions` for defaults and the environment. */
  constructor(options?: ClientOptions) {
    super(options);
  }
}
