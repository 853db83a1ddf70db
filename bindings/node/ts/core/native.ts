// Finds and loads the addon, and names what it offers (bindings/node/src).
//
// A package built here carries the addon in dist/native; a published one gets it from the package of the platform, an
// optional dependency that npm installs where it fits.

import { join } from "node:path";
import type { Source } from "./feeds.js";

export interface NativeSettings {
  apiKey?: string;
  adminApiKey?: string | undefined;
  baseUrl?: string;
  organization?: string;
  project?: string;
  userAgent?: string;
  timeoutMs?: number | undefined;
  connectTimeoutMs?: number | undefined;
  firstTokenTimeoutMs?: number | undefined;
  idleTimeoutMs?: number | undefined;
  deadlineMs?: number | undefined;
  maxEventBytes?: number | undefined;
  maxRetries?: number | undefined;
  headers?: string[];
  query?: string[];
}

export interface NativeOptions {
  headers?: string[];
  removedHeaders?: string[];
  timeoutMs?: number | undefined;
  firstTokenTimeoutMs?: number | undefined;
  idleTimeoutMs?: number | undefined;
  deadlineMs?: number | undefined;
  maxRetries?: number | undefined;
  idempotencyKey?: string | undefined;
  hedge?: NativeHedge | undefined;
}

export interface NativeHedge {
  delayMs?: number;
  max: number;
  /** Infinity: no bound. */
  budget: number;
}

/** A part of a form: `fields` is a JSON object of parts without files, else one part with one of the last four members. */
export interface NativePart {
  fields?: string;
  name?: string;
  filename?: string;
  contentType?: string;
  text?: string;
  bytes?: Uint8Array;
  path?: string;
  /** Asked for while it is sent; `source` stays on this side. */
  feed?: { length?: number; source: Source };
}

export interface NativeTarget {
  operation: string | { method: string; path: string };
  pathParams?: string[];
  query?: string;
  body?: string;
  /** Instead of `body`. */
  parts?: NativePart[];
  /** Instead of `body`: sent as it is. */
  raw?: { bytes: Uint8Array; type?: string | undefined };
  options?: NativeOptions;
}

export interface NativeClient {
  readonly effective: {
    baseUrl: string;
    organization?: string;
    project?: string;
    timeoutMs: number;
    maxRetries: number;
  };
  call(bridge: NativeBridge, target: NativeTarget): number;
  stream(bridge: NativeBridge, target: NativeTarget): number;
  open(bridge: NativeBridge, target: NativeTarget): number;
}

export interface NativeBridge {
  hold(alive: boolean): void;
  pull(id: number): void;
  feed(id: number, opening: number, piece?: Uint8Array): void;
  cancel(id: number): void;
}

interface Addon {
  NativeClient: new (settings: NativeSettings) => NativeClient;
  hedgeFault(settings: NativeHedge): string | null;
  Bridge: new (wake: (outcomes: unknown[]) => void) => NativeBridge;
  strictSchema(schema: string): string;
}

/** Names of the builds that may run here. Which libc Linux has is told by which build is installed and loads. */
function builds(): string[] {
  const { platform, arch } = process;
  if (platform === "linux") return [`linux-${arch}-gnu`, `linux-${arch}-musl`];
  return [platform === "win32" ? `win32-${arch}-msvc` : `${platform}-${arch}`];
}

function load(): Addon {
  const reasons: string[] = [];
  const local = join(__dirname, "..", "native");
  for (const build of builds()) {
    for (const place of [join(local, `openai-oxide.${build}.node`), `openai-oxide-${build}`]) {
      try {
        return require(place) as Addon;
      } catch (error) {
        reasons.push(`  ${place}: ${String((error as Error).message).split("\n")[0]}`);
      }
    }
  }
  throw new Error(`openai-oxide has no native addon for this platform. Tried:\n${reasons.join("\n")}`);
}

export const addon: Addon = load();
