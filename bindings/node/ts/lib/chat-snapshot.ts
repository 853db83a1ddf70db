// A chat completion that is still arriving, as the official package types it.

import type { ChatCompletionAudio, ChatCompletionRole, ChatCompletionTokenLogprob } from "../generated/types/chat.js";

/** Everything that the chunks so far add up to; what has not arrived is absent. */
export interface ChatCompletionSnapshot {
  id: string;
  choices: ChatCompletionSnapshot.Choice[];
  /** Seconds since 1970. */
  created: number;
  model: string;
  system_fingerprint?: string;
}

export namespace ChatCompletionSnapshot {
  export interface Choice {
    message: Choice.Message;
    finish_reason: "stop" | "length" | "tool_calls" | "content_filter" | "function_call" | null;
    logprobs: Choice.Logprobs | null;
    index: number;
  }

  export namespace Choice {
    export interface Message {
      audio?: Partial<ChatCompletionAudio>;
      content?: string | null;
      refusal?: string | null;
      /** With a JSON schema as response format: the value so far. Worked out when it is read. */
      parsed?: unknown;
      function_call?: Message.FunctionCall;
      tool_calls?: Message.ToolCall[];
      role?: ChatCompletionRole;
    }

    export namespace Message {
      export type ToolCall = ToolCall.FunctionToolCall | ToolCall.CustomToolCall;

      export namespace ToolCall {
        export interface FunctionToolCall {
          id: string;
          function: Function;
          type: "function";
        }

        export interface Function {
          arguments: string;
          name: string;
          /** With a strict tool: the value so far. Worked out when it is read. */
          parsed_arguments?: unknown;
        }

        export interface CustomToolCall {
          id: string;
          custom: CustomToolCall.Custom;
          type: "custom";
        }

        export namespace CustomToolCall {
          export interface Custom {
            input: string;
            name: string;
          }
        }
      }

      export interface FunctionCall {
        arguments?: string;
        name?: string;
      }
    }

    export interface Logprobs {
      content: ChatCompletionTokenLogprob[] | null;
      refusal: ChatCompletionTokenLogprob[] | null;
    }
  }
}
