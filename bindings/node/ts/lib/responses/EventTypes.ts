// Events of a response stream with what their deltas add up to.

import type {
  ResponseFunctionCallArgumentsDeltaEvent as RawFunctionCallArgumentsDeltaEvent,
  ResponseStreamEvent,
  ResponseTextDeltaEvent as RawTextDeltaEvent,
} from "../../generated/types/responses.js";

export type ResponseFunctionCallArgumentsDeltaEvent = RawFunctionCallArgumentsDeltaEvent & {
  /** All of the arguments so far. */
  snapshot: string;
};

export type ResponseTextDeltaEvent = RawTextDeltaEvent & {
  /** All of this part's text so far. */
  snapshot: string;
};

export type ParsedResponseStreamEvent =
  | Exclude<ResponseStreamEvent, RawFunctionCallArgumentsDeltaEvent | RawTextDeltaEvent>
  | ResponseFunctionCallArgumentsDeltaEvent
  | ResponseTextDeltaEvent;
