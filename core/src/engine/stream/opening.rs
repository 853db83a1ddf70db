//! The start of a stream, until something of it is handed out: a failure in it meets the retry policy as one before the headers
//! does, be it an error event, a failed response, a broken connection or a limit that passed.
//!
//! So that this helps, events that say nothing yet (the announcements of a response, a chunk that only names a role, signs of
//! life) wait for what follows them, for at most a second, and are dropped with the attempt that they belong to. Nothing waits
//! where no retry is left; and a response in the background is announced at once, and never started again: it goes on without
//! this stream, and its id is what its user needs. From the first event that is handed out, all are handed out as they come, so
//! none is handed out twice. A stream that ends cleanly is not tried again, though its terminal mark be missing.
//!
//! The cost: each event that waits is read once for what it says, and the first that does not wait. Later ones meet none of this.

use super::super::attempts::{Answer, Attempts, Cause, Failed, pause};
use super::super::error::Error;
use super::super::events;
use super::super::operation::Terminal;
use super::super::rt::{self, BoxFuture, Timer};
use super::{Event, EventStream};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// How long events that say nothing yet wait for what follows them.
const HOLD: Duration = Duration::from_secs(1);

/// What a stream keeps until something of it is handed out.
pub(super) struct Opening {
    pub(super) attempts: Attempts,
    /// Events of `ready` that wait.
    held: usize,
    holds: Holds,
}

/// Which events wait.
enum Holds {
    None,
    /// Those that say nothing, until a moment counted from the first of them.
    Briefly(Option<Timer>),
    /// Those before the first output: for a race, which only output wins.
    ToOutput,
}

/// The next attempt at a stream, on its way.
pub(super) type Reopening = BoxFuture<(Result<Answer, Error>, Box<Opening>)>;

impl Opening {
    pub(super) fn new(attempts: Attempts) -> Self {
        let holds = if attempts.may_retry() { Holds::Briefly(None) } else { Holds::None };
        Self { attempts, held: 0, holds }
    }

    pub(super) fn hold_to_output(&mut self) {
        self.holds = Holds::ToOutput;
    }

    fn may_hold(&self, event: &Event, terminal: Terminal) -> bool {
        let says_nothing = || {
            events::is_opening(event, terminal)
                || terminal == Terminal::ResponseEvent && events::failure_of_response(event).is_some()
        };
        match self.holds {
            Holds::None => false,
            Holds::Briefly(_) => says_nothing() && !events::is_in_background(event),
            Holds::ToOutput => says_nothing(),
        }
    }

    fn has_held_long(&mut self, cx: &mut Context<'_>) -> bool {
        let Holds::Briefly(timer) = &mut self.holds else { return false };
        let Some(end) = rt::now().checked_add(HOLD) else { return false };
        self.held > 0 && Pin::new(timer.get_or_insert_with(|| Timer::at(end))).poll(cx).is_ready()
    }

    /// The next attempt after one of which nothing was handed out, but for its headers.
    fn after_attempt(mut self: Box<Self>) -> Box<Self> {
        self.held = 0;
        self.holds = match self.holds {
            Holds::Briefly(_) if self.attempts.may_retry() => Holds::Briefly(None),
            Holds::Briefly(_) => Holds::None,
            other => other,
        };
        self
    }
}

impl EventStream {
    /// Ready when there is something to hand out, or the end.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(reopening) = &mut self.reopening {
                let (answer, opening) = ready!(reopening.as_mut().poll(cx));
                self.reopening = None;
                match answer {
                    Ok(answer) => {
                        let engine = self.engine.clone();
                        let opening = opening.after_attempt();
                        *self = Self::open(engine, self.terminal, self.synthesize, answer, opening);
                    }
                    Err(error) => {
                        self.failed = Some(Failed { error, cause: Cause::Final });
                        return Poll::Ready(());
                    }
                }
            }
            let Some(mut opening) = self.opening.take() else { return self.poll_fill(cx, 0) };
            if self.poll_fill(cx, opening.held).is_pending() {
                if opening.has_held_long(cx) {
                    return Poll::Ready(());
                }
                self.opening = Some(opening);
                return Poll::Pending;
            }
            let mut fresh = self.ready.range(opening.held..);
            if self.full() || fresh.any(|event| !opening.may_hold(event, self.terminal)) {
                return Poll::Ready(());
            }
            opening.held = self.ready.len();
            if self.body.is_some() {
                self.opening = Some(opening);
            } else if !self.try_again(opening) {
                return Poll::Ready(());
            }
        }
    }

    /// Sends the call again if the end of this attempt is one for the policy, and lets go of what has come.
    fn try_again(&mut self, mut opening: Box<Opening>) -> bool {
        let told = || {
            let error = self.ready.back().and_then(events::failure_of_response)?;
            let error = self.engine.scrub(error.with_headers(&self.headers));
            Some(Failed { error, cause: Cause::Told })
        };
        let wait = match &self.failed {
            Some(failed) => opening.attempts.judge(failed),
            None => told().and_then(|failed| opening.attempts.judge(&failed)),
        };
        let Some(wait) = wait else { return false };
        self.failed = None;
        self.ready.clear();
        self.ready_bytes = 0;
        let engine = self.engine.clone();
        self.reopening = Some(Box::pin(async move {
            pause(wait).await;
            (opening.attempts.answer(&engine).await, opening)
        }));
        true
    }
}
