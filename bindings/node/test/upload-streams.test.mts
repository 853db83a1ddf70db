// Content that is read while it is sent: no more than a piece of it in memory, closed when the call ends, repeated only where it
// can be read again.

import { once } from "node:events";
import { createReadStream, mkdtempSync, openAsBlob, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import OpenAI, { APIConnectionError, APIUserAbortError, toFile, toStreamingFile } from "openai-oxide/compat";
import { afterAll, afterEach, describe, expect, test } from "vitest";

const MEGABYTE = 1 << 20;
const folder = mkdtempSync(join(tmpdir(), "openai-oxide-"));
const path = join(folder, "large.jsonl");
const large = Buffer.alloc(3 * MEGABYTE + 7, "0123456789\n");
writeFileSync(path, large);
afterAll(() => rmSync(folder, { recursive: true }));

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<OpenAI> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => (server.close(), server.closeAllConnections()));
  return new OpenAI({
    apiKey: "k",
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    maxRetries: 2,
  });
}

/** Reads whole requests, and answers with `status` of the attempt. */
async function recording(
  ...status: number[]
): Promise<{ client: OpenAI; seen: { head: IncomingMessage; body: Buffer }[] }> {
  const seen: { head: IncomingMessage; body: Buffer }[] = [];
  const client = await listen(async (request, response) => {
    const pieces: Buffer[] | undefined = await request.toArray().catch(() => undefined);
    if (!pieces) return; // the client has left
    const body = Buffer.concat(pieces);
    response.writeHead(status[seen.push({ head: request, body }) - 1] ?? 200, {
      "content-type": "application/json",
      "retry-after-ms": "1",
    });
    response.end('{"id":"file-1"}');
  });
  return { client, seen };
}

/** The content of the only file, with its name and type. */
function fileIn({ head, body }: { head: IncomingMessage; body: Buffer }): [Buffer, string, string] {
  const boundary = /boundary=(.*)$/.exec(head.headers["content-type"]!)![1]!;
  const part = body
    .toString("latin1")
    .split(`--${boundary}`)
    .find((each) => each.includes("filename="))!;
  const [, name, type] = /filename="(.*)"\r\nContent-Type: (.*)\r\n\r\n/.exec(part)!;
  const start = part.indexOf("\r\n\r\n") + 4;
  return [Buffer.from(part.slice(start, -2), "latin1"), name!, type!];
}

const params = { purpose: "batch" } as const;

async function* halves(): AsyncGenerator<Uint8Array | string | Blob | ArrayBuffer> {
  yield large.subarray(0, 100);
  yield large.subarray(100, 200).toString();
  yield new Blob([large.subarray(200, 300)]);
  yield Uint8Array.from(large.subarray(300, 400)).buffer;
  yield "";
  yield new DataView(large.buffer, large.byteOffset + 400) as never;
}

/** A stream of another platform, which can be read by a reader only. */
function readerOnly(): ReadableStream<Uint8Array> {
  const reader = new Blob([large]).stream().getReader();
  return { getReader: () => reader } as never;
}

function fetched(): Response {
  const response = new Response(new Blob([large]).stream(), { headers: { "content-type": "text/csv" } });
  Object.defineProperty(response, "url", { value: "https://host/a/b%20c.csv?x" });
  return response;
}

describe("in every form", () => {
  const plain = "application/octet-stream";
  test.each<[string, () => unknown, string, string, boolean]>([
    ["a named stream", () => toStreamingFile(halves() as never, "a/b.jsonl"), "b.jsonl", "application/jsonl", false],
    ["its type", () => toStreamingFile(halves() as never, "b.jsonl", { type: "text/x" }), "b.jsonl", "text/x", false],
    ["an iterable", () => halves(), "unknown_file", plain, false],
    ["a web stream", () => new Blob([large]).stream(), "unknown_file", plain, false],
    ["a stream with a reader", readerOnly, "unknown_file", plain, false],
    ["a stream of Node", () => Readable.from([large]), "unknown_file", plain, false],
    ["a part of a file", () => createReadStream(path, { start: 0 }), "large.jsonl", "application/jsonl", false],
    ["a fetched file", fetched, "b c.csv", "text/csv", false],
    ["a blob", () => new Blob([large], { type: "text/y" }), "unknown_file", "text/y", true],
    ["a file", () => new File([large], "x.txt"), "x.txt", "text/plain", true],
    ["a blob on the disk", () => openAsBlob(path), "unknown_file", plain, true],
    ["a file on the disk", () => createReadStream(path), "large.jsonl", "application/jsonl", true],
    ["a file of all of a stream", () => toFile(halves() as never, "c.pdf"), "c.pdf", "application/pdf", true],
    ["a named blob", () => ({ name: "d.md", data: new Blob([large], { type: "x/y" }) }), "d.md", "x/y", true],
  ])("%s", async (_, make, name, type, known) => {
    const { client, seen } = await recording();
    await client.files.create({ ...params, file: (await make()) as never });
    const [content, ...named] = fileIn(seen[0]!);
    expect(named).toEqual([name, type]);
    expect(content.equals(large)).toBe(true);
    expect(seen[0]!.head.headers["content-length"] !== undefined).toBe(known);
  });

  test("several in one form, each from its own source", async () => {
    const { client, seen } = await recording();
    const image = [toStreamingFile(Readable.from(["one"]), "1.png"), toStreamingFile(Readable.from(["two"]), "2.png")];
    await client.images.edit({
      image: image as never,
      prompt: "p",
      mask: toStreamingFile(Readable.from(["three"]), "m.png"),
    });
    const text = seen[0]!.body.toString();
    expect(text).toMatch(/filename="1.png"[^]*one[^]*filename="2.png"[^]*two[^]*filename="m.png"[^]*three/);
  });
});

describe("repeated", () => {
  test("what can be read again", async () => {
    const { client, seen } = await recording(500, 503);
    await client.files.create({ ...params, file: await openAsBlob(path) });
    expect(seen).toHaveLength(3);
    for (const each of seen) expect(fileIn(each)[0].equals(large)).toBe(true);
  });
  test("nothing that can be read once", async () => {
    const { client, seen } = await recording(500);
    const sent = client.files.create({ ...params, file: toStreamingFile(halves() as never, "a") });
    await expect(sent).rejects.toMatchObject({ status: 500 });
    expect(seen).toHaveLength(1);
  });
  test("a response that was read already is refused", async () => {
    const { client, seen } = await recording();
    const response = fetched();
    await response.text();
    await expect(client.files.create({ ...params, file: response })).rejects.toThrow(TypeError);
    expect(seen).toHaveLength(0);
  });
});

/** An endless source that tells how much was taken of it, and whether it was closed. */
function endless(): { taken: number; closed: Promise<void>; source: AsyncGenerator<Uint8Array> } {
  let resolve: () => void;
  const closed = new Promise<void>((done) => (resolve = done));
  const told = { taken: 0, closed, source: undefined as never };
  const generate = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        yield new Uint8Array(1 << 16);
        told.taken += 1 << 16;
      }
    } finally {
      resolve();
    }
  };
  return Object.assign(told, { source: generate() });
}

describe("while it is sent", () => {
  test("a server that does not read stops the source; aborting closes it", async () => {
    const client = await listen((request) => request.pause());
    const source = endless();
    const controller = new AbortController();
    const file = toStreamingFile(source.source, "a");
    const sent = client.files.create({ ...params, file }, { signal: controller.signal });
    let before = -1;
    while (source.taken !== before) {
      before = source.taken;
      await pause(200);
    }
    expect(source.taken).toBeLessThan(64 * MEGABYTE); // what the sockets hold
    controller.abort();
    await expect(sent).rejects.toThrow(APIUserAbortError);
    await source.closed;
  });

  test("an answer before the end closes the source", async () => {
    const client = await listen((_, response) => response.writeHead(413).end("{}"));
    const source = endless();
    const sent = client.files.create({ ...params, file: toStreamingFile(source.source, "a") });
    await expect(sent).rejects.toMatchObject({ status: 413 });
    await source.closed;
  });

  test.each<[string, () => AsyncIterable<unknown>, unknown]>([
    ["throws", () => failing(new Error("mine")), "mine"],
    [
      "throws before it is read",
      () => ({
        [Symbol.asyncIterator]: () => {
          throw new Error("at once");
        },
      }),
      "at once",
    ],
    ["gives what is no content", () => Readable.from([1]), "A piece of a file is text, bytes or a Blob, not number."],
    ["is a file that is not there", () => createReadStream("/nowhere", { start: 1 }), "ENOENT"],
  ])("a source that %s fails the call, with the reason as the cause", async (_, make, message) => {
    const { client } = await recording();
    const source = make();
    const error: APIConnectionError = await client.files.create({ ...params, file: source as never }).then(
      () => expect.fail("it was sent"),
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(APIConnectionError);
    expect((error.cause as Error).message).toContain(message);
  });
});

async function* failing(error: Error): AsyncGenerator<string> {
  yield "x";
  throw error;
}
