// The steps of a tool loop, the same for both APIs.

/** An answer of the model: its text, and the functions that it calls. */
export interface AssistantStep {
  type: "assistant";
  content: string | null;
  /** `arguments` is JSON text. */
  calls: { name: string; arguments: string; call_id: string }[];
}

/** What the model was told of one call. */
export interface ToolStep {
  type: "tool";
  name: string;
  call_id: string;
  output: string;
}

export type ToolRunStep = AssistantStep | ToolStep;

/** What the model is told of a result: text as it is, anything else as JSON. */
export function resultText(result: unknown): string {
  return typeof result === "string" ? result : (JSON.stringify(result) ?? "undefined");
}
