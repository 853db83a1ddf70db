//! The events of a turn, and what is done between them.

use super::handlers::{Called, Handlers};
use super::result::{AgentTurnError, AgentTurnErrorReason, AgentTurnResult, Collector};
use crate::call::Work;
use crate::client::OpenAI;
use crate::engine::{Error, ErrorKind};
use crate::json::{Json, Misfit, Reader, Writer};
use crate::stream::Stream;
use crate::types::beta::agent_session_event::AgentSessionEvent;
use http::HeaderMap;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// So many of the latest events are known again when they come twice.
const REMEMBERED: usize = 1024;

/// The events of a turn, as a [`futures_core::Stream`] or with [`recv`](Self::recv), and its result. Events of the kind `error` are events
/// like others. Dropping it closes its connection; the turn goes on at the server.
#[must_use = "a stream reads nothing until it is polled, and answers no call"]
pub struct AgentSessionStream {
    client: OpenAI,
    headers: HeaderMap,
    events: Option<Stream<Identified>>,
    /// The stream is one turn's: it ends with the turn, and events come twice at most by mistake.
    of_input: bool,
    seen: Seen,
    collector: Collector,
    handlers: Handlers,
    /// The call of the event that was handed out last.
    called: Option<Called>,
    answering: Option<Work<()>>,
}

/// An event and its id, which every kind of event has.
#[derive(Default)]
pub(super) struct Identified {
    /// As JSON text; empty for an event without one.
    id: String,
    event: AgentSessionEvent,
}

impl Json for Identified {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        self.id = reader.member("event_id")?.unwrap_or_default().to_owned();
        self.event.decode(reader)
    }

    fn encode(&self, out: &mut Writer) {
        self.event.encode(out);
    }

    fn is_blank(&self) -> bool {
        self.event.is_blank()
    }
}

/// The ids of the latest events.
#[derive(Default)]
struct Seen {
    order: VecDeque<String>,
    ids: HashSet<String>,
}

impl Seen {
    fn is_new(&mut self, id: String) -> bool {
        if id.is_empty() {
            return true;
        }
        if !self.ids.insert(id.clone()) {
            return false;
        }
        if self.order.len() == REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        self.order.push_back(id);
        true
    }
}

impl AgentSessionStream {
    pub(super) fn of_input(
        client: OpenAI,
        session_id: String,
        events: Stream<Identified>,
        handlers: Handlers,
    ) -> Self {
        Self {
            of_input: true,
            collector: Collector::new(Some(session_id)),
            ..Self::of_session(client, events, handlers)
        }
    }

    pub(super) fn of_session(client: OpenAI, events: Stream<Identified>, handlers: Handlers) -> Self {
        Self {
            client,
            headers: events.headers().clone(),
            events: Some(events),
            of_input: false,
            seen: Seen::default(),
            collector: Collector::default(),
            handlers,
            called: None,
            answering: None,
        }
    }

    /// The next event; `None` after the last one or after an error. First, the call that the event before announced is answered, if a
    /// tool answers it.
    pub async fn recv(&mut self) -> Option<Result<AgentSessionEvent, Error>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Reads what is left of the turn, answers its calls, and closes the connection; the result of the completed turn.
    ///
    /// # Errors
    /// There is no result: see [`AgentTurnError::reason`]. A turn that is not seen to its end may yet succeed.
    pub async fn get_final_result(&mut self) -> Result<AgentTurnResult, AgentTurnError> {
        let mut cause = None;
        let failure = loop {
            let failure = self.collector.failure(&self.handlers);
            if failure.is_some() || self.collector.over {
                break failure;
            }
            match self.recv().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => cause = Some(error),
                None => break None,
            }
        };
        self.close();
        let unobserved = || self.collector.error(AgentTurnErrorReason::Unobserved, cause);
        match failure {
            Some(reason) => Err(self.collector.error(reason, None)),
            None => self.collector.result().ok_or_else(unobserved),
        }
    }

    /// The headers of the answer that opened the events.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn close(&mut self) {
        (self.events, self.called, self.answering) = (None, None, None);
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<AgentSessionEvent, Error>>> {
        loop {
            if let Some(called) = self.called.take() {
                self.answering = Some(self.handlers.answer(self.client.clone(), called));
            }
            if let Some(answering) = &mut self.answering {
                let answered = ready!(answering.as_mut().poll(cx));
                self.answering = None;
                if let Err(error) = answered {
                    self.close();
                    return Poll::Ready(Some(Err(error)));
                }
            }
            let Some(events) = &mut self.events else { return Poll::Ready(None) };
            match ready!(events.poll_event(cx)) {
                Some(Ok(Identified { id, event })) => {
                    if self.of_input && !self.seen.is_new(id) {
                        continue;
                    }
                    self.collector.accept(&event);
                    if self.of_input && self.collector.over {
                        self.close();
                    } else {
                        self.called = self.handlers.take(&event);
                    }
                    return Poll::Ready(Some(Ok(event)));
                }
                Some(Err(error)) => {
                    self.close();
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    self.close();
                    let message = "the events ended before the turn of the agent did";
                    let cut = || Error::new(ErrorKind::IncompleteStream, message).with_headers(&self.headers);
                    return Poll::Ready(self.of_input.then(|| Err(cut())));
                }
            }
        }
    }
}

impl futures_core::Stream for AgentSessionStream {
    type Item = Result<AgentSessionEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl fmt::Debug for AgentSessionStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentSessionStream").field("events", &self.events).finish_non_exhaustive()
    }
}
