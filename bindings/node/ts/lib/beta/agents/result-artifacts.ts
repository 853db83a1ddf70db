// The files that one turn of a hosted agent has published, by their path in its environment.

import { OpenAIError } from "../../../core/error.js";
import type { RequestOptions } from "../../../core/request.js";
import type { Artifacts } from "../../../generated/resources/beta/agents/sessions/artifacts.js";
import type { SessionArtifact } from "../../../generated/types/beta/agents/sessions.js";
import type { AgentTurnResult } from "./results.js";

/** Artifacts of one result. */
export class AgentResultArtifacts {
  readonly #artifacts: Artifacts;
  readonly #session_id: string;
  readonly #turn_id: string;

  constructor(artifacts: Artifacts, { session_id, turn_id }: Pick<AgentTurnResult, "session_id" | "turn_id">) {
    this.#artifacts = artifacts;
    this.#session_id = session_id;
    this.#turn_id = turn_id;
  }

  /**
   * The artifact of exactly this path; walks the session's whole list.
   *
   * @throws {OpenAIError} There is none, or more than one.
   */
  async retrieve(path: string, options?: RequestOptions): Promise<SessionArtifact> {
    const found: SessionArtifact[] = [];
    for await (const artifact of this.#artifacts.list(this.#session_id, {}, options)) {
      const { session_id, turn_id } = artifact;
      if (session_id === this.#session_id && turn_id === this.#turn_id && artifact.path === path) found.push(artifact);
    }
    if (found.length === 1) return found[0]!;
    throw new OpenAIError(`The turn has ${found.length || "no"} artifacts of the path ${JSON.stringify(path)}.`);
  }

  /** Its bytes, read from the connection as the caller reads them. */
  async content(path: string, options?: RequestOptions): Promise<Response> {
    return this.#content(await this.retrieve(path, options), options);
  }

  /** Writes its bytes to `to`, which the caller has chosen; the path is the environment's, never one of this machine. */
  async download(
    { path, to }: { path: string; to: WritableStream<Uint8Array> },
    options?: RequestOptions,
  ): Promise<SessionArtifact> {
    const artifact = await this.retrieve(path, options);
    const { body } = await this.#content(artifact, options);
    if (!body) throw new OpenAIError("The artifact has no content.");
    const { signal } = options ?? {};
    try {
      await body.pipeTo(to, signal ? { signal } : {});
    } catch (error) {
      if (!body.locked) await body.cancel(); // refused before it began, as by a locked target
      throw error;
    }
    return artifact;
  }

  #content({ id }: SessionArtifact, options?: RequestOptions): PromiseLike<Response> {
    return this.#artifacts.content(id, { session_id: this.#session_id }, options);
  }
}
