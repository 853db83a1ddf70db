// Answers of bytes: a `Response` whose body comes from the connection as it is read.

import OpenAI, { type APIPromise } from "openai-oxide/compat";
import { describe, expect, test } from "vitest";
import { json, serve, type Server } from "./server.mjs";

const content = { method: "GET", path: "/files/f/content" };

/** What a resource method that answers bytes does. */
function open(server: Server, options: object = {}): APIPromise<Response> {
  return (new OpenAI({ apiKey: "k", baseURL: server.url, maxRetries: 0 }) as any)._binary(content, { options });
}

describe("bytes", () => {
  test("whole, in every form a Response has", async () => {
    const server = await serve((response) => {
      response.writeHead(200, { "content-type": "audio/mpeg", "x-request-id": "req_b" });
      response.end(Buffer.from([0, 255, 10, 128]));
    });
    const response = await open(server);
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "audio/mpeg"]);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255, 10, 128]);
    expect((await (await open(server)).blob()).type).toBe("audio/mpeg");
    const promise = open(server);
    expect((await promise.withResponse()).request_id).toBe("req_b");
    expect(await promise.asResponse()).toBe(await promise);
  });

  test("piece by piece, while the server still sends", async () => {
    let go: () => void;
    const server = await serve((response) => {
      response.writeHead(200);
      response.write("first");
      go = () => response.end("second");
    });
    const reader = (await open(server)).body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("first");
    go!();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("second");
    expect((await reader.read()).done).toBe(true);
  });

  test("leaving the body closes the connection; so does aborting", async () => {
    const server = await serve((response) => response.writeHead(200).write("x"));
    const left = await open(server);
    for await (const _ of left.body!) break;
    await server.closedEarly;
    expect(left.bodyUsed).toBe(true);
    const second = await serve((response) => response.writeHead(200).write("x"));
    const controller = new AbortController();
    const response = await open(second, { signal: controller.signal });
    controller.abort();
    await second.closedEarly;
    await expect(response.text()).rejects.toThrow(OpenAI.APIUserAbortError);
  });

  test("a failing status is an error, and a cut body is one", async () => {
    const server = await serve((response) => json(response, { error: { message: "none", code: "nope" } }, 404));
    await expect(open(server)).rejects.toMatchObject({ status: 404, code: "nope" });
    await expect(open(server)).rejects.toThrow(OpenAI.NotFoundError);
    const cut = await serve((response) => {
      response.writeHead(200, { "content-length": "10" }).write("abc");
      setTimeout(() => response.destroy(), 20);
    });
    await expect((await open(cut)).text()).rejects.toThrow(OpenAI.APIConnectionError);
  });
});
