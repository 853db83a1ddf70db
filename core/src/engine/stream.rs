//! The caller's end of a stream: pulled, batched, watched by the clock, and complete only with its terminal mark.
//!
//! A failure before anything was handed out is tried again (`opening`).
//!
//! Dropping an `EventStream` closes its connection (HTTP/1) or resets its HTTP/2 stream. After the terminal mark the rest of
//! the answer is read away for a moment, so that its connection can be used again; a server that keeps it open is left.

mod opening;

use self::opening::{Opening, Reopening};
use super::Engine;
use super::attempts::{Answer, Attempts, Cause, Failed};
use super::error::{Error, ErrorKind, Phase};
use super::events::{self, Meaning};
use super::hedge::HedgeReport;
use super::limits::{Limits, within};
use super::operation::Terminal;
use super::request::request_id;
use super::rt::{self, Instant, Timer};
use super::sse::{Decoder, TooLarge};
use super::transport::ResponseBody;
use bytes::Bytes;
use http::HeaderMap;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// One event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The `event:` field, where the server sent one.
    pub name: Option<Box<str>>,
    /// Valid UTF-8; JSON text as sent.
    pub data: Bytes,
}

/// A stream of events.
pub struct EventStream {
    engine: Engine,
    status: u16,
    headers: HeaderMap,
    attempts: u32,
    opening: Option<Box<Opening>>,
    reopening: Option<Reopening>,
    pub(crate) hedge: Option<Box<HedgeReport>>,
    limits: Limits,
    terminal: Terminal,
    synthesize: bool,
    /// The connection may close now.
    may_close: bool,
    body: Option<ResponseBody>,
    decoder: Decoder,
    ready: VecDeque<Event>,
    ready_bytes: usize,
    /// Handed out once, when `ready` is empty.
    failed: Option<Failed>,
    ended_early: bool,
    /// The start of the attempt, until content has come.
    awaiting_first: Option<Instant>,
    last_content: Instant,
    last_bytes: Instant,
    /// Never later than the bound it watches, and seldom moved: it may fire early and is then set anew.
    timer: Option<(Instant, Timer)>,
}

/// Nothing more is read while this much waits for the caller: memory stays bounded, and a faster server waits.
const READY_EVENTS: usize = 1024;
const READY_BYTES: usize = 1 << 20;
/// How long a finished stream's rest is read away in the background.
const DRAIN: Duration = Duration::from_millis(200);

impl EventStream {
    pub(crate) fn new(
        engine: Engine,
        terminal: Terminal,
        synthesize: bool,
        answer: Answer,
        attempts: Attempts,
    ) -> Self {
        Self::open(engine, terminal, synthesize, answer, Box::new(Opening::new(attempts)))
    }

    fn open(
        engine: Engine,
        terminal: Terminal,
        synthesize: bool,
        answer: Answer,
        opening: Box<Opening>,
    ) -> Self {
        let now = rt::now();
        Self {
            decoder: Decoder::new(engine.config().max_event_bytes),
            engine,
            status: answer.status.as_u16(),
            headers: answer.headers,
            attempts: opening.attempts.count(),
            limits: opening.attempts.run.limits.clone(),
            opening: Some(opening),
            reopening: None,
            hedge: None,
            terminal,
            synthesize,
            may_close: terminal == Terminal::Close,
            body: answer.live,
            ready: VecDeque::new(),
            ready_bytes: 0,
            failed: None,
            ended_early: false,
            awaiting_first: Some(answer.started),
            last_content: now,
            last_bytes: now,
            timer: None,
        }
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    /// Those of the latest attempt: of another one than at first, where the stream was tried again before its first event.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What became of the racers, where the call was to be hedged.
    pub fn hedge(&self) -> Option<&HedgeReport> {
        self.hedge.as_deref()
    }

    /// The connection ended cleanly, but the terminal mark never came. The error of kind `incomplete_stream` says the same.
    pub fn ended_early(&self) -> bool {
        self.ended_early
    }

    /// Waits for an event that carries output of the model, or for the end, and hands nothing out. An error before it is the
    /// stream's.
    pub(crate) async fn first_output(&mut self) -> Result<(), Error> {
        if let Some(opening) = &mut self.opening {
            opening.hold_to_output();
        }
        poll_fn(|cx| self.poll_next(cx)).await;
        if self.ready.iter().any(|event| !events::is_opening(event, self.terminal)) {
            return Ok(());
        }
        self.failed.take().map_or(Ok(()), |failed| Err(failed.error))
    }

    /// The next event; `None` after the terminal mark or an error.
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        if self.ready.is_empty() || self.opening.is_some() {
            poll_fn(|cx| self.poll_next(cx)).await;
        }
        match self.ready.pop_front() {
            Some(event) => {
                self.ready_bytes -= event.data.len();
                Some(Ok(event))
            }
            None => self.failed.take().map(|failed| Err(failed.error)),
        }
    }

    /// Every event that is ready, at least one; `None` after the terminal mark. An error comes after all good events.
    ///
    /// Batches are largest on the runtime's own threads: from another thread, under `block_on` of a multi-threaded runtime,
    /// the connection's task cannot run in between, and a batch holds little more than one chunk of the wire.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<Event>>, Error> {
        if self.ready.is_empty() || self.opening.is_some() {
            poll_fn(|cx| self.poll_next(cx)).await;
        }
        // The connection's task hands over one chunk at a time: let it run until it has nothing more.
        let mut before = 0;
        while self.body.is_some() && self.ready.len() > before && !self.full() {
            before = self.ready.len();
            rt::yield_now().await;
            poll_fn(|cx| {
                self.poll_read(cx);
                Poll::Ready(())
            })
            .await;
        }
        if !self.ready.is_empty() {
            self.ready_bytes = 0;
            return Ok(Some(std::mem::take(&mut self.ready).into()));
        }
        self.failed.take().map_or(Ok(None), |failed| Err(failed.error))
    }

    /// Ready when there are more events than were seen, or the end.
    fn poll_fill(&mut self, cx: &mut Context<'_>, seen: usize) -> Poll<()> {
        // A stream that never pauses must not outlive the deadline either.
        if self.body.is_some() && self.limits.of_call().is_some_and(|(end, _)| end <= rt::now()) {
            self.fail(self.engine.timed_out(&self.limits, Phase::Deadline), Cause::Limit);
        }
        loop {
            self.poll_read(cx);
            if self.ready.len() > seen || self.body.is_none() {
                return Poll::Ready(());
            }
            let Some((end, phase)) =
                self.limits.of_stream(self.awaiting_first, self.last_content, self.last_bytes)
            else {
                return Poll::Pending;
            };
            if end <= rt::now() {
                self.fail(self.engine.timed_out(&self.limits, phase), Cause::Limit);
                continue;
            }
            match &mut self.timer {
                Some((at, timer)) if *at <= end => {
                    if Pin::new(timer).poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    self.timer = None;
                }
                timer => *timer = Some((end, Timer::at(end))),
            }
        }
    }

    fn push(&mut self, mut event: Event) {
        if self.synthesize {
            event.data = synthesized(&event);
        }
        self.ready_bytes += event.data.len();
        self.ready.push_back(event);
    }

    fn full(&self) -> bool {
        self.ready.len() >= READY_EVENTS || self.ready_bytes >= READY_BYTES
    }

    /// Decodes what has arrived, without waiting.
    fn poll_read(&mut self, cx: &mut Context<'_>) {
        while !self.full() {
            let Some(body) = &mut self.body else { return };
            match body.poll_chunk(cx) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(chunk))) => {
                    self.last_bytes = rt::now();
                    self.decoder.feed(chunk);
                    self.decode();
                }
                Poll::Ready(Some(Err(failure))) => {
                    let error = self.engine.disconnected(&failure).with_source(failure.source);
                    self.fail(error, Cause::Transport(failure.kind));
                }
                Poll::Ready(None) if self.may_close || self.decoder.ends_in_done() => self.body = None,
                Poll::Ready(None) => {
                    self.ended_early = true;
                    let what = if self.decoder.mid_event() {
                        "in the middle of an event"
                    } else {
                        "without its terminal event"
                    };
                    let message = format!("Connection error: the stream ended {what}");
                    self.fail(Error::new(ErrorKind::IncompleteStream, message), Cause::Final);
                }
            }
        }
    }

    fn decode(&mut self) {
        while let Some(block) = self.decoder.next() {
            let meaning = match block {
                Ok(block) => events::meaning(block, self.terminal),
                Err(TooLarge) => {
                    let limit = self.engine.config().max_event_bytes.unwrap_or_default();
                    let message = format!("an event of the stream is larger than the limit of {limit} bytes");
                    return self.fail(Error::new(ErrorKind::EventTooLarge, message), Cause::Final);
                }
            };
            match meaning {
                Meaning::Nothing => {}
                Meaning::Liveness(event) => self.push(event),
                Meaning::Content(event) => self.content(event),
                Meaning::Closing(event) => {
                    self.may_close = true;
                    self.content(event);
                }
                Meaning::Last(event) => {
                    self.push(event);
                    return self.finish();
                }
                Meaning::End => return self.finish(),
                Meaning::Failed(data) => return self.fail(Error::event(data), Cause::Told),
                Meaning::NotText => {
                    let message = "an event of the stream is not valid UTF-8";
                    return self.fail(Error::new(ErrorKind::ResponseValidation, message), Cause::Final);
                }
            }
        }
    }

    fn content(&mut self, event: Event) {
        self.awaiting_first = None;
        self.last_content = self.last_bytes;
        self.push(event);
    }

    /// Ends the stream with an error; its connection closes.
    fn fail(&mut self, error: Error, cause: Cause) {
        self.body = None;
        let error = self.engine.scrub(error.with_headers(&self.headers).with_attempts(self.attempts));
        self.failed = Some(Failed { error, cause });
    }

    fn finish(&mut self) {
        if let Some(mut body) = self.body.take() {
            let bound = rt::now().checked_add(DRAIN).map(|end| (end, Phase::Idle));
            rt::spawn(async move {
                let _ = within(bound, async { while let Some(Ok(_)) = body.chunk().await {} }).await;
            });
        }
    }
}

/// `{"event":"thread.created","data":{…}}`; the name is null where the server sent none.
fn synthesized(event: &Event) -> Bytes {
    let name = serde_json::to_string(&event.name).expect("a string");
    [b"{\"event\":", name.as_bytes(), b",\"data\":", &event.data, b"}"].concat().into()
}

impl std::fmt::Debug for EventStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventStream")
            .field("status", &self.status)
            .field("request_id", &self.request_id())
            .field("open", &self.body.is_some())
            .finish_non_exhaustive()
    }
}
