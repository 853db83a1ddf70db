// What the files of vector stores have besides their calls: uploading, and waiting until they are indexed.

import type { APIPromise } from "../core/api-promise.js";
import { OpenAIError } from "../core/error.js";
import type { RequestOptions } from "../core/request.js";
import { APIResource } from "../core/resource.js";
import type { Uploadable } from "../core/uploads.js";
import { poll, type PollOptions } from "./poll.js";

const PENDING = ["in_progress"];

/** Helpers of `client.vectorStores.files`. */
export abstract class VectorStoreFilePolling<
  VectorStoreFile extends { id: string; status: string },
  FileCreateParams extends { file_id: string },
> extends APIResource {
  abstract create(vectorStoreID: string, body: FileCreateParams, options?: RequestOptions): APIPromise<VectorStoreFile>;
  abstract retrieve(
    fileID: string,
    params: { vector_store_id: string },
    options?: RequestOptions,
  ): APIPromise<VectorStoreFile>;

  /** Attaches a file and waits until it is indexed or has failed. */
  async createAndPoll(vectorStoreId: string, body: FileCreateParams, options?: PollOptions): Promise<VectorStoreFile> {
    const file = await this.create(vectorStoreId, body, options);
    return this.poll(vectorStoreId, file.id, options);
  }

  /** Waits until an attached file is indexed or has failed; see its `status`. */
  poll(vectorStoreID: string, fileID: string, options?: PollOptions): Promise<VectorStoreFile> {
    const params = { vector_store_id: vectorStoreID };
    return poll(PENDING, (request) => this.retrieve(fileID, params, request), options);
  }

  /** Uploads a file and attaches it. */
  async upload(vectorStoreId: string, file: Uploadable, options?: RequestOptions): Promise<VectorStoreFile> {
    const id = await uploadFile(this, file, options);
    return this.create(vectorStoreId, { file_id: id } as FileCreateParams, options);
  }

  /** Uploads a file, attaches it, and waits until it is indexed or has failed. */
  async uploadAndPoll(vectorStoreId: string, file: Uploadable, options?: PollOptions): Promise<VectorStoreFile> {
    const attached = await this.upload(vectorStoreId, file, options);
    return this.poll(vectorStoreId, attached.id, options);
  }
}

/** Helpers of `client.vectorStores.fileBatches`. */
export abstract class VectorStoreFileBatchPolling<
  VectorStoreFileBatch extends { id: string; status: string },
  FileBatchCreateParams extends { file_ids?: string[] },
> extends APIResource {
  abstract create(
    vectorStoreID: string,
    body: FileBatchCreateParams,
    options?: RequestOptions,
  ): APIPromise<VectorStoreFileBatch>;
  abstract retrieve(
    batchID: string,
    params: { vector_store_id: string },
    options?: RequestOptions,
  ): APIPromise<VectorStoreFileBatch>;

  /** Attaches files and waits until all are indexed or have failed. */
  async createAndPoll(
    vectorStoreId: string,
    body: FileBatchCreateParams,
    options?: PollOptions,
  ): Promise<VectorStoreFileBatch> {
    const batch = await this.create(vectorStoreId, body, options);
    return this.poll(vectorStoreId, batch.id, options);
  }

  /** Waits until a batch is done. That says nothing about its files: see `file_counts`. */
  poll(vectorStoreID: string, batchID: string, options?: PollOptions): Promise<VectorStoreFileBatch> {
    const params = { vector_store_id: vectorStoreID };
    return poll(PENDING, (request) => this.retrieve(batchID, params, request), options);
  }

  /** Uploads files, `maxConcurrency` (5) at a time, attaches them with `fileIds`, and waits until the batch is done. */
  async uploadAndPoll(
    vectorStoreId: string,
    { files, fileIds = [] }: { files: Uploadable[]; fileIds?: string[] },
    { maxConcurrency = 5, ...options }: PollOptions & { maxConcurrency?: number } = {},
  ): Promise<VectorStoreFileBatch> {
    if (!files?.length) throw new OpenAIError("uploadAndPoll needs files; for ids alone there is createAndPoll.");
    const ids = [...fileIds];
    const queue = files.entries();
    const worker = async (): Promise<void> => {
      for (const [index, file] of queue) ids[fileIds.length + index] = await uploadFile(this, file, options);
    };
    await Promise.all(Array.from({ length: Math.min(Math.max(1, maxConcurrency), files.length) }, worker));
    return this.createAndPoll(vectorStoreId, { file_ids: ids } as FileBatchCreateParams, options);
  }
}

async function uploadFile(resource: APIResource, file: Uploadable, options?: RequestOptions): Promise<string> {
  const form = { file, purpose: "assistants" };
  const { id } = await resource._client._call<{ id: string }>("files.create", { form, options });
  return id;
}
