//! What a stream of a chat completion tells.

use super::super::snapshot::Snapshot;
use crate::types::chat::chat_completion_chunk::ChatCompletionChunk;
use crate::types::chat::chat_completion_chunk::ChoiceFinishReason;
use crate::types::chat::chat_completion_token_logprob::ChatCompletionTokenLogprob;

/// One event of a [`ChatCompletionStream`](super::ChatCompletionStream). New kinds may come; match with a fallback arm.
///
/// Each chunk of the wire gives one `Chunk`, then its deltas (content, refusal, tool calls, log probabilities; choice by choice),
/// then what it completes. The text is done when the first tool call begins or the model stops. A tool call is done when another
/// one begins and its arguments are whole, else when the model stops. With several choices, the `Chunk` before an event tells
/// its choice.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ChatStreamEvent {
    /// A chunk as the server sent it.
    Chunk(Box<ChatCompletionChunk>),
    /// More text.
    ContentDelta {
        /// The new piece; may be empty.
        delta: String,
        /// The text so far.
        snapshot: Snapshot,
    },
    /// The text is complete.
    ContentDone {
        /// All of it.
        content: String,
    },
    /// More of a refusal.
    RefusalDelta {
        /// The new piece.
        delta: String,
        /// The refusal so far.
        snapshot: Snapshot,
    },
    /// The refusal is complete.
    RefusalDone {
        /// All of it.
        refusal: String,
    },
    /// More of a function call's arguments, or its name.
    ToolCallDelta {
        /// The call's place among the calls of the message.
        index: usize,
        /// The function.
        name: String,
        /// The new piece of JSON text; empty where a call only begins.
        arguments_delta: String,
        /// The JSON text so far.
        arguments_snapshot: Snapshot,
    },
    /// The arguments of a function call are complete.
    ToolCallDone {
        /// The call's place among the calls of the message.
        index: usize,
        /// What the answer to the call has to name.
        call_id: String,
        /// The function.
        name: String,
        /// JSON text, as the model wrote it.
        arguments: String,
    },
    /// Log probabilities of more tokens of the text.
    LogprobsContentDelta {
        /// The new ones.
        content: Vec<ChatCompletionTokenLogprob>,
        /// All so far.
        snapshot: Snapshot<[ChatCompletionTokenLogprob]>,
    },
    /// The log probabilities of the text are complete.
    LogprobsContentDone {
        /// All of them.
        content: Vec<ChatCompletionTokenLogprob>,
    },
    /// Log probabilities of more tokens of a refusal.
    LogprobsRefusalDelta {
        /// The new ones.
        refusal: Vec<ChatCompletionTokenLogprob>,
        /// All so far.
        snapshot: Snapshot<[ChatCompletionTokenLogprob]>,
    },
    /// The log probabilities of a refusal are complete.
    LogprobsRefusalDone {
        /// All of them.
        refusal: Vec<ChatCompletionTokenLogprob>,
    },
    /// A choice is complete; once for each. Its usage may still follow, and is part of the final completion.
    Done {
        /// Why the model stopped; `None` from a server that ends the stream without saying so.
        finish_reason: Option<ChoiceFinishReason>,
    },
}
