// What `client.files` has besides its calls.

import type { APIPromise } from "../core/api-promise.js";
import { APIConnectionTimeoutError } from "../core/error.js";
import type { RequestOptions } from "../core/request.js";
import { APIResource } from "../core/resource.js";
import { pause } from "./poll.js";

const DONE = ["processed", "error", "deleted"];

/** Waiting for an uploaded file. */
export abstract class FileProcessing<FileObject extends { status: string }> extends APIResource {
  abstract retrieve(fileID: string, options?: RequestOptions): APIPromise<FileObject>;

  /** Waits until the file is processed or has failed; times in milliseconds, half an hour at most by default. */
  async waitForProcessing(
    id: string,
    { pollInterval = 5000, maxWait = 30 * 60 * 1000 }: { pollInterval?: number; maxWait?: number } = {},
  ): Promise<FileObject> {
    const start = performance.now();
    let file = await this.retrieve(id);
    while (!DONE.includes(file.status)) {
      await pause(pollInterval);
      file = await this.retrieve(id);
      if (performance.now() - start > maxWait) {
        throw new APIConnectionTimeoutError({ message: `File ${id} was not processed within ${maxWait} ms.` });
      }
    }
    return file;
  }
}
