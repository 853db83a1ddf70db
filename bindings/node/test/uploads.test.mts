// Files as users pass them, and the parts of a form that they become on the wire.

import { createReadStream, mkdtempSync, openAsBlob, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI, { toFile, toStreamingFile } from "openai-oxide/compat";
import * as uploads from "openai-oxide/compat/uploads";
import { afterAll, describe, expect, test } from "vitest";
import { json, serve } from "./server.mjs";

const folder = mkdtempSync(join(tmpdir(), "openai-oxide-"));
const path = join(folder, "größe.txt");
writeFileSync(path, "from a file");
afterAll(() => rmSync(folder, { recursive: true }));

/** What a resource method hands over to the core. */
const toParts = (uploads as any).toParts as (form: object, folders?: boolean) => Promise<any[]>;

async function* pieces(): AsyncGenerator<string | Uint8Array> {
  yield "from ";
  yield new TextEncoder().encode("pieces");
}

describe("toFile", () => {
  test("content in every form, with the name and type it brings", async () => {
    const response = new Response("from a response", { headers: { "content-type": "text/csv" } });
    Object.defineProperty(response, "url", { value: "https://host/dir/a%20b.csv?sig=1" });
    const inputs = [
      [Buffer.from("from a buffer"), "unknown_file", ""],
      [new TextEncoder().encode("from an array").buffer, "unknown_file", ""],
      [new Blob(["from a blob"], { type: "image/png" }), "unknown_file", "image/png"],
      [new File(["from a file"], "x.txt", { type: "text/plain" }), "x.txt", "text/plain"],
      [response, "a b.csv", "text/csv"],
      [createReadStream(path), "größe.txt", ""],
      [pieces(), "unknown_file", ""],
      [Promise.resolve(Buffer.from("from a promise")), "unknown_file", ""],
    ] as const;
    for (const [input, name, type] of inputs) {
      const file = await toFile(input as never);
      expect(file).toBeInstanceOf(File);
      expect([file.name, file.type]).toEqual([name, type]);
      expect(await file.text()).toMatch(/^from /);
    }
  });

  test("a file that needs no change is returned as it is", async () => {
    const file = new File(["x"], "x.txt");
    expect(await toFile(file)).toBe(file);
    expect(await toFile(file, "x.txt")).toBe(file);
    const renamed = await toFile(file, "y.json", { type: "application/json", lastModified: 7 });
    expect([renamed.name, renamed.type, renamed.lastModified]).toEqual(["y.json", "application/json", 7]);
  });

  test("a path is no content", async () => {
    await expect(toFile("/etc/passwd" as never)).rejects.toThrow(OpenAI.OpenAIError);
    expect(() => toStreamingFile(pieces(), "")).toThrow(TypeError);
    expect(() => toStreamingFile(pieces(), "a", { type: "text/plain\r\nx: y" })).toThrow(TypeError);
    expect([OpenAI.toFile, OpenAI.toStreamingFile]).toEqual([toFile, toStreamingFile]);
  });
});

describe("parts", () => {
  test("keep the order of the parameters; the core spells what has no file", async () => {
    const form = { a: 1, nested: { b: [true] }, file: Buffer.from("x"), gone: undefined, z: "z" };
    expect(await toParts(form)).toEqual([
      { fields: '{"a":1,"nested":{"b":[true]}}' },
      { name: "file", filename: "unknown_file", bytes: new Uint8Array([120]) },
      { fields: '{"z":"z"}' },
    ]);
  });

  test("lists of files, and files inside objects", async () => {
    const image = { name: "../a/one.png", data: Buffer.from("1"), type: "image/png" };
    const parts = await toParts({
      image: [image, new File(["2"], "two.png")],
      nested: { file: new Blob(["3"]), n: 4 },
    });
    expect(parts.map(({ bytes, ...part }) => part)).toEqual([
      { name: "image[]", filename: "one.png", contentType: "image/png" },
      { name: "image[]", filename: "two.png" },
      { name: "nested[file]", filename: "unknown_file" },
      { name: "nested[n]", text: "4" },
    ]);
    expect((await toParts({ file: { name: "a/b.md", data: pieces() } }, true))[0].filename).toBe("a/b.md");
  });

  test("a file stream that nobody has read crosses as its path", async () => {
    expect(await toParts({ file: createReadStream(path) })).toEqual([{ name: "file", filename: "größe.txt", path }]);
    const [part] = await toParts({ file: createReadStream(path, { start: 5, end: 8 }) });
    expect(await new Response(part.feed.source.open()).text()).toBe("a fi");
    expect((await toParts({ file: createReadStream("/nowhere") }))[0].path).toBe("/nowhere");
  });
});

describe("on the wire", () => {
  test("a FormData as the body of an undocumented call", async () => {
    const server = await serve((response) => json(response, {}));
    const form = new FormData();
    form.append("note", "né\r\n");
    form.append("file", await openAsBlob(path, { type: "text/plain" }), 'a"b.txt');
    await new OpenAI({ apiKey: "k", baseURL: server.url }).post("/anything", { body: form });
    const { headers, body } = server.requests[0]!;
    const boundary = /^multipart\/form-data; boundary="?([^"]+)"?$/.exec(headers["content-type"]!)![1];
    expect(body).toBe(
      `--${boundary}\r\nContent-Disposition: form-data; name="note"\r\n\r\nné\r\n\r\n` +
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a%22b.txt"\r\n` +
        `Content-Type: text/plain\r\n\r\nfrom a file\r\n--${boundary}--\r\n`,
    );
  });

  test("the same bytes for a retry", async () => {
    const server = await serve((response, _request, index) => json(response, {}, index === 0 ? 500 : 200));
    const form = new FormData();
    form.append("file", new Blob(["x"]), "x");
    await new OpenAI({ apiKey: "k", baseURL: server.url, maxRetries: 1 }).post("/anything", { body: form });
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]!.body).toBe(server.requests[0]!.body);
  });
});
