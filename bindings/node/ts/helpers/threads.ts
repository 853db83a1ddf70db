// What threads and their runs have besides their calls: waiting until a run needs the caller or has ended, and streams
// with events for what arrives meanwhile.

import type { APIPromise } from "../core/api-promise.js";
import type { RequestOptions } from "../core/request.js";
import { APIResource } from "../core/resource.js";
import type {
  AssistantStream,
  RunCreateParamsBaseStream,
  RunSubmitToolOutputsParamsStream,
  ThreadCreateAndRunParamsBaseStream,
} from "../lib/AssistantStream.js";
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

  /** Makes a thread and streams a run of it. The request is sent when the caller yields. */
  createAndRunStream(body: ThreadCreateAndRunParamsBaseStream, options?: RequestOptions): AssistantStream {
    return streaming((given) => this.createAndRun({ ...body, stream: true } as CreateAndRunParams, given), options);
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

  /** Starts a run and streams it. The request is sent when the caller yields. */
  stream(threadId: string, body: RunCreateParamsBaseStream, options?: RequestOptions): AssistantStream {
    return streaming((given) => this.create(threadId, { ...body, stream: true } as CreateParams, given), options);
  }

  /** As `stream`. */
  createAndStream(threadId: string, body: RunCreateParamsBaseStream, options?: RequestOptions): AssistantStream {
    return this.stream(threadId, body, options);
  }

  /** Hands the results of tools in and streams the rest of the run. The request is sent when the caller yields. */
  submitToolOutputsStream(
    runId: string,
    params: RunSubmitToolOutputsParamsStream,
    options?: RequestOptions,
  ): AssistantStream {
    const body = { ...params, stream: true } as unknown as SubmitParams;
    return streaming((given) => this.submitToolOutputs(runId, body, given), options);
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

/** `send` calls a method whose parameters say `stream: true`, so that it answers with one. */
function streaming(send: (options: RequestOptions) => PromiseLike<unknown>, options?: RequestOptions): AssistantStream {
  const { AssistantStream } = require("../lib/AssistantStream.js") as typeof import("../lib/AssistantStream.js");
  return AssistantStream._create(async (given) => (await send(given)) as never, options);
}
