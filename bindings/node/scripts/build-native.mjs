// Builds the addon with cargo and puts it where ts/core/native.ts looks: dist/native/openai-oxide.<platform>.node.
//
//   node scripts/build-native.mjs [--release] [--target TRIPLE]
//
// It stands in for @napi-rs/cli, of which this package would use just this, and whose dependencies need Node 22.

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const PLATFORMS = {
  "x86_64-unknown-linux-gnu": "linux-x64-gnu",
  "aarch64-unknown-linux-gnu": "linux-arm64-gnu",
  "x86_64-unknown-linux-musl": "linux-x64-musl",
  "aarch64-unknown-linux-musl": "linux-arm64-musl",
  "x86_64-apple-darwin": "darwin-x64",
  "aarch64-apple-darwin": "darwin-arm64",
  "x86_64-pc-windows-msvc": "win32-x64-msvc",
};

const { values } = parseArgs({ options: { release: { type: "boolean" }, target: { type: "string" } } });
const host = /^host: (.*)$/m.exec(execFileSync("rustc", ["-vV"], { encoding: "utf8" }))[1];
const platform = PLATFORMS[values.target ?? host];
if (!platform) {
  console.error(`no package is built for ${values.target ?? host}; known: ${Object.keys(PLATFORMS).join(", ")}`);
  process.exit(1);
}

const flags = ["build", "-p", "openai-oxide-node", "--message-format=json-render-diagnostics"];
if (values.release) flags.push("--release");
if (values.target) flags.push("--target", values.target);
const root = join(import.meta.dirname, "../../..");
const cargo = spawnSync("cargo", flags, { cwd: root, stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });
if (cargo.status !== 0) process.exit(cargo.status ?? 1);

const library = cargo.stdout
  .toString()
  .split("\n")
  .filter((line) => line.startsWith("{"))
  .map((line) => JSON.parse(line))
  .filter(({ reason, target }) => reason === "compiler-artifact" && target.name === "openai_oxide_node")
  .flatMap(({ filenames }) => filenames)
  .find((name) => /\.(so|dylib|dll)$/.test(name));

const folder = join(import.meta.dirname, "../dist/native");
const addon = join(folder, `openai-oxide.${platform}.node`);
mkdirSync(folder, { recursive: true });
rmSync(addon, { force: true }); // a running process may have the old file mapped: replace it, never write into it
copyFileSync(library, addon);
console.log(`${addon} (${values.release ? "release" : "debug"})`);
