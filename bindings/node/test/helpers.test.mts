// The hand-written bases of resources: polling, and uploading for vector stores.

import OpenAI from "openai-oxide/compat";
import { describe, expect, test } from "vitest";
import { FileProcessing } from "../dist/helpers/files.js";
import { RunPolling } from "../dist/helpers/threads.js";
import { VectorStoreFileBatchPolling } from "../dist/helpers/vector-stores.js";
import { json, serve, type Server } from "./server.mjs";

function client(server: Server): any {
  return new OpenAI({ apiKey: "k", baseURL: server.url, maxRetries: 0 });
}

class Files extends FileProcessing<{ status: string }> {
  declare readonly _client: any;
  override retrieve(id: string): any {
    return this._client.get(`/files/${id}`);
  }
}

class Runs extends RunPolling<any, object, any> {
  declare readonly _client: any;
  override create(id: string, body: object): any {
    return this._client.post(`/threads/${id}/runs`, { body });
  }
  override retrieve(id: string, { thread_id }: any, options: any): any {
    return this._client.get(`/threads/${thread_id}/runs/${id}`, options);
  }
  override submitToolOutputs(id: string, { thread_id, ...body }: any): any {
    return this._client.post(`/threads/${thread_id}/runs/${id}/submit_tool_outputs`, { body });
  }
}

class FileBatches extends VectorStoreFileBatchPolling<{ id: string; status: string }, { file_ids?: string[] }> {
  declare readonly _client: any;
  override create(id: string, body: object): any {
    return this._client.post(`/vector_stores/${id}/file_batches`, { body });
  }
  override retrieve(id: string, _: object, options: any): any {
    return this._client.get(`/file_batches/${id}`, options);
  }
}

describe("polling", () => {
  test("asks until the status is final, as often as the server says", async () => {
    const states = ["queued", "queued", "in_progress", "requires_action"];
    const server = await serve((response, _request, index) =>
      json(response, { id: "r", thread_id: "t", status: states[index] }, 200, { "openai-poll-after-ms": "1" }),
    );
    const run = await new Runs(client(server)).createAndPoll("t", {}, { headers: { "x-mine": "1" } });
    expect(run.status).toBe("requires_action");
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "POST /v1/threads/t/runs",
      ...Array<string>(3).fill("GET /v1/threads/t/runs/r"),
    ]);
    expect(server.requests[1]!.headers).toMatchObject({ "x-stainless-poll-helper": "true", "x-mine": "1" });
    expect(server.requests[1]!.headers).not.toHaveProperty("x-stainless-custom-poll-interval");
  });

  test("the caller's interval goes before the server's, and is told", async () => {
    const server = await serve((response, _request, index) =>
      json(response, { id: "r", thread_id: "t", status: index < 2 ? "queued" : "completed" }, 200, {
        "openai-poll-after-ms": "60000",
      }),
    );
    await new Runs(client(server)).submitToolOutputsAndPoll("r", { thread_id: "t" }, { pollIntervalMs: 2 });
    expect(server.requests.at(-1)!.headers["x-stainless-custom-poll-interval"]).toBe("2");
  });

  test("aborting ends the waiting", async () => {
    const server = await serve((response) => json(response, { id: "r", status: "queued" }));
    const signal = AbortSignal.timeout(50);
    const polled = new Runs(client(server)).poll("r", { thread_id: "t" }, { signal, pollIntervalMs: 60_000 });
    await expect(polled).rejects.toThrow(OpenAI.APIUserAbortError);
  });

  test("waiting for a file ends with its last state or in time", async () => {
    const server = await serve((response, _request, index) =>
      json(response, { status: index < 2 ? "uploaded" : "error" }),
    );
    expect(await new Files(client(server)).waitForProcessing("f", { pollInterval: 1 })).toMatchObject({
      status: "error",
    });
    const slow = await serve((response) => json(response, { status: "uploaded" }));
    const waiting = new Files(client(slow)).waitForProcessing("f", { pollInterval: 5, maxWait: 1 });
    await expect(waiting).rejects.toThrow(OpenAI.APIConnectionTimeoutError);
  });
});

test("a batch of files: uploaded a few at a time, ids in the order of the files", async () => {
  let open = 0;
  let most = 0;
  const server = await serve((response, request) => {
    const name = /content (\d)/.exec(request.body)?.[1];
    if (!name) return json(response, { id: "b", status: "completed" });
    most = Math.max(most, ++open);
    setTimeout(
      () => {
        open -= 1;
        json(response, { id: `file_${name}` });
      },
      40 - 10 * Number(name),
    );
  });
  const openai = client(server);
  // `files.create` is sent as the operation; a client without it would say so.
  const call = openai._call.bind(openai);
  openai._call = (operation: string, { form }: { form: object }) =>
    operation === "files.create" ? sendForm(openai, form) : call(operation, { form });
  const files = [1, 2, 3].map((n) => new Blob([`content ${n}`]));
  const batches = new FileBatches(openai);
  const batch = await batches.uploadAndPoll("vs", { files, fileIds: ["before"] }, { maxConcurrency: 2 });
  expect(batch.status).toBe("completed");
  expect(most).toBe(2);
  const created = server.requests.find(({ url }) => url.endsWith("/vector_stores/vs/file_batches"))!;
  expect(JSON.parse(created.body)).toEqual({ file_ids: ["before", "file_1", "file_2", "file_3"] });
  await expect(batches.uploadAndPoll("vs", { files: [] })).rejects.toThrow(OpenAI.OpenAIError);
});

function sendForm(openai: any, form: object): unknown {
  const body = new FormData();
  for (const [name, value] of Object.entries(form)) body.append(name, value as string);
  return openai.post("/files", { body });
}
