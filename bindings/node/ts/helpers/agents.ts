// What hosted agents have besides their calls. Each method delegates to its file in lib/, loaded on first use.

import type { APIPromise } from "../core/api-promise.js";
import type { RequestOptions } from "../core/request.js";
import { APIResource } from "../core/resource.js";
import type { Stream } from "../core/streaming.js";
import type { Uploadable } from "../core/uploads.js";
import type { OpenAI } from "../generated/openai.js";
import type { Artifacts } from "../generated/resources/beta/agents/sessions/artifacts.js";
import type { Sessions } from "../generated/resources/beta/agents/sessions/sessions.js";
import type { AgentSession, AgentSessionEvent } from "../generated/types/beta.js";
import type {
  SessionCreateParamsBase,
  SessionCreateParamsNonStreaming,
  SessionCreateParamsStreaming,
} from "../generated/types/beta/agents.js";
import type { AgentSessionStream, AgentSessionStreamParams } from "../lib/agents/agent-session-stream.js";
import type { AgentSessionCreateStream } from "../lib/beta/agents/create-stream.js";
import type { AgentFileReference, PreparedAgentFiles } from "../lib/beta/agents/files.js";
import type { AgentOutputFormat } from "../lib/beta/agents/output-format.js";
import type { AgentResultArtifacts } from "../lib/beta/agents/result-artifacts.js";
import type { AgentTurnResult } from "../lib/beta/agents/results.js";
import type { FileObject } from "../generated/types/root.js";

/** Helpers of `client.beta.agents.sessions`. */
export abstract class SessionHelpers extends APIResource {
  /**
   * Creates a session: `POST /agents/sessions`. With `stream: true`, its events; `toolHandlers` are run as they are called,
   * and a parser of the text format (`zodAgentTextFormat`) is that of the first turn's `finalResult`.
   *
   * Rejects with an `APIError`: by status (`NotFoundError`, `RateLimitError`, ...), or `APIConnectionError`.
   *
   * @throws {OpenAIError} There are `toolHandlers` without `stream: true`.
   * @see https://developers.openai.com/api/reference/resources/beta/subresources/agents/subresources/sessions/methods/create
   */
  create<T>(
    body: SessionCreateParamsStreaming & { agent: { text: { format: AgentOutputFormat<T> } } },
    options?: RequestOptions,
  ): APIPromise<AgentSessionCreateStream<T>>;
  create(body: SessionCreateParamsNonStreaming, options?: RequestOptions): APIPromise<AgentSession>;
  create(body: SessionCreateParamsStreaming, options?: RequestOptions): APIPromise<AgentSessionCreateStream>;
  create(body: SessionCreateParamsBase, options?: RequestOptions): APIPromise<AgentSession | AgentSessionCreateStream>;
  create(
    given: SessionCreateParamsBase,
    options?: RequestOptions,
  ): APIPromise<AgentSession | AgentSessionCreateStream<any>> {
    const operation = "beta.agents.sessions.create";
    if (!given.stream && !given.toolHandlers)
      return this._client._call<AgentSession>(operation, { body: given, options });
    const { AgentSessionCreateStream, splitHandlers } =
      require("../lib/beta/agents/create-stream.js") as typeof import("../lib/beta/agents/create-stream.js");
    const { body, handlers } = splitHandlers(given);
    return this._client
      ._stream<AgentSessionEvent>(operation, { body, options })
      ._thenUnwrap(
        (events: Stream<AgentSessionEvent>) =>
          new AgentSessionCreateStream(this.#self, events, given.agent?.text?.format, handlers, options),
      ) as APIPromise<AgentSessionCreateStream>;
  }

  /**
   * Hands input to an idle session and streams the turn that it starts, running `toolHandlers` on the way. The requests
   * are sent when it is read: `for await`, or `finalResult()`.
   *
   * @throws {OpenAIError} The input is empty.
   */
  stream<T = never>(
    sessionID: string,
    params: AgentSessionStreamParams<T>,
    options?: RequestOptions,
  ): AgentSessionStream<T> {
    const { AgentSessionStream } =
      require("../lib/agents/agent-session-stream.js") as typeof import("../lib/agents/agent-session-stream.js");
    return new AgentSessionStream<T>(this.#self, sessionID, params, options);
  }

  get #self(): Sessions {
    return this as unknown as Sessions;
  }
}

/** Helpers of `client.beta.agents.environments.files`. */
export abstract class EnvironmentFileHelpers<EnvironmentFile> extends APIResource {
  abstract create(
    environmentID: string,
    body: AgentFileReference,
    options?: RequestOptions,
  ): APIPromise<EnvironmentFile>;

  /**
   * Uploads files, by their places in an environment that is to be made: `{"/workspace/data.csv": file}`.
   *
   * @throws {OpenAIError} A place is none; nothing has been sent.
   * @throws {AgentFileUploadError} An upload has failed; its `uploadedFiles` are there.
   */
  async prepare(files: Record<string, Uploadable>, options?: RequestOptions): Promise<PreparedAgentFiles> {
    const { prepareAgentFiles } =
      require("../lib/beta/agents/files.js") as typeof import("../lib/beta/agents/files.js");
    return prepareAgentFiles(this._client as OpenAI, files, options);
  }

  /** Uploads a file and copies it into an environment that runs. Throws as `prepare`. */
  async upload(
    environmentID: string,
    params: { file: Uploadable; path: string },
    options?: RequestOptions,
  ): Promise<{ uploadedFile: FileObject; environmentFile: EnvironmentFile }> {
    const { uploadAgentFile } = require("../lib/beta/agents/files.js") as typeof import("../lib/beta/agents/files.js");
    const place = (reference: AgentFileReference): PromiseLike<EnvironmentFile> =>
      this.create(environmentID, reference, options) as PromiseLike<EnvironmentFile>;
    return uploadAgentFile(this._client as OpenAI, place, params, options);
  }
}

/** Helpers of `client.beta.agents.sessions.artifacts`. */
export abstract class ArtifactHelpers extends APIResource {
  /** What the turn of a result has published. */
  forResult(result: AgentTurnResult): AgentResultArtifacts {
    const { AgentResultArtifacts } =
      require("../lib/beta/agents/result-artifacts.js") as typeof import("../lib/beta/agents/result-artifacts.js");
    return new AgentResultArtifacts(this as unknown as Artifacts, result);
  }
}
