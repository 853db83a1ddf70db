// Whole processes and worker threads: nothing keeps them alive that should not, and none of them crashes at the end.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DONE, chunk, events, json, serve } from "./server.mjs";

const root = join(import.meta.dirname, "..");

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  milliseconds: number;
}

/** Runs a program that has `OpenAI`, `openai` and `Worker` in scope. */
function run(program: string, baseURL: string): Promise<Ended> {
  const prelude = `
    const OpenAI = require("openai-oxide/compat");
    const { Worker } = require("node:worker_threads");
    const openai = new OpenAI({ apiKey: "k", baseURL: ${JSON.stringify(baseURL)}, maxRetries: 0 });
    const request = { model: "m", messages: [] };
  `;
  const start = performance.now();
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--unhandled-rejections=strict", "-e", prelude + program],
      { cwd: root, timeout: 20_000 },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr, milliseconds: performance.now() - start });
      },
    );
  });
}

const OK = { code: 0, stderr: "" };

describe("a process ends", () => {
  test("after its last call, with the connection still pooled", async () => {
    const server = await serve((response) => json(response, { id: "x" }));
    const ended = await run(`openai.chat.completions.create(request).then((r) => console.log(r.id));`, server.url);
    expect(ended).toMatchObject({ ...OK, stdout: "x\n" });
    expect(ended.milliseconds).toBeLessThan(3_000);
  });

  test("only after a pending call", async () => {
    const server = await serve((response) => setTimeout(() => json(response, { id: "late" }), 300));
    const ended = await run(`openai.chat.completions.create(request).then((r) => console.log(r.id));`, server.url);
    expect(ended).toMatchObject({ ...OK, stdout: "late\n" });
  });

  test("with a stream open that nobody reads", async () => {
    const server = await serve((response) => events(response).write(chunk("one")));
    const program = `openai.chat.completions.create({ ...request, stream: true }).then(async (stream) => {
      for await (const event of stream) { globalThis.kept = stream; console.log(event.choices[0].delta.content); return; }
    });`;
    expect(await run(program, server.url)).toMatchObject({ ...OK, stdout: "one\n" });
    const unread = `openai.chat.completions.create({ ...request, stream: true }).then((s) => { globalThis.kept = s; });`;
    expect(await run(unread, server.url)).toMatchObject(OK);
  });

  test("by process.exit in the middle of calls and streams", async () => {
    const server = await serve((response) => events(response).write(chunk("one")));
    const program = `
      for (let i = 0; i < 8; i++) openai.chat.completions.create(request).catch(() => {});
      openai.chat.completions.create({ ...request, stream: true }).then(async (stream) => {
        for await (const _ of stream) process.exit(3);
      });`;
    expect(await run(program, server.url)).toMatchObject({ code: 3, stderr: "" });
  });

  test("100 times in a row without a crash", async () => {
    const server = await serve((response, { body }) =>
      body.includes("stream") ? events(response).end(chunk("x") + DONE) : json(response, { id: "x" }),
    );
    // Every other process exits while outcomes are on their way from the I/O thread.
    const programs = [
      `openai.chat.completions.create(request);`,
      `for (let i = 0; i < 20; i++) openai.chat.completions.create(request).then(() => i === 5 && process.exit(0));`,
    ];
    const bad: Ended[] = [];
    for (let i = 0; i < 25; i++) {
      const ended = await Promise.all([0, 1, 2, 3].map((n) => run(programs[n % 2]!, server.url)));
      bad.push(...ended.filter(({ code, stderr }) => code !== 0 || stderr !== ""));
    }
    expect(bad).toEqual([]);
  }, 120_000);
});

describe("stream helpers", () => {
  const open = (response: Parameters<typeof events>[0]): void => void events(response).write(chunk("one"));

  test("a failure that nobody listens for is an unhandled rejection", async () => {
    const server = await serve((response) => response.writeHead(401).end("{}"));
    const ended = await run(`openai.chat.completions.stream(request);`, server.url);
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain("AuthenticationError");
  });

  test.each([
    [`stream.on("error", () => console.log("heard"));`],
    [`stream.done().catch(() => console.log("heard"));`],
    [`stream.finalContent().catch(() => console.log("heard"));`],
    [`stream.emitted("message").catch(() => console.log("heard"));`],
    [`(async () => { for await (const _ of stream); })().catch(() => console.log("heard"));`],
  ])("one that is heard is not: %s", async (program) => {
    const server = await serve((response) => response.writeHead(401).end("{}"));
    const ended = await run(`const stream = openai.chat.completions.stream(request); ${program}`, server.url);
    expect(ended).toMatchObject({ ...OK, stdout: "heard\n" });
  });

  test.each([
    [
      `const stream = openai.chat.completions.stream(request);
      (async () => { for await (const _ of stream) break; console.log("left"); })();`,
    ],
    [
      `const stream = openai.chat.completions.stream(request).on("abort", () => console.log("left"));
      stream.once("content", () => stream.abort());`,
    ],
    [
      `const stream = openai.responses.stream({ model: "m" }).on("abort", () => console.log("left"));
      stream.once("connect", () => stream.abort());`,
    ],
    [
      `(async () => {
        globalThis.kept = openai.chat.completions.createStreamFc(request);
        setTimeout(() => { kept.return(); console.log("left"); }, 50);
      })();`,
    ],
  ])("the process ends after %s", async (program) => {
    const ended = await run(program, (await serve(open)).url);
    expect(ended).toMatchObject({ ...OK, stdout: "left\n" });
    expect(ended.milliseconds).toBeLessThan(3_000);
  });
});

describe("worker threads", () => {
  test("call and stream side by side with the main thread", async () => {
    const server = await serve((response, { body }) =>
      body.includes("stream") ? events(response).end(chunk("x") + chunk("y") + DONE) : json(response, { id: "x" }),
    );
    const program = `
      const work = async (OpenAI) => {
        const openai = new OpenAI({ apiKey: "k", baseURL: ${JSON.stringify(server.url)} });
        let n = 0;
        for (let i = 0; i < 20; i++) n += (await openai.chat.completions.create({ model: "m", messages: [] })).id === "x";
        for await (const _ of await openai.chat.completions.create({ model: "m", messages: [], stream: true })) n++;
        return n;
      };
      const source = '(' + work + ')(require("openai-oxide/compat")).then((n) => require("node:worker_threads").parentPort.postMessage(n))';
      const workers = [1, 2, 3].map(() => new Promise((resolve, reject) => {
        const worker = new Worker(source, { eval: true });
        worker.on("error", reject);
        let result;
        worker.on("message", (n) => (result = n));
        worker.on("exit", () => resolve(result));
      }));
      Promise.all([work(OpenAI), ...workers]).then((all) => console.log(all.join()));`;
    expect(await run(program, server.url)).toMatchObject({ ...OK, stdout: "22,22,22,22\n" });
  });

  test("terminated in the middle of calls, the process lives on", async () => {
    const server = await serve((response, { body }) => {
      if (body.includes("stream")) events(response).write(chunk("x"));
      else if (body.includes("last")) json(response, { id: "alive" });
    });
    const source = `
      const OpenAI = require("openai-oxide/compat");
      const openai = new OpenAI({ apiKey: "k", baseURL: ${JSON.stringify(server.url)} });
      for (let i = 0; i < 10; i++) openai.chat.completions.create({ model: "m", messages: [] }).catch(() => {});
      openai.chat.completions.create({ model: "m", messages: [], stream: true }).then(async (stream) => {
        for await (const _ of stream) require("node:worker_threads").parentPort.postMessage("streaming");
      });`;
    const program = `(async () => {
      for (let i = 0; i < 10; i++) {
        const worker = new Worker(${JSON.stringify(source)}, { eval: true });
        await new Promise((resolve) => worker.once("message", resolve));
        await worker.terminate();
      }
      console.log((await openai.chat.completions.create({ model: "last", messages: [] })).id);
    })();`;
    expect(await run(program, server.url)).toMatchObject({ ...OK, stdout: "alive\n" });
    await server.closedEarly;
  });
});
