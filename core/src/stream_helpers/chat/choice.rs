//! One choice of a chat completion as it grows, and the events of its growth.

use super::super::snapshot::Growing;
use super::super::unknown::Unknown;
use super::events::ChatStreamEvent;
use super::tool_calls::ToolCalls;
use crate::json::{Extra, Raw};
use crate::types::chat::chat_completion as whole;
use crate::types::chat::chat_completion_audio::ChatCompletionAudio;
use crate::types::chat::chat_completion_chunk as delta;
use crate::types::chat::chat_completion_message::{ChatCompletionMessage, FunctionCall};
use crate::types::chat::chat_completion_token_logprob::ChatCompletionTokenLogprob;

type Logprobs = Growing<[ChatCompletionTokenLogprob]>;

#[derive(Default)]
pub(super) struct Choice {
    pub(super) index: i64,
    pub(super) finish_reason: Option<delta::ChoiceFinishReason>,
    role: Option<String>,
    content: Option<Growing>,
    refusal: Option<Growing>,
    content_logprobs: Option<Logprobs>,
    refusal_logprobs: Option<Logprobs>,
    unknown_of_logprobs: Unknown,
    audio: Option<ChatCompletionAudio>,
    unknown_of_audio: Unknown,
    function_call: Option<FunctionCall>,
    tool_calls: ToolCalls,
    /// The call that the last delta belonged to.
    current: Option<usize>,
    unknown: Unknown,
    /// The latest of what surrounds the deltas.
    around: Extra,
    told: Told,
}

/// The done events that have been told.
#[derive(Default)]
struct Told {
    content: bool,
    refusal: bool,
    content_logprobs: bool,
    refusal_logprobs: bool,
    done: bool,
}

impl Choice {
    pub(super) fn new(index: i64) -> Self {
        Self { index, ..Self::default() }
    }

    pub(super) fn content(&self) -> Option<&Growing> {
        self.content.as_ref()
    }

    /// Adds what a chunk says of this choice.
    pub(super) fn add(&mut self, choice: &delta::Choice, events: &mut Vec<ChatStreamEvent>) {
        let delta = &choice.delta;
        self.unknown.add(&delta.extra, &[]);
        for (key, value) in choice.extra.iter().filter(|(key, _)| *key != "delta") {
            self.around.insert(key, value.clone());
        }
        if let Some(role) = delta.role.as_ref().map(|role| role.as_str()).filter(|role| !role.is_empty()) {
            self.role = Some(role.to_owned());
        }
        if let Some(piece) = &delta.content {
            let text = self.content.get_or_insert_default();
            text.push(piece);
            events.push(ChatStreamEvent::ContentDelta { delta: piece.clone(), snapshot: text.snapshot() });
        }
        if let Some(piece) = &delta.refusal {
            let text = self.refusal.get_or_insert_default();
            text.push(piece);
            events.push(ChatStreamEvent::RefusalDelta { delta: piece.clone(), snapshot: text.snapshot() });
        }
        if let Some(audio) = &delta.audio {
            self.add_audio(audio);
        }
        if let Some(call) = &delta.function_call {
            let held = self.function_call.get_or_insert_default();
            held.name.push_str(call.name.as_deref().unwrap_or_default());
            held.arguments.push_str(call.arguments.as_deref().unwrap_or_default());
        }
        let (mut begins, mut complete) = (false, Vec::new());
        for delta in delta.tool_calls.iter().flatten() {
            let (at, piece) = self.tool_calls.add(delta);
            // The deltas go on with another call: what came before it is done, unless it cannot be.
            let before = self.current.replace(at);
            begins |= before != Some(at);
            complete
                .extend(before.filter(|before| *before != at && self.tool_calls.get_mut(*before).is_whole()));
            let call = self.tool_calls.get_mut(at);
            if !call.custom {
                events.push(ChatStreamEvent::ToolCallDelta {
                    index: call.place as usize,
                    name: call.name.clone(),
                    arguments_delta: piece.to_owned(),
                    arguments_snapshot: call.arguments.snapshot(),
                });
            }
        }
        if let Some(logprobs) = &choice.logprobs {
            self.add_logprobs(logprobs, events);
        }
        if let Some(reason) = choice.finish_reason.as_ref().filter(|reason| !reason.as_str().is_empty()) {
            self.finish_reason = Some(reason.clone());
        }
        if begins {
            self.text_done(events);
        }
        for at in complete {
            call_done(self.tool_calls.get_mut(at), events);
        }
        if self.finish_reason.is_some() {
            self.finish(events);
        }
    }

    fn add_audio(&mut self, delta: &delta::ChoiceDeltaAudio) {
        fn join(sum: &mut Option<String>, piece: &Option<String>) {
            if let Some(piece) = piece {
                sum.get_or_insert_default().push_str(piece);
            }
        }
        let audio = self.audio.get_or_insert_default();
        audio.id = delta.id.clone().or(audio.id.take());
        audio.expires_at = delta.expires_at.or(audio.expires_at);
        join(&mut audio.data, &delta.data);
        join(&mut audio.transcript, &delta.transcript);
        self.unknown_of_audio.add(&delta.extra, &[]);
    }

    fn add_logprobs(&mut self, delta: &delta::ChoiceLogprobs, events: &mut Vec<ChatStreamEvent>) {
        self.unknown_of_logprobs.add(&delta.extra, &[]);
        if let Some(tokens) = &delta.content {
            let sum = self.content_logprobs.get_or_insert_default();
            sum.push(tokens);
            if !tokens.is_empty() {
                let (content, snapshot) = (tokens.clone(), sum.snapshot());
                events.push(ChatStreamEvent::LogprobsContentDelta { content, snapshot });
            }
        }
        if let Some(tokens) = &delta.refusal {
            let sum = self.refusal_logprobs.get_or_insert_default();
            sum.push(tokens);
            if !tokens.is_empty() {
                let (refusal, snapshot) = (tokens.clone(), sum.snapshot());
                events.push(ChatStreamEvent::LogprobsRefusalDelta { refusal, snapshot });
            }
        }
    }

    /// Nothing more comes: all is done that is not yet.
    pub(super) fn finish(&mut self, events: &mut Vec<ChatStreamEvent>) {
        self.text_done(events);
        for call in self.tool_calls.in_order() {
            call_done(call, events);
        }
        if !std::mem::replace(&mut self.told.done, true) {
            events.push(ChatStreamEvent::Done { finish_reason: self.finish_reason.clone() });
        }
    }

    fn text_done(&mut self, events: &mut Vec<ChatStreamEvent>) {
        let mut once = |told: &mut bool, event: Option<ChatStreamEvent>| {
            if let Some(event) = event.filter(|_| !*told) {
                *told = true;
                events.push(event);
            }
        };
        let told = &mut self.told;
        let content = self.content.as_ref().filter(|text| !told.content && !text.is_empty());
        once(&mut told.content, content.map(|text| ChatStreamEvent::ContentDone { content: text.copy() }));
        let refusal = self.refusal.as_ref().filter(|_| !told.refusal);
        once(&mut told.refusal, refusal.map(|text| ChatStreamEvent::RefusalDone { refusal: text.copy() }));
        let content = self.content_logprobs.as_ref().filter(|_| !told.content_logprobs);
        once(
            &mut told.content_logprobs,
            content.map(|tokens| ChatStreamEvent::LogprobsContentDone { content: tokens.copy() }),
        );
        let refusal = self.refusal_logprobs.as_ref().filter(|_| !told.refusal_logprobs);
        once(
            &mut told.refusal_logprobs,
            refusal.map(|tokens| ChatStreamEvent::LogprobsRefusalDone { refusal: tokens.copy() }),
        );
    }

    /// The choice so far, as a call without streaming would give it.
    pub(super) fn completed(&self) -> whole::Choice {
        let mut message = ChatCompletionMessage {
            content: self.content.as_ref().map(Growing::copy),
            refusal: self.refusal.as_ref().map(Growing::copy),
            audio: self.audio.clone(),
            function_call: self.function_call.clone(),
            tool_calls: self.tool_calls.completed(),
            ..Default::default()
        };
        // The API always says both.
        if message.content.is_none() {
            message.extra.set_null(0);
        }
        if message.refusal.is_none() {
            message.extra.set_null(1);
        }
        if let Some(role) = self.role.as_deref().filter(|role| *role != "assistant") {
            message.extra.insert("role", Raw::from(role));
        }
        if let Some(audio) = &mut message.audio {
            self.unknown_of_audio.fill(&mut audio.extra);
        }
        self.unknown.fill(&mut message.extra);
        let logprobs = self.content_logprobs.is_some() || self.refusal_logprobs.is_some();
        let mut choice = whole::Choice {
            index: self.index,
            message,
            logprobs: logprobs.then(|| {
                let mut logprobs = whole::ChoiceLogprobs {
                    content: self.content_logprobs.as_ref().map(Growing::copy),
                    refusal: self.refusal_logprobs.as_ref().map(Growing::copy),
                    ..Default::default()
                };
                self.unknown_of_logprobs.fill(&mut logprobs.extra);
                logprobs
            }),
            extra: self.around.clone(),
            ..Default::default()
        };
        match &self.finish_reason {
            Some(reason) => choice.finish_reason = reason.as_str().into(),
            None => choice.extra.set_null(0),
        }
        choice
    }
}

fn call_done(call: &mut super::tool_calls::ToolCall, events: &mut Vec<ChatStreamEvent>) {
    if !std::mem::replace(&mut call.done, true) && !call.custom {
        events.push(ChatStreamEvent::ToolCallDone {
            index: call.place as usize,
            call_id: call.id(),
            name: call.name.clone(),
            arguments: call.arguments.copy(),
        });
    }
}
