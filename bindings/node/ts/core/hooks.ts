// What the official package adds to single operations: a request or a result changed, never the call itself.

/** Changes around one operation, by its id. */
interface Hook {
  /** The body to send instead. */
  before?: (body: any) => unknown;
  /** Changes the result in place. `sent` is the caller's body. */
  after?: (result: any, sent: any) => void;
}

interface OutputMessage {
  type?: string;
  content?: { type?: string; text?: string }[] | null;
}

/** The text of a response: all `output_text` parts of its messages, joined. */
export function outputText(response: { output?: unknown }): string {
  const texts: string[] = [];
  for (const item of (response.output ?? []) as OutputMessage[]) {
    if (item.type !== "message") continue;
    for (const part of item.content ?? []) {
      if (part.type === "output_text" && part.text) texts.push(part.text);
    }
  }
  return texts.join("");
}

function addOutputText(response: any): void {
  if (response?.object === "response") response.output_text = outputText(response);
}

/** Embeddings travel as base64 unless the caller chose a format: a quarter of the bytes, and no numbers to parse. */
function decodeEmbeddings(result: any, sent: any): void {
  if (sent?.encoding_format) return;
  for (const item of result?.data ?? []) {
    if (typeof item.embedding === "string") item.embedding = floats(item.embedding);
  }
}

function floats(base64: string): number[] {
  const bytes = Buffer.from(base64, "base64");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Array<number>(bytes.byteLength >> 2);
  for (let i = 0; i < numbers.length; i++) numbers[i] = view.getFloat32(i * 4, true);
  return numbers;
}

export const HOOKS: Readonly<Record<string, Hook>> = {
  "responses.create": { after: addOutputText },
  "responses.retrieve": { after: addOutputText },
  "responses.cancel": { after: addOutputText },
  "embeddings.create": {
    before: (body) => (body?.encoding_format ? body : { ...body, encoding_format: "base64" }),
    after: decodeEmbeddings,
  },
};
