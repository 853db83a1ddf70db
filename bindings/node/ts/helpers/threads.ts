// What threads and their runs have besides their calls: waiting until a run needs the caller or has ended.

import type { APIPromise } from "../core/api-promise.js";
import type { RequestOptions } from "../core/request.js";
import { APIResource } from "../core/resource.js";
import { poll, type PollOptions } from "./poll.js";

interface RunLike {
  id: string;
  thread_id: string;
  status: string;
}

const PENDING = ["queued", "in_progress", "cancelling"];

/** Helpers of `client.beta.threads`. */
export abstract class ThreadRunPolling<Run extends RunLike, CreateAndRunParams> extends APIResource {
  abstract createAndRun(body: CreateAndRunParams, options?: RequestOptions): APIPromise<Run>;
  abstract readonly runs: { poll(runId: string, params: { thread_id: string }, options?: PollOptions): Promise<Run> };

  /** Makes a thread, runs it, and waits until the run ends or requires an action. */
  async createAndRunPoll(body: CreateAndRunParams, options?: PollOptions): Promise<Run> {
    const run = await this.createAndRun(body, options);
    return this.runs.poll(run.id, { thread_id: run.thread_id }, options);
  }
}

/** Helpers of `client.beta.threads.runs`. */
export abstract class RunPolling<
  Run extends RunLike,
  CreateParams,
  SubmitParams extends { thread_id: string },
> extends APIResource {
  abstract create(threadID: string, params: CreateParams, options?: RequestOptions): APIPromise<Run>;
  abstract retrieve(runID: string, params: { thread_id: string }, options?: RequestOptions): APIPromise<Run>;
  abstract submitToolOutputs(runID: string, params: SubmitParams, options?: RequestOptions): APIPromise<Run>;

  /** Starts a run and waits until it ends or requires an action. */
  async createAndPoll(threadId: string, body: CreateParams, options?: PollOptions): Promise<Run> {
    const run = await this.create(threadId, body, options);
    return this.poll(run.id, { thread_id: threadId }, options);
  }

  /** Waits until a run ends or requires an action; see its `status`. */
  poll(runId: string, params: { thread_id: string }, options?: PollOptions): Promise<Run> {
    return poll(PENDING, (request) => this.retrieve(runId, params, request), options);
  }

  /** Hands the results of tools in and waits until the run ends or requires an action. */
  async submitToolOutputsAndPoll(runId: string, params: SubmitParams, options?: PollOptions): Promise<Run> {
    const run = await this.submitToolOutputs(runId, params, options);
    return this.poll(run.id, { thread_id: params.thread_id }, options);
  }
}
