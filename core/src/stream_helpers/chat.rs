//! Chat completions that add up as they stream.

mod choice;
mod events;
mod tool_calls;

pub use events::ChatStreamEvent;

use super::calls::{FunctionCall, FunctionCallStep, Growth};
use super::snapshot::{Growing, Snapshot};
use crate::call::{Aim, Answer, Call};
use crate::engine::{Error, ErrorKind};
use crate::json::{self, Extra, Json};
use crate::resources::chat::completions::Completions;
use crate::stream::Stream;
use crate::types::chat::chat_completion::{self, ChatCompletion};
use crate::types::chat::chat_completion_chunk::{self, ChatCompletionChunk};
use crate::types::chat::chat_completion_tool_union::ChatCompletionTool;
use crate::types::chat::completion_create::ChatCompletionRequest;
use crate::types::completion_usage::CompletionUsage;
use choice::Choice;
use http::HeaderMap;
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

impl Completions<'_> {
    /// Creates a chat completion as a stream that adds up: events with what they amount to so far, and the whole completion at
    /// the end. `POST /chat/completions`.
    ///
    /// ```no_run
    /// use openai_oxide::stream_helpers::ChatStreamEvent;
    /// use openai_oxide::types::chat::{ChatCompletionMessageParam, ChatCompletionRequest};
    ///
    /// # async fn example(client: openai_oxide::OpenAI) -> Result<(), openai_oxide::OpenAIError> {
    /// let request = ChatCompletionRequest::new("gpt-5.4-mini", [ChatCompletionMessageParam::user("Say hello.")]);
    /// let mut stream = client.chat().completions().stream(request).await?;
    /// while let Some(event) = stream.recv().await {
    ///     match event? {
    ///         ChatStreamEvent::ContentDelta { delta, .. } => print!("{delta}"),
    ///         ChatStreamEvent::ToolCallDone { name, arguments, .. } => println!("{name}({arguments})"),
    ///         _ => {}
    ///     }
    /// }
    /// let completion = stream.get_final_completion().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// An answer with a failing status, or none; after that the stream itself yields errors.
    #[doc(alias = "create_stream_helper")]
    pub fn stream(&self, request: ChatCompletionRequest) -> Call<ChatCompletionStream> {
        let aim = Aim { strict: has_strict_tools(&request), ..Aim::default() };
        self.create_stream(request).helped(aim, |answer| Ok(ChatCompletionStream::of(answer)))
    }

    /// Creates a chat completion as a stream that hands over each function call as soon as its arguments are complete, while
    /// the stream still runs. `POST /chat/completions`.
    ///
    /// A call is complete when the next one begins and its arguments are whole, else when the model stops.
    ///
    /// ```no_run
    /// # use openai_oxide::types::chat::ChatCompletionRequest;
    /// # #[derive(serde::Deserialize)]
    /// # struct Place { city: String }
    /// # async fn example(client: openai_oxide::OpenAI, request: ChatCompletionRequest) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut calls = client.chat().completions().create_stream_fc(request).await?;
    /// while let Some(call) = calls.recv().await {
    ///     let call = call?;
    ///     let place: Place = call.parse()?;
    ///     println!("{} for {}: start it now", call.name, place.city);
    /// }
    /// let completion = calls.final_completion().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// An answer with a failing status, or none; after that the handle itself yields errors.
    pub fn create_stream_fc(&self, request: ChatCompletionRequest) -> Call<ChatFunctionCalls> {
        self.create_stream(request).helped(Aim::default(), |answer| {
            let stream = ChatCompletionStream::new(Stream::new(answer.events()), false);
            Ok(ChatFunctionCalls { stream, growth: Growth::default() })
        })
    }
}

/// Arguments of strict tools are to be parsed, which a cut-off answer forbids.
fn has_strict_tools(request: &ChatCompletionRequest) -> bool {
    request
        .tools
        .iter()
        .flatten()
        .any(|tool| matches!(tool, ChatCompletionTool::Function(tool) if tool.function.strict == Some(true)))
}

/// A chat completion that grows with its chunks: for chunks that come in another way than through
/// [`stream`](Completions::stream), which keeps one of these.
#[derive(Default)]
pub struct ChatCompletionStreamState {
    strict: bool,
    /// The completion without its choices.
    head: Option<ChatCompletion>,
    /// By index.
    choices: Vec<Choice>,
}

impl ChatCompletionStreamState {
    /// A completion of which nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a chunk; the events that it gives, the first of which is the chunk. A chunk that is none of a chat completion, such
    /// as the filter results of some servers, adds nothing.
    ///
    /// # Errors
    /// Kinds `length_finish_reason` and `content_filter_finish_reason`: the request has strict tools, and the answer was cut off.
    pub fn handle_chunk(&mut self, chunk: ChatCompletionChunk) -> Result<Vec<ChatStreamEvent>, Error> {
        let mut events = Vec::new();
        if chunk.extra.get("object").is_none() {
            self.add_head(&chunk);
            for delta in &chunk.choices {
                let at = match self.choices.binary_search_by_key(&delta.index, |choice| choice.index) {
                    Ok(at) => at,
                    Err(at) => {
                        self.choices.insert(at, Choice::new(delta.index));
                        at
                    }
                };
                self.choices[at].add(delta, &mut events);
            }
            if self.strict {
                self.check_whole()?;
            }
        }
        events.insert(0, ChatStreamEvent::Chunk(Box::new(chunk)));
        Ok(events)
    }

    /// Says that no chunk comes any more; the events of what is thereby complete. For streams that end properly.
    pub fn finish(&mut self) -> Vec<ChatStreamEvent> {
        let mut events = Vec::new();
        self.choices.iter_mut().for_each(|choice| choice.finish(&mut events));
        events
    }

    /// The text of the first choice so far; a view, whose text is copied when it is read.
    pub fn current_content(&self) -> Snapshot {
        let text = self.choices.first().and_then(Choice::content);
        text.map_or_else(|| Growing::default().snapshot(), Growing::snapshot)
    }

    /// The completion so far, in the form of a call without streaming. Work linear in its size.
    pub fn current_completion_snapshot(&self) -> ChatCompletion {
        let mut completion = self.head.clone().unwrap_or_default();
        completion.choices = self.choices.iter().map(Choice::completed).collect();
        completion
    }

    /// The completion, if nothing of it was cut off.
    ///
    /// # Errors
    /// Kinds `length_finish_reason` and `content_filter_finish_reason`, with the completion so far as JSON in the error's body;
    /// `incomplete_stream` if there was no chunk.
    pub fn get_final_completion(&self) -> Result<ChatCompletion, Error> {
        if self.head.is_none() {
            return Err(Error::new(ErrorKind::IncompleteStream, "the stream had no chunk of a completion"));
        }
        self.check_whole()?;
        Ok(self.current_completion_snapshot())
    }

    /// These arguments are complete: the model stopped by itself, or nothing can follow them.
    fn is_certain(&self, arguments: &str) -> bool {
        let stopped =
            self.cut_off().is_some() || self.choices.iter().any(|choice| choice.finish_reason.is_none());
        !stopped || serde_json::from_str::<serde::de::IgnoredAny>(arguments).is_ok()
    }

    fn cut_off(&self) -> Option<(ErrorKind, &'static str)> {
        self.choices.iter().find_map(|choice| match choice.finish_reason.as_ref()?.as_str() {
            "length" => Some((ErrorKind::LengthFinishReason, "the answer was cut off at the length limit")),
            "content_filter" => {
                Some((ErrorKind::ContentFilterFinishReason, "the answer was cut off by a content filter"))
            }
            _ => None,
        })
    }

    fn check_whole(&self) -> Result<(), Error> {
        let Some((kind, message)) = self.cut_off() else { return Ok(()) };
        let body = json::encode(&self.current_completion_snapshot());
        Err(Error::new(kind, message).with_body(body.into()))
    }

    /// What the first chunk says of the completion stays; what later chunks say anew replaces it.
    fn add_head(&mut self, chunk: &ChatCompletionChunk) {
        fn renew<T: Clone>(held: &mut Option<T>, new: &Option<T>) {
            if new.is_some() {
                held.clone_from(new);
            }
        }
        let head = self.head.get_or_insert_default();
        if head.id.is_empty() {
            head.id.clone_from(&chunk.id);
        }
        if head.model.is_empty() {
            head.model.clone_from(&chunk.model);
        }
        if head.created == 0 {
            head.created = chunk.created;
        }
        renew(&mut head.system_fingerprint, &chunk.system_fingerprint);
        renew::<CompletionUsage>(&mut head.usage, &chunk.usage);
        if let Some(tier) = &chunk.service_tier {
            head.service_tier = Some(tier.as_str().into());
        }
        if let Some(moderation) = &chunk.moderation {
            head.moderation =
                same_json::<chat_completion_chunk::Moderation, chat_completion::Moderation>(moderation);
        }
        keep(&mut head.extra, &chunk.extra);
    }
}

/// The latest of each undeclared member.
fn keep(held: &mut Extra, new: &Extra) {
    for (key, value) in new.iter().filter(|(key, _)| *key != "choices") {
        held.insert(key, value.clone());
    }
}

/// Two types of the same JSON.
fn same_json<A: Json, B: Json + Default>(value: &A) -> Option<B> {
    json::decode(&json::encode(value)).ok()
}

impl fmt::Debug for ChatCompletionStreamState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.current_completion_snapshot().fmt(f)
    }
}

/// A chat completion that streams: its events, as a [`futures_core::Stream`] or with [`recv`](Self::recv), and what they add up
/// to. Dropping it closes its connection.
#[must_use = "a stream reads nothing until it is polled"]
pub struct ChatCompletionStream {
    chunks: Stream<ChatCompletionChunk>,
    state: ChatCompletionStreamState,
    ready: VecDeque<ChatStreamEvent>,
    end: Option<End>,
}

/// How a stream ended.
#[derive(Clone, Copy, Debug)]
enum End {
    Properly,
    WithError,
}

impl ChatCompletionStream {
    pub(crate) fn of(answer: &mut Answer) -> Self {
        let origin = answer.origin();
        Self::new(Stream::new(answer.events()), origin.aim.strict)
    }

    fn new(chunks: Stream<ChatCompletionChunk>, strict: bool) -> Self {
        let state = ChatCompletionStreamState { strict, ..Default::default() };
        Self { chunks, state, ready: VecDeque::new(), end: None }
    }

    /// The next event; `None` after the last one or after an error.
    pub async fn recv(&mut self) -> Option<Result<ChatStreamEvent, Error>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Reads what is left of the stream; the whole completion.
    ///
    /// # Errors
    /// What the stream ended with; kind `length_finish_reason` or `content_filter_finish_reason` if the answer was cut off.
    /// [`current_completion_snapshot`](Self::current_completion_snapshot) still tells what there is.
    pub async fn get_final_completion(&mut self) -> Result<ChatCompletion, Error> {
        self.finished().await?;
        self.state.get_final_completion()
    }

    async fn finished(&mut self) -> Result<(), Error> {
        while let Some(event) = self.recv().await {
            event?;
        }
        match self.end {
            Some(End::Properly) => Ok(()),
            _ => Err(Error::new(ErrorKind::IncompleteStream, "the stream ended with an error before")),
        }
    }

    /// The text of the first choice so far; a view, whose text is copied when it is read.
    pub fn current_content(&self) -> Snapshot {
        self.state.current_content()
    }

    /// The completion so far, also of a stream that broke off. Work linear in its size.
    pub fn current_completion_snapshot(&self) -> ChatCompletion {
        self.state.current_completion_snapshot()
    }

    /// The headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        self.chunks.headers()
    }

    /// The id under which the server knows this call.
    pub fn request_id(&self) -> Option<&str> {
        self.chunks.request_id()
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatStreamEvent, Error>>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            if self.end.is_some() {
                return Poll::Ready(None);
            }
            let events = match ready!(self.chunks.poll_event(cx)) {
                Some(chunk) => chunk.and_then(|chunk| self.state.handle_chunk(chunk)),
                None => {
                    self.end = Some(End::Properly);
                    Ok(self.state.finish())
                }
            };
            match events {
                Ok(events) => self.ready.extend(events),
                Err(error) => {
                    self.end = Some(End::WithError);
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl futures_core::Stream for ChatCompletionStream {
    type Item = Result<ChatStreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl fmt::Debug for ChatCompletionStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ChatCompletionStream");
        shown.field("chunks", &self.chunks).field("end", &self.end).finish_non_exhaustive()
    }
}

/// The function calls of a chat completion, each as soon as it is complete: as a [`futures_core::Stream`] or with
/// [`recv`](Self::recv). Calls of custom tools are only in the completion. Dropping it closes its connection.
#[derive(Debug)]
#[must_use = "a stream reads nothing until it is polled"]
pub struct ChatFunctionCalls {
    stream: ChatCompletionStream,
    growth: Growth,
}

impl ChatFunctionCalls {
    /// The next call; `None` after the last one or after an error. A stream that breaks off hands over no unfinished call, and
    /// a call that the token limit or a filter cut off is only in the completion.
    pub async fn recv(&mut self) -> Option<Result<FunctionCall, Error>> {
        std::future::poll_fn(|cx| self.poll_call(cx)).await
    }

    /// Reads what is left of the stream, and passes over calls that were not taken; the whole completion, whose
    /// `finish_reason` tells whether it was cut off.
    ///
    /// # Errors
    /// What the stream ended with.
    pub async fn final_completion(&mut self) -> Result<ChatCompletion, Error> {
        self.stream.finished().await?;
        Ok(self.stream.current_completion_snapshot())
    }

    /// The next step of a call: its arguments as far as they have arrived, and the call when it is complete. Use either this or
    /// [`recv`](Self::recv), which passes over the steps.
    ///
    /// ```no_run
    /// # use openai_oxide::stream_helpers::{ChatFunctionCalls, FunctionCallStep};
    /// # async fn example(mut calls: ChatFunctionCalls) -> Result<(), openai_oxide::OpenAIError> {
    /// while let Some(step) = calls.recv_step().await {
    ///     match step? {
    ///         FunctionCallStep::Arguments { name, arguments: Some(so_far), .. } => println!("{name}: {so_far}"),
    ///         FunctionCallStep::Complete(call) => println!("{}: start it now", call.name),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn recv_step(&mut self) -> Option<Result<FunctionCallStep<'_>, Error>> {
        loop {
            match self.stream.recv().await? {
                Ok(ChatStreamEvent::ToolCallDelta { index, name, arguments_delta, .. }) => {
                    return Some(Ok(self.growth.add(name, index, &arguments_delta)));
                }
                Ok(event) => {
                    if let Some(call) = self.complete(event) {
                        return Some(Ok(FunctionCallStep::Complete(call)));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The events instead of the calls.
    pub fn into_events(self) -> ChatCompletionStream {
        self.stream
    }

    fn poll_call(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<FunctionCall, Error>>> {
        loop {
            match ready!(self.stream.poll_event(cx)) {
                Some(Ok(event)) => {
                    if let Some(call) = self.complete(event) {
                        return Poll::Ready(Some(Ok(call)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn complete(&self, event: ChatStreamEvent) -> Option<FunctionCall> {
        match event {
            ChatStreamEvent::ToolCallDone { index, call_id, name, arguments }
                if self.stream.state.is_certain(&arguments) =>
            {
                Some(FunctionCall { name, call_id, arguments, index })
            }
            _ => None,
        }
    }
}

impl futures_core::Stream for ChatFunctionCalls {
    type Item = Result<FunctionCall, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_call(cx)
    }
}

#[cfg(test)]
mod tests;
