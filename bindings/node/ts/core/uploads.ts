// Files to upload: what users may pass, and how it becomes the parts of a form.
//
// An untouched `fs.ReadStream` crosses as its path: the core reads the file in pieces and can read it again for a retry. Large
// blobs, responses and all that comes piece by piece are read while they are sent; but for blobs, that can be done once, and
// such a call is not repeated. Bytes and small blobs are in memory.

import { basename, resolve } from "node:path";
import { OpenAIError } from "./error.js";
import { toBytes, type Source } from "./feeds.js";
import { splitHeaders } from "./headers.js";
import type { NativePart } from "./native.js";
import type { RequestOptions } from "./request.js";

/** A piece of a file's content. */
export type BlobPart = string | ArrayBuffer | ArrayBufferView | Blob;

/** Content that comes piece by piece. */
export type StreamingFileInput = AsyncIterable<BlobPart> | ReadableStream<BlobPart>;

const streaming: unique symbol = Symbol("openai-oxide.streaming-file");

/** Content that comes piece by piece, with a name; see `toStreamingFile`. */
export interface StreamingFile {
  readonly [streaming]: true;
  readonly data: StreamingFileInput;
  readonly name: string;
  readonly type?: string | undefined;
}

/** What `fs.createReadStream` gives. */
type FsReadStream = AsyncIterable<Uint8Array> & { path: string | { toString(): string } };

/** Anything a parameter that takes a file accepts. */
export type Uploadable =
  | File
  | Response
  | FsReadStream
  | (Blob & { readonly name?: string | undefined })
  | ArrayBuffer
  | ArrayBufferView
  | AsyncIterable<BlobPart>
  | ReadableStream<BlobPart>
  | StreamingFile
  | { readonly name: string; readonly data: BlobPart | StreamingFileInput; readonly type?: string | undefined };

/** Structural twins of `Blob`, `File` and `Response`, as other implementations make them. */
interface BlobLike {
  readonly size: number;
  readonly type: string;
  readonly name?: string | undefined;
  readonly lastModified?: number | undefined;
  text(): Promise<string>;
  slice(start?: number, end?: number): BlobLike;
  stream?(): ReadableStream<Uint8Array>;
}
interface ResponseLike {
  url: string;
  blob(): Promise<BlobLike>;
  readonly body?: ReadableStream<Uint8Array> | null | undefined;
  readonly bodyUsed?: boolean | undefined;
  readonly headers?: Headers | undefined;
}

/** What `toFile` accepts: content, but no path, so that a path is never sent as a file's content. */
export type ToFileInput = BlobLike | ResponseLike | ArrayBuffer | ArrayBufferView | AsyncIterable<BlobPart | BlobLike>;

/** A `File` of any content, for parameters that take a file. Reads the content into memory. */
export async function toFile(
  value: ToFileInput | PromiseLike<ToFileInput>,
  name?: string | null,
  options?: { type?: string | undefined; lastModified?: number | undefined },
): Promise<File> {
  const input = await value;
  if (input instanceof File && (name == null || name === input.name) && !options) return input;
  if (!isFileInput(input)) throw new OpenAIError(`toFile: ${describe(input)} is no file content.`);
  const { bytes, type } = await contentOf(input);
  const lastModified = options?.lastModified ?? (input as BlobLike).lastModified;
  return new File([bytes], name ?? nameOf(input) ?? UNKNOWN, {
    type: options?.type ?? type ?? "",
    ...(lastModified === undefined ? {} : { lastModified }),
  });
}

/** Content that is read only when the request is made. The name must not be empty. */
export function toStreamingFile(data: StreamingFileInput, name: string, options?: { type?: string }): StreamingFile {
  if (!name) throw new TypeError("toStreamingFile needs a file name.");
  if (options?.type && /[^\t\x20-\x7e]/.test(options.type)) throw new TypeError("The type has control characters.");
  return { [streaming]: true, data, name, type: options?.type };
}

/** What a call says of its form, from spec/calls.yaml. */
export interface FormRules {
  /** Sent as JSON where it holds no file. */
  jsonWithoutFiles?: true;
  /** Fields that have a content type; what is no text is JSON. */
  parts?: Record<string, string>;
  /** The one of `parts` that is the whole body where nothing else is given. */
  alone?: string;
}

/** @internal The body of a multipart call: the parts of a form, or where its rules say so a text of another kind. */
export async function toBody(
  form: object,
  folders: boolean,
  { jsonWithoutFiles, parts: typed = {}, alone }: FormRules = {},
): Promise<{ parts: NativePart[] } | { body: string; contentType?: string }> {
  if (isFormData(form)) return { parts: await toParts(form, folders) };
  if (jsonWithoutFiles && !holdsFile(form)) return { body: JSON.stringify(form) };
  const given = Object.entries(form).filter(([, value]) => value !== undefined);
  if (alone && given.length === 1 && given[0]![0] === alone)
    return { body: String(given[0]![1]), contentType: typed[alone]! };
  const own = given.filter(([name]) => name in typed);
  const parts = own.map(([name, value]) => ({
    name,
    contentType: typed[name]!,
    text: typeof value === "string" ? value : JSON.stringify(value),
  }));
  const rest = Object.fromEntries(given.filter(([name]) => !(name in typed)));
  return { parts: [...parts, ...(await toParts(rest, folders))] };
}

/**
 * @internal JSON of what is not sent as JSON: a bigint is its digits there, and half a character, which JSON can escape, is
 * U+FFFD.
 */
export function fieldsText(fields: object): string {
  return JSON.stringify(fields, (name, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    if (typeof value === "function") throw new OpenAIError(`${name}: a function cannot be sent.`);
    return typeof value === "string" ? value.replace(HALF, "\ufffd") : value;
  });
}

const HALF = /\p{Surrogate}/gu;

/** @internal The parts of a form, in the order of the parameters. `folders`: names of files keep their directories. */
export async function toParts(form: object, folders: boolean): Promise<NativePart[]> {
  const parts: NativePart[] = [];
  if (isFormData(form)) {
    for (const [name, value] of form) {
      parts.push({ name, ...(typeof value === "string" ? { text: value } : await filePart(value, folders)) });
    }
    return parts;
  }
  let fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(form)) {
    if (value === undefined) continue;
    if (!holdsFile(value)) {
      fields[name] = value; // the core knows how nested values are spelled
      continue;
    }
    if (Object.keys(fields).length > 0) parts.push({ fields: fieldsText(fields) });
    fields = {};
    await addFiles(parts, name, value, folders);
  }
  if (Object.keys(fields).length > 0) parts.push({ fields: fieldsText(fields) });
  return parts;
}

const UNKNOWN = "unknown_file";

async function addFiles(parts: NativePart[], name: string, value: unknown, folders: boolean): Promise<void> {
  if (Array.isArray(value)) {
    for (const item of value) await addFiles(parts, `${name}[]`, item, folders);
  } else if (isUploadable(value)) {
    parts.push({ name, ...(await filePart(value, folders)) });
  } else if (holdsFile(value)) {
    for (const [key, item] of Object.entries(value as object)) await addFiles(parts, `${name}[${key}]`, item, folders);
  } else {
    parts.push({ name, text: String(value) });
  }
}

async function filePart(value: unknown, folders: boolean): Promise<NativePart> {
  const path = untouchedPath(value);
  const filename = nameOf(value, folders) ?? UNKNOWN;
  if (path) return { filename, path };
  const { type, ...data } = streamed(value) ?? (await contentOf(value));
  return { filename, ...(type && { contentType: type }), ...data }; // without a type, the core tells by the name
}

/** Blobs up to this size cost less as a whole. */
const SMALL = 1 << 20;

/** Content that is better read while it is sent. */
function streamed(value: unknown): { feed: NonNullable<NativePart["feed"]>; type?: string | undefined } | undefined {
  if (isBlob(value)) {
    if (value.size <= SMALL || !value.stream) return undefined;
    const source: Source = { open: () => iterate(value.stream!()), once: false };
    return { feed: { length: value.size, source }, type: value.type };
  }
  if (isResponse(value)) {
    const { body, bodyUsed, headers } = value;
    // What has been read already fails when its content is asked for.
    if (!body || bodyUsed) return undefined;
    return { feed: { source: { open: () => iterate(body), once: true } }, type: headers?.get("content-type") ?? "" };
  }
  if (isStream(value)) {
    // A stream of Node tells an error when it happens; it is told here when the content is asked for.
    (value as { once?: (event: "error", listener: () => void) => void }).once?.("error", () => {});
    return { feed: { source: { open: () => iterate(value), once: true } } };
  }
  if (!isNamed(value)) return undefined;
  const inner = streamed(value.data);
  return inner && { ...inner, ...(value.type && { type: value.type }) };
}

function iterate(stream: StreamingFileInput): AsyncIterator<BlobPart> {
  if (Symbol.asyncIterator in stream) return stream[Symbol.asyncIterator]();
  const reader = (stream as ReadableStream<BlobPart>).getReader();
  return {
    next: async () => (await reader.read()) as IteratorResult<BlobPart>,
    return: async () => ({ value: await reader.cancel(), done: true }),
  };
}

/** The path of a file stream that nobody has read from and that means the whole file. */
function untouchedPath(value: unknown): string | undefined {
  const stream = value as {
    path?: unknown;
    start?: number;
    end?: number;
    bytesRead?: number;
    readableFlowing?: boolean | null;
    destroy?: () => void;
    once?: (event: "error", listener: () => void) => void;
  };
  const whole = stream.start === undefined && stream.end === Infinity && stream.bytesRead === 0;
  if (typeof stream.path !== "string" || !whole || stream.readableFlowing !== null) return undefined;
  stream.once?.("error", () => {}); // the core says it when the file cannot be opened
  stream.destroy?.();
  return resolve(stream.path);
}

interface Content {
  bytes: Uint8Array<ArrayBuffer>;
  type?: string | undefined;
}

/** @internal All of it in memory. */
export async function contentOf(value: unknown): Promise<Content> {
  if (isBlob(value)) {
    const buffer = "arrayBuffer" in value ? await (value as unknown as Blob).arrayBuffer() : await value.text();
    return { bytes: await toBytes(buffer), type: value.type || undefined };
  }
  if (isResponse(value)) return contentOf(await value.blob());
  if (isStream(value)) {
    const pieces: Uint8Array[] = [];
    const iterator = iterate(value);
    for (let next = await iterator.next(); !next.done; next = await iterator.next())
      pieces.push(await toBytes(next.value));
    return { bytes: new Uint8Array(Buffer.concat(pieces)) };
  }
  if (isNamed(value)) return { ...(await contentOf(value.data)), ...(value.type ? { type: value.type } : {}) };
  if (typeof value === "string" || isBytes(value)) return { bytes: await toBytes(value) };
  if (value instanceof URLSearchParams) {
    return { bytes: await toBytes(String(value)), type: "application/x-www-form-urlencoded;charset=UTF-8" };
  }
  throw new OpenAIError(`${describe(value)} is no file content.`);
}

/** The file's name: a given one, or the last segment of the path or address it comes from. */
function nameOf(value: unknown, folders = false): string | undefined {
  const { name, url, filename, path } = value as Record<string, unknown>;
  for (const given of [name, filename]) {
    if (given) return folders ? String(given) : basename(String(given).replaceAll("\\", "/"));
  }
  if (typeof url === "string" && url) {
    const segment = basename(url.split(/[?#]/)[0]!);
    try {
      return decodeURIComponent(segment) || undefined;
    } catch {
      return segment;
    }
  }
  return path ? basename(String(path)) : undefined;
}

/** @internal Whether the body is sent as it is: files, bytes, encoded forms, and text of which the caller tells the type. */
export function isRaw({ body, headers }: RequestOptions = {}): boolean {
  if (typeof body !== "string") return isFileInput(body) || body instanceof URLSearchParams;
  return splitHeaders(headers).set.some((name, index) => index % 2 === 0 && name.toLowerCase() === "content-type");
}

/** @internal By its tag: naming the class would load Node's `fetch`. */
export function isFormData(value: unknown): value is FormData {
  return (value as { [Symbol.toStringTag]?: string } | null)?.[Symbol.toStringTag] === "FormData";
}

function holdsFile(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isUploadable(value) || Object.values(value).some(holdsFile);
}

function isUploadable(value: unknown): boolean {
  return isFileInput(value) || isNamed(value);
}

function isFileInput(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isBytes(value) || isBlob(value) || isResponse(value) || isStream(value);
}

function isBytes(value: unknown): boolean {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

function isBlob(value: unknown): value is BlobLike {
  const blob = value as BlobLike;
  return typeof blob?.size === "number" && typeof blob.text === "function" && typeof blob.slice === "function";
}

function isResponse(value: unknown): value is ResponseLike {
  return typeof (value as ResponseLike)?.url === "string" && typeof (value as ResponseLike).blob === "function";
}

function isStream(value: unknown): value is StreamingFileInput {
  const stream = value as Partial<AsyncIterable<BlobPart> & ReadableStream<BlobPart>> | null | undefined;
  return typeof stream?.[Symbol.asyncIterator] === "function" || typeof stream?.getReader === "function";
}

/** `{ name, data }`, of which `StreamingFile` is one. */
function isNamed(value: unknown): value is { name: string; data: unknown; type?: string } {
  const { name, data } = value as { name?: unknown; data?: unknown };
  return typeof name === "string" && (isFileInput(data) || streaming in (value as object));
}

function describe(value: unknown): string {
  return value === null
    ? "null"
    : typeof value === "object"
      ? `a ${value.constructor?.name || "object"}`
      : typeof value;
}
