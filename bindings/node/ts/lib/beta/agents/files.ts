// Files for the environments of hosted agents: uploaded one after another, then named with their place in the environment.
//
// The places are checked before the first upload. What has been uploaded when something fails is told by the error; it
// stays the caller's, to use or to delete.

import { OpenAIError } from "../../../core/error.js";
import { withoutKey } from "../../../core/idempotency.js";
import type { RequestOptions } from "../../../core/request.js";
import type { Uploadable } from "../../../core/uploads.js";
import type { OpenAI } from "../../../generated/openai.js";
import type { FileObject } from "../../../generated/types/root.js";

/** A file of the Files API with its place in an environment. */
export interface AgentFileReference {
  type: "file_id";
  file_id: string;
  /** Absolute, below `/workspace`. */
  path: string;
}

/** Files that an environment can be made with. */
export interface PreparedAgentFiles {
  files: AgentFileReference[];
  /** What was uploaded for them. */
  uploadedFiles: FileObject[];
}

/** Not all files could be uploaded, or not be placed. */
export class AgentFileUploadError extends OpenAIError {
  override name = "AgentFileUploadError";

  constructor(
    /** What was uploaded before. */
    readonly uploadedFiles: FileObject[],
    override readonly cause: unknown,
  ) {
    super(`Agent files failed after ${uploadedFiles.length} uploads, which stay as they are.`);
  }
}

/** @internal Uploads each file for its place. */
export async function prepareAgentFiles(
  client: OpenAI,
  given: Record<string, Uploadable>,
  options?: RequestOptions,
): Promise<PreparedAgentFiles> {
  const entries = Object.entries(given);
  checkPlaces(entries.map(([path]) => path));
  if (entries.length > 1 && (withoutKey(options).key ?? options?.idempotencyKey) != null) {
    throw new OpenAIError("One idempotency key cannot be that of several uploads.");
  }
  const prepared: PreparedAgentFiles = { files: [], uploadedFiles: [] };
  for (const [path, file] of entries) {
    const uploaded = await tried(prepared, () => client.files.create({ file, purpose: "user_data" }, options));
    prepared.uploadedFiles.push(uploaded);
    prepared.files.push({ type: "file_id", file_id: uploaded.id, path });
  }
  return prepared;
}

/** @internal Uploads a file and places it in an environment that runs. */
export async function uploadAgentFile<Placed>(
  client: OpenAI,
  place: (reference: AgentFileReference) => PromiseLike<Placed>,
  { file, path }: { file: Uploadable; path: string },
  options?: RequestOptions,
): Promise<{ uploadedFile: FileObject; environmentFile: Placed }> {
  const prepared = await prepareAgentFiles(client, { [path]: file }, options);
  const environmentFile = await tried(prepared, () => place(prepared.files[0]!));
  return { uploadedFile: prepared.uploadedFiles[0]!, environmentFile };
}

async function tried<T>({ uploadedFiles }: PreparedAgentFiles, run: () => PromiseLike<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new AgentFileUploadError(uploadedFiles, error);
  }
}

/** Places that the environment keeps for itself. */
const RESERVED = /^\/workspace\/(\.codex|\.managed-agents|\.managed-agents-[^/]*)(\/|$)|^\/workspace\/outputs$/;

function checkPlaces(paths: string[]): void {
  const taken = new Set(paths);
  for (const path of paths) {
    const parts = path.split("/");
    const plain = parts.slice(1).every((part) => part !== "" && part !== "." && part !== "..");
    if (!path.startsWith("/workspace/") || !plain || /[\\\0]/.test(path) || RESERVED.test(path)) {
      throw new OpenAIError(
        `${JSON.stringify(path)} is no path for a file: it must be below /workspace and not reserved.`,
      );
    }
    for (let depth = 3; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join("/");
      if (taken.has(folder)) throw new OpenAIError(`${folder} cannot be a file and the folder of another one.`);
    }
  }
}
