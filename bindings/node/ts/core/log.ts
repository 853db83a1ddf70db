// One line per finished call at level `info`, never with headers, bodies or keys.

/** From silent to talkative; the default is `warn`. */
export type LogLevel = "off" | "error" | "warn" | "info" | "debug";

/** `console`, or anything with its methods. */
export type Logger = Record<"error" | "warn" | "info" | "debug", (message: string) => void>;

const LEVELS: readonly LogLevel[] = ["off", "error", "warn", "info", "debug"];

/** The level a client uses: its option, else `OPENAI_LOG`, else `warn`. */
export function effectiveLevel(option: LogLevel | undefined): LogLevel {
  const level = option ?? (process.env["OPENAI_LOG"]?.trim() as LogLevel | undefined);
  return level && LEVELS.includes(level) ? level : "warn";
}

export function talks(level: LogLevel, about: LogLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(about);
}
