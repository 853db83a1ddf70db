// Headers in the three shapes they have: the user's, the addon's, and the platform's `Headers`.

/** What a caller may pass: null removes a header, undefined is ignored. */
export type HeadersLike =
  | Headers
  | readonly (readonly [string, string | null | undefined])[]
  | Record<string, string | readonly string[] | null | undefined>;

/** The addon's `name: value` lines as pairs. */
export function parseHeaders(lines: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const line of lines.split("\n")) {
    const colon = line.indexOf(": ");
    // What begins with a colon is the addon's own.
    if (colon > 0 && !line.startsWith(":")) pairs.push([line.slice(0, colon), line.slice(colon + 2)]);
  }
  return pairs;
}

/** The first value of a header in the addon's lines, without taking the others apart. `name` is lower case. */
export function findHeader(lines: string, name: string): string | null {
  const start = lines.startsWith(`${name}: `) ? 0 : lines.indexOf(`\n${name}: `) + 1;
  if (start === 0 && !lines.startsWith(`${name}: `)) return null;
  return lines.slice(start + name.length + 2, lines.indexOf("\n", start));
}

/** The user's headers as the addon takes them: those to set, name and value alternating, and those to remove. */
export function splitHeaders(headers: HeadersLike | undefined): {
  set: string[];
  removed: string[];
} {
  const set: string[] = [];
  const removed: string[] = [];
  if (headers) {
    const entries = Symbol.iterator in headers ? headers : Object.entries(headers);
    for (const [name, value] of entries as Iterable<[string, unknown]>) {
      if (value === null) removed.push(name);
      else if (Array.isArray(value)) set.push(name, value.join(", "));
      else if (value !== undefined) set.push(name, String(value));
    }
  }
  return { set, removed };
}
