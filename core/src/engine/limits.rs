//! The time limits of one logical call, and which of them comes first.
//!
//! `Duration::MAX` (or any moment the clock cannot hold) means no limit.

use super::config::ClientConfig;
use super::error::Phase;
use super::request::CallOptions;
use super::rt::{self, Instant};
use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) attempt: Duration,
    pub(crate) first_token: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) total: Option<Duration>,
    /// `total`, counted from the start of the call.
    deadline: Option<Instant>,
}

/// A moment and the limit it stands for.
pub(crate) type Bound = Option<(Instant, Phase)>;

impl Limits {
    pub(crate) fn new(config: &ClientConfig, options: &CallOptions, start: Instant) -> Self {
        let total = options.deadline.or(config.deadline);
        Self {
            attempt: options.timeout.unwrap_or(config.timeout),
            first_token: options.first_token_timeout.or(config.first_token_timeout),
            idle: options.idle_timeout.or(config.idle_timeout),
            total,
            deadline: total.and_then(|limit| start.checked_add(limit)),
        }
    }

    /// Bound of an attempt: of all of it, or for a stream of the time to its headers.
    pub(crate) fn of_attempt(&self, start: Instant, stream: bool) -> Bound {
        let first_token = self.first_token.filter(|_| stream);
        earliest([
            after(start, self.attempt, Phase::Attempt),
            first_token.and_then(|l| after(start, l, Phase::FirstToken)),
            self.of_call(),
        ])
    }

    /// Bound of waiting for more of a stream. `first` is the start of the attempt until content has come.
    pub(crate) fn of_stream(
        &self,
        first: Option<Instant>,
        last_content: Instant,
        last_bytes: Instant,
    ) -> Bound {
        let first_token =
            first.zip(self.first_token).and_then(|(start, limit)| after(start, limit, Phase::FirstToken));
        let idle =
            self.idle.filter(|_| first.is_none()).and_then(|limit| after(last_content, limit, Phase::Idle));
        earliest([first_token, idle, after(last_bytes, self.attempt, Phase::Idle), self.of_call()])
    }

    pub(crate) fn remaining(&self, now: Instant) -> Option<Duration> {
        self.deadline.map(|end| end.saturating_duration_since(now))
    }

    pub(crate) fn of_call(&self) -> Bound {
        self.deadline.map(|end| (end, Phase::Deadline))
    }

    /// What the user reads when a limit has passed.
    pub(crate) fn message(&self, phase: Phase, connect: Duration) -> String {
        let (what, limit) = match phase {
            Phase::Connect => ("no connection", Some(connect)),
            Phase::Attempt => ("no complete answer", Some(self.attempt)),
            Phase::FirstToken => ("no first content event", self.first_token),
            Phase::Idle => {
                ("silence in the stream", self.idle.map(|idle| idle.min(self.attempt)).or(Some(self.attempt)))
            }
            Phase::Deadline => ("the call's deadline passed", self.total),
        };
        match limit {
            Some(limit) => format!("Request timed out: {what} after {limit:?} (limit: {})", phase.name()),
            None => format!("Request timed out: {what} (limit: {})", phase.name()),
        }
    }
}

fn after(start: Instant, limit: Duration, phase: Phase) -> Bound {
    start.checked_add(limit).map(|end| (end, phase))
}

fn earliest<const N: usize>(bounds: [Bound; N]) -> Bound {
    bounds.into_iter().flatten().reduce(|first, other| if other.0 < first.0 { other } else { first })
}

/// Runs a future until it ends or its bound passes; the future is dropped then, which cancels it on the wire.
pub(crate) async fn within<F: Future>(bound: Bound, future: F) -> Result<F::Output, Phase> {
    let Some((end, phase)) = bound else { return Ok(future.await) };
    let mut future = pin!(future);
    let mut timer = pin!(rt::sleep_until(end));
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => timer.as_mut().poll(cx).map(|()| Err(phase)),
    })
    .await
}
