//! Runs of assistants that add up as they stream.

use crate::call::{Aim, Call};
use crate::engine::{Error, ErrorKind};
use crate::resources::beta::threads::runs::Runs;
use crate::stream::Stream;
use crate::types::beta::assistant_stream_event::AssistantStreamEvent as Event;
use crate::types::beta::threads::message::Message;
use crate::types::beta::threads::message_content_delta::MessageContentDelta;
use crate::types::beta::threads::message_delta_event::MessageDeltaEvent;
use crate::types::beta::threads::run::Run;
use crate::types::beta::threads::run_create::RunCreateRequest;
use crate::types::beta::threads::runs::run_step::RunStep;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

#[allow(deprecated)] // the whole resource is
impl Runs<'_> {
    /// Begins a run as a stream that adds up: its events, and the run, the messages and the steps that they tell of.
    /// `POST /threads/{thread_id}/runs`.
    ///
    /// # Errors
    /// An answer with a failing status, or none; after that the stream itself yields errors.
    #[deprecated]
    #[doc(alias = "create_and_stream")]
    pub fn stream(&self, thread_id: impl Into<String>, request: RunCreateRequest) -> Call<AssistantStream> {
        self.create_stream(thread_id, request).adding_up()
    }
}

impl Call<Stream<Event>> {
    /// Yields the stream with what it adds up to, as `runs().stream` does: for `submit_tool_outputs_stream` and `create_and_run_stream`.
    pub fn adding_up(self) -> Call<AssistantStream> {
        self.helped(Aim::default(), |answer| {
            let events = Stream::new(answer.events());
            let (messages, steps) = (Vec::new(), Vec::new());
            Ok(AssistantStream { events, run: None, messages, steps, text: String::new(), end: None })
        })
    }
}

/// A run that streams: its events, as a [`futures_core::Stream`] or with [`recv`](Self::recv), and what they add up to. Dropping it closes
/// its connection.
///
/// Messages and steps are as the last event told that holds a whole one; of a message that is being written, its text is known too.
#[must_use = "a stream reads nothing until it is polled"]
pub struct AssistantStream {
    events: Stream<Event>,
    run: Option<Run>,
    messages: Vec<Message>,
    steps: Vec<RunStep>,
    text: String,
    end: Option<End>,
}

/// How a stream ended.
#[derive(PartialEq)]
enum End {
    Properly,
    WithError,
}

impl AssistantStream {
    /// The next event; `None` after the last one or after an error.
    pub async fn recv(&mut self) -> Option<Result<Event, Error>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The run as it was last told.
    pub fn current_run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// The text so far of the message that was begun last.
    pub fn current_text(&self) -> &str {
        &self.text
    }

    /// Reads what is left of the stream; the run, whose `status` tells whether it is completed, has failed, or needs the outputs of tools.
    ///
    /// # Errors
    /// What the stream ended with; kind `incomplete_stream` if it told of no run.
    pub async fn get_final_run(&mut self) -> Result<Run, Error> {
        self.read().await?;
        let missing = || Error::new(ErrorKind::IncompleteStream, "the stream told of no run");
        self.run.clone().ok_or_else(missing)
    }

    /// Reads what is left of the stream; the messages that the run made, in the order in which they were begun.
    ///
    /// # Errors
    /// What the stream ended with.
    pub async fn get_final_messages(&mut self) -> Result<Vec<Message>, Error> {
        self.read().await?;
        Ok(self.messages.clone())
    }

    /// Reads what is left of the stream; the steps of the run, in the order in which they were begun.
    ///
    /// # Errors
    /// What the stream ended with.
    pub async fn get_final_run_steps(&mut self) -> Result<Vec<RunStep>, Error> {
        self.read().await?;
        Ok(self.steps.clone())
    }

    async fn read(&mut self) -> Result<(), Error> {
        while let Some(event) = self.recv().await {
            event?;
        }
        let broken = || Error::new(ErrorKind::IncompleteStream, "the stream ended before the run did");
        if self.end == Some(End::Properly) { Ok(()) } else { Err(broken()) }
    }

    fn add(&mut self, event: &Event) {
        match event {
            Event::ThreadRunCreated(event) => self.run = Some(event.data.clone()),
            Event::ThreadRunQueued(event) => self.run = Some(event.data.clone()),
            Event::ThreadRunInProgress(event) => self.run = Some(event.data.clone()),
            Event::ThreadRunRequiresAction(event) => self.run = Some(event.data.clone()),
            Event::ThreadRunCompleted(event) => self.run = Some(event.data.clone()),
            Event::ThreadRunIncomplete(event) => self.run = Some(event.data.clone()),
            Event::ThreadRunFailed(event) => self.run = Some(event.data.clone()),
            Event::ThreadRunCancelling(event) => self.run = Some(event.data.clone()),
            Event::ThreadRunCancelled(event) => self.run = Some(event.data.clone()),
            Event::ThreadRunExpired(event) => self.run = Some(event.data.clone()),
            Event::ThreadRunStepCreated(event) => self.step(&event.data),
            Event::ThreadRunStepInProgress(event) => self.step(&event.data),
            Event::ThreadRunStepCompleted(event) => self.step(&event.data),
            Event::ThreadRunStepFailed(event) => self.step(&event.data),
            Event::ThreadRunStepCancelled(event) => self.step(&event.data),
            Event::ThreadRunStepExpired(event) => self.step(&event.data),
            Event::ThreadMessageCreated(event) => {
                self.text.clear();
                self.message(&event.data);
            }
            Event::ThreadMessageInProgress(event) => self.message(&event.data),
            Event::ThreadMessageCompleted(event) => self.message(&event.data),
            Event::ThreadMessageIncomplete(event) => self.message(&event.data),
            Event::ThreadMessageDelta(event) => self.more(&event.data),
            _ => {}
        }
    }

    fn step(&mut self, step: &RunStep) {
        match self.steps.iter_mut().find(|held| held.id == step.id) {
            Some(held) => held.clone_from(step),
            None => self.steps.push(step.clone()),
        }
    }

    fn message(&mut self, message: &Message) {
        match self.messages.iter_mut().find(|held| held.id == message.id) {
            Some(held) => held.clone_from(message),
            None => self.messages.push(message.clone()),
        }
    }

    fn more(&mut self, event: &MessageDeltaEvent) {
        for part in event.delta.content.iter().flatten() {
            if let MessageContentDelta::Text(part) = part
                && let Some(text) = part.text.as_ref().and_then(|text| text.value.as_ref())
            {
                self.text.push_str(text);
            }
        }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        let event = ready!(self.events.poll_event(cx));
        match &event {
            Some(Ok(event)) => self.add(event),
            Some(Err(_)) => self.end = Some(End::WithError),
            // After an error comes the end too.
            None => drop(self.end.get_or_insert(End::Properly)),
        }
        Poll::Ready(event)
    }
}

impl futures_core::Stream for AssistantStream {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl fmt::Debug for AssistantStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssistantStream")
            .field("run", &self.run)
            .field("text", &self.text)
            .finish_non_exhaustive()
    }
}
