// What npm would publish: packed, installed elsewhere, used from CommonJS, ES modules and TypeScript.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "openai-oxide-"));

function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

beforeAll(() => {
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  const target = join(folder, "node_modules/openai-oxide");
  mkdirSync(target, { recursive: true });
  run("tar", "-xzf", packed.filename, "-C", target, "--strip-components=1");
  mkdirSync(join(folder, "node_modules/@types"));
  symlinkSync(join(root, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
  symlinkSync(join(root, "node_modules/undici-types"), join(folder, "node_modules/undici-types"));
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe("the packed package", () => {
  test("CommonJS", () => {
    writeFileSync(
      join(folder, "main.cjs"),
      `const OpenAI = require("openai-oxide/compat");
      const { OpenAI: Named, APIError } = require("openai-oxide/compat");
      const { Client } = require("openai-oxide");
      const { Stream } = require("openai-oxide/compat/streaming");
      const { NotFoundError } = require("openai-oxide/compat/error");
      const { ChatCompletionStream } = require("openai-oxide/compat/lib/ChatCompletionStream");
      const { ResponseStream } = require("openai-oxide/compat/lib/responses/ResponseStream");
      const openai = new OpenAI({ apiKey: "k" });
      console.log(OpenAI === Named, OpenAI.default === OpenAI, OpenAI.APIError === APIError,
        NotFoundError === OpenAI.NotFoundError, typeof Stream, typeof new Client("k").createText,
        typeof openai.chat.completions.messages.list, typeof ChatCompletionStream.createChatCompletion,
        typeof ResponseStream.createResponse, openai.baseURL);`,
    );
    expect(run("node", "main.cjs")).toBe(
      "true true true true function function function function function https://api.openai.com/v1\n",
    );
  });

  test("ES modules, with the same classes", () => {
    writeFileSync(
      join(folder, "main.mjs"),
      `import OpenAI, { OpenAI as Named, APIError, RateLimitError, APIPromise } from "openai-oxide/compat";
      import * as error from "openai-oxide/compat/error";
      import { CursorPage } from "openai-oxide/compat/pagination";
      import { Completions } from "openai-oxide/compat/resources/chat/completions";
      import { ChatCompletionStream } from "openai-oxide/compat/lib/ChatCompletionStream";
      import { ResponseStream } from "openai-oxide/compat/lib/responses/ResponseStream";
      import { Client, PartialJson } from "openai-oxide";
      import { createRequire } from "node:module";
      console.log(OpenAI === Named, createRequire(import.meta.url)("openai-oxide/compat") === OpenAI,
        error.RateLimitError === RateLimitError, RateLimitError.prototype instanceof APIError, typeof CursorPage,
        typeof APIPromise, new OpenAI({ apiKey: "k" }).chat.completions instanceof Completions, typeof Client,
        typeof ChatCompletionStream, typeof ResponseStream, typeof PartialJson);`,
    );
    expect(run("node", "main.mjs")).toBe(
      "true true true true function function true function function function function\n",
    );
  });

  test("declarations for both, checked as a strict user would", () => {
    const program = readFileSync(join(root, "test/types.mts"), "utf8");
    writeFileSync(join(folder, "user.mts"), program);
    writeFileSync(join(folder, "user.cts"), program);
    writeFileSync(join(folder, "package.json"), "{}");
    const tsc = join(root, "node_modules/.bin/tsc");
    const flags = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--lib",
      "es2023",
      "--types",
      "node",
    ];
    expect(run(tsc, ...flags, "user.mts", "user.cts")).toBe("");
  });

  test("loading compat loads few files and no resource before it is used", () => {
    writeFileSync(
      join(folder, "files.cjs"),
      `require("openai-oxide/compat");
      console.log(JSON.stringify(Object.keys(require.cache).filter((file) => file.includes("openai-oxide"))));`,
    );
    const files: string[] = JSON.parse(run("node", "files.cjs"));
    expect(files.length).toBeLessThan(26);
    expect(files.filter((file) => /generated\/(types|resources)/.test(file))).toEqual([]);
  });
});

test("one version everywhere", () => {
  const version: string = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
  const workspace = readFileSync(join(root, "../../Cargo.toml"), "utf8");
  expect(/^version = "(.*)"$/m.exec(workspace)![1]).toBe(version);
  expect(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).version).toBe(version);
  expect(readFileSync(join(root, "ts/core/version.ts"), "utf8")).toContain(`"${version}"`);
});

test("the lock file names no registry", () => {
  expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toMatch(/"resolved": "http/);
});
