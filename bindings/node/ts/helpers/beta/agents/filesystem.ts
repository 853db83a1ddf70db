// Files of this machine for hosted agents, and places on it for what they publish.
//
// The program chooses which files are read and written, in folders that nobody else changes meanwhile. Symbolic links are
// refused, and so is a file that is another one, or of another size, when it is read than when it was chosen.

import { constants, type Stats } from "node:fs";
import { lstat, open, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { OpenAIError } from "../../../core/error.js";
import type { RequestOptions } from "../../../core/request.js";
import { toStreamingFile, type StreamingFile } from "../../../core/uploads.js";
import type { Files } from "../../../generated/resources/beta/agents/environments/files.js";
import type { PreparedAgentFiles } from "../../../lib/beta/agents/files.js";

const NO_LINKS = constants.O_NOFOLLOW ?? 0; // not on Windows

/**
 * A file to upload, opened when it is sent.
 *
 * @throws {OpenAIError} It is no regular file.
 */
export async function agentFile(path: string): Promise<StreamingFile & { size: number }> {
  const chosen = resolve(path);
  return fileOf(chosen, await inspected(chosen, dirname(chosen)));
}

/**
 * Uploads files of a folder for an environment that is to be made: each of `include`, a path in the folder with `/`
 * between its parts, becomes that path below `to` (`/workspace`). See `environments.files.prepare`.
 *
 * @throws {OpenAIError} A path leads out of the folder, is told twice, or is no regular file; nothing has been sent.
 */
export async function prepareAgentDirectory(
  resource: Files,
  directory: string,
  { include, to = "/workspace" }: { include: readonly string[]; to?: string },
  options?: RequestOptions,
): Promise<PreparedAgentFiles> {
  const root = resolve(directory);
  if (!(await inspected(root, dirname(root))).isDirectory()) throw new OpenAIError(`${root} is no folder.`);
  const files: Record<string, StreamingFile> = {};
  for (const path of include) {
    const target = `${to}/${path}`;
    const plain = path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
    if (!plain || /[\\\0]/.test(path) || Object.hasOwn(files, target)) {
      throw new OpenAIError(`${JSON.stringify(path)} is no path of a file in the folder, or told twice.`);
    }
    const chosen = join(root, path);
    files[target] = fileOf(chosen, await inspected(chosen, root));
  }
  return resource.prepare(files, options);
}

/**
 * A place for `forResult(…).download`: a new file, or an existing regular one, which is emptied with the first bytes.
 * Nothing is opened before.
 */
export function agentFileDestination(path: string): WritableStream<Uint8Array> {
  const target = resolve(path);
  let handle: FileHandle | undefined;
  const close = async (): Promise<void> => {
    await handle?.close();
    handle = undefined;
  };
  return new WritableStream<Uint8Array>({
    async write(bytes) {
      try {
        await (handle ??= await emptied(target)).writeFile(bytes);
      } catch (error) {
        await close();
        throw error;
      }
    },
    async close() {
      handle ??= await emptied(target);
      await close();
    },
    abort: close,
  });
}

/** What a path names; each part of it below `root` must be no link. */
async function inspected(path: string, root: string): Promise<Stats> {
  let at = root;
  let found!: Stats;
  for (const part of relative(root, path).split(sep)) {
    at = join(at, part);
    found = await lstat(at);
    if (found.isSymbolicLink()) throw new OpenAIError(`${at} is a symbolic link.`);
  }
  return found;
}

function fileOf(path: string, chosen: Stats): StreamingFile & { size: number } {
  if (!chosen.isFile()) throw new OpenAIError(`${path} is no regular file.`);
  async function* content(): AsyncGenerator<Uint8Array> {
    const handle = await open(path, constants.O_RDONLY | NO_LINKS);
    try {
      const found = await handle.stat();
      if (!isSame(found, chosen) || found.size !== chosen.size) throw new OpenAIError(`${path} has changed.`);
      let read = 0;
      for await (const piece of handle.createReadStream({ autoClose: false })) {
        read += (piece as Uint8Array).length;
        yield piece as Uint8Array;
      }
      if (read !== chosen.size) throw new OpenAIError(`${path} has changed while it was read.`);
    } finally {
      await handle.close();
    }
  }
  return Object.assign(toStreamingFile({ [Symbol.asyncIterator]: content }, basename(path)), { size: chosen.size });
}

/** The file, open and empty; never one that was put in the place of the one looked at. */
async function emptied(path: string): Promise<FileHandle> {
  const known = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (known && !known.isFile()) throw new OpenAIError(`${path} is no regular file.`);
  const handle = await open(path, constants.O_WRONLY | NO_LINKS | (known ? 0 : constants.O_CREAT | constants.O_EXCL));
  if (!known || isSame(await handle.stat(), known)) {
    await handle.truncate(0);
    return handle;
  }
  await handle.close();
  throw new OpenAIError(`${path} has changed.`);
}

function isSame(a: Stats, b: Stats): boolean {
  return a.isFile() && a.dev === b.dev && a.ino === b.ino;
}
