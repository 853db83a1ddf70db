//! Hedged requests: when an answer is late, the same request is sent again beside it, and the first success wins.
//!
//! The rules, each with its reason:
//!
//! - A hedge starts when the racers before it have been out for the delay (fixed, or the running p95 of that operation's hedged
//!   calls on this engine). It is a remedy for slowness, never for failure: once any attempt has failed, no further one is
//!   started, and a call whose racers have all failed has failed. Retries are the remedy for failure. Each racer has its own,
//!   under the usual policy, so that a failing server sees no more than the retries of the racers that were out already.
//! - The call's deadline is one for all racers; other limits hold for each.
//! - Racers that lose are dropped, which cancels them on the wire. The server may charge for them all the same.
//! - Each racer has an idempotency key of its own: under a common key, a server that honours keys would make the hedge wait for
//!   the very answer that is late, or refuse it.
//! - A stream has won with its first event that carries output of the model: headers and opening events come early even
//!   where the answer is late.
//! - The budget bounds extra requests to a share of the calls, so that a server that is slow for all is not sent double the load.
//!
//! Racers run within the caller's future; nothing is spawned, and dropping the call drops them all. A call without hedging
//! comes past none of this.

use super::Engine;
use super::attempts::{Mode, Run};
use super::byte_stream::ByteStream;
use super::error::{Error, ErrorKind};
use super::hedge_state::Hedging;
use super::limits::Limits;
use super::request::{Reply, Request};
use super::rt::{self, Instant, Timer};
use super::stream::EventStream;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

/// Most racers that a call may ask for: beyond a handful, another one gains nothing and costs an answer.
const MOST: u32 = 16;

/// How calls are hedged. The default: after the running p95, two racers, a tenth of extra requests.
///
/// Ask for it only where a call may run twice: both racers may be carried out, and charged for.
#[derive(Clone, Debug, PartialEq)]
pub struct Hedge {
    delay: Option<Duration>,
    max: u32,
    budget: Option<f64>,
}

impl Default for Hedge {
    fn default() -> Self {
        Self { delay: None, max: 2, budget: Some(0.1) }
    }
}

impl Hedge {
    pub fn new() -> Self {
        Self::default()
    }

    /// No hedging: for a call of a client that hedges.
    pub fn off() -> Self {
        Self { max: 1, ..Self::default() }
    }

    /// How long to wait for the racers that are out before the next one starts; zero starts all at once. Without it, the p95 of
    /// the operation's last 256 hedged calls on this engine, estimated from below; 1 s while fewer than 20 are known.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Most racers of one call, the first included: 1 (no hedging) to 16.
    pub fn max(mut self, racers: u32) -> Self {
        self.max = racers;
        self
    }

    /// Most extra requests as a share of the calls on this engine, from 0 up, after a start of two; `None`: as many as are due.
    pub fn budget(mut self, share: Option<f64>) -> Self {
        self.budget = share;
        self
    }

    /// What is wrong with these settings.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=MOST).contains(&self.max) {
            return Err(format!("hedge: max must be 1 to {MOST} racers, not {}", self.max));
        }
        match self.budget {
            Some(share) if !(share.is_finite() && share >= 0.0) => {
                Err(format!("hedge: budget must be a share of the calls from 0 up, not {share}"))
            }
            _ => Ok(()),
        }
    }
}

/// What became of a call that was to be hedged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HedgeReport {
    /// Racers that were sent, the first included; each may have made several attempts.
    pub started: u32,
    /// The racer whose answer this is, counted from 0.
    pub winner: u32,
    /// The delay that was applied.
    pub delay: Duration,
    /// The other racers, in the order of their start.
    pub losers: Vec<Loser>,
}

/// A racer that did not win.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loser {
    /// Counted from 0.
    pub racer: u32,
    pub outcome: Lost,
}

/// How a racer lost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lost {
    /// It was out when another won, and cancelled on the wire. What it used is not known.
    Cancelled,
    /// It had failed before.
    Failed(ErrorKind),
    /// Its answer came at the same moment; with its `usage` as JSON text, where it says so.
    Completed { usage: Option<Bytes> },
}

impl Lost {
    /// `cancelled`, `failed` or `completed`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Failed(_) => "failed",
            Self::Completed { .. } => "completed",
        }
    }
}

/// An answer that can win.
pub(crate) trait Prize {
    /// What the server says that it used, as JSON text.
    fn usage(&self) -> Option<Bytes>;
    fn keep(&mut self, report: HedgeReport);
}

impl Prize for Reply {
    fn usage(&self) -> Option<Bytes> {
        #[derive(Deserialize)]
        struct Used<'a> {
            #[serde(borrow)]
            usage: Option<&'a RawValue>,
        }
        let used: Used<'_> = serde_json::from_slice(&self.body).ok()?;
        Some(self.body.slice_ref(used.usage?.get().as_bytes()))
    }

    fn keep(&mut self, report: HedgeReport) {
        self.hedge = Some(Box::new(report));
    }
}

impl Prize for EventStream {
    /// It comes at a stream's end, which a loser does not reach.
    fn usage(&self) -> Option<Bytes> {
        None
    }

    fn keep(&mut self, report: HedgeReport) {
        self.hedge = Some(Box::new(report));
    }
}

impl Prize for ByteStream {
    fn usage(&self) -> Option<Bytes> {
        None
    }

    fn keep(&mut self, report: HedgeReport) {
        self.hedge = Some(Box::new(report));
    }
}

impl Engine {
    /// How a call is to be hedged, if at all.
    pub(crate) fn hedge_of<'a>(&'a self, request: &'a Request) -> Result<Option<&'a Hedge>, Error> {
        let Some(hedge) = request.options.hedge.as_ref().or(self.0.config.hedge.as_ref()) else {
            return Ok(None);
        };
        hedge.check().map_err(|what| Error::new(ErrorKind::InvalidRequest, what))?;
        Ok(Some(hedge).filter(|hedge| hedge.max > 1 && !request.body.is_once()))
    }

    /// Races what `start` sends.
    pub(crate) async fn hedged<T, F>(
        &self,
        request: &Request,
        hedge: &Hedge,
        mode: Mode,
        start: impl Fn(Run) -> F,
    ) -> Result<T, Error>
    where
        T: Prize,
        F: Future<Output = Result<T, Error>>,
    {
        let began = rt::now();
        let limits = Limits::new(&self.0.config, &request.options, began);
        let hedging = &*self.0.hedging;
        let window = hedging.window(request.operation.id, mode);
        let delay = hedge.delay.or_else(|| window?.p95()).unwrap_or(FALLBACK);
        let failed = Arc::new(AtomicBool::new(false));
        if let Some(share) = hedge.budget {
            hedging.deposit(share);
        }
        let race = Race { began, delay, max: hedge.max, budget: hedge.budget, hedging, failed: &failed };
        let racer =
            |number| start(Run { limits: limits.clone(), racer: number, failed: Some(failed.clone()) });
        let (mut prize, report) = race.run(racer).await?;
        if let Some(window) = window {
            // The first racer's time, or where a hedge won, a time that it had passed: either way, as many calls lie above the
            // p95 as first racers do, so that hedging does not push down the delay it goes by.
            window.record(rt::now().saturating_duration_since(began));
        }
        if report.started > 1 {
            tracing::debug!(started = report.started, winner = report.winner, ?delay, "hedged");
        }
        prize.keep(report);
        Ok(prize)
    }
}

/// The delay while too little is known of an operation.
const FALLBACK: Duration = Duration::from_secs(1);

/// One call's racers and the rule by which they start.
struct Race<'a> {
    began: Instant,
    delay: Duration,
    max: u32,
    budget: Option<f64>,
    hedging: &'a Hedging,
    /// An attempt of any racer has failed.
    failed: &'a AtomicBool,
}

/// The racers that are out, and those that have failed.
struct Field<F> {
    out: Vec<(u32, Pin<Box<F>>)>,
    failed: Vec<(u32, Error)>,
}

impl Race<'_> {
    async fn run<T: Prize, F>(&self, mut start: impl FnMut(u32) -> F) -> Result<(T, HedgeReport), Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut field = Field { out: vec![(0, Box::pin(start(0)))], failed: Vec::new() };
        let mut started = 1;
        let mut due = self.timer(started);
        poll_fn(|cx| {
            loop {
                let mut won = field.poll(cx);
                if !won.is_empty() {
                    let (winner, prize) = won.remove(0);
                    let losers = field.losers(won);
                    return Poll::Ready(Ok((
                        prize,
                        HedgeReport { started, winner, delay: self.delay, losers },
                    )));
                }
                if field.out.is_empty() {
                    return Poll::Ready(Err(most_useful(std::mem::take(&mut field.failed))));
                }
                if self.failed.load(Ordering::Relaxed) {
                    due = None;
                }
                if due.as_mut().is_none_or(|timer| Pin::new(timer).poll(cx).is_pending()) {
                    return Poll::Pending;
                }
                if self.budget.is_some_and(|share| !self.hedging.withdraw(share)) {
                    due = None;
                    return Poll::Pending;
                }
                field.out.push((started, Box::pin(start(started))));
                started += 1;
                due = self.timer(started);
            }
        })
        .await
    }

    /// The moment at which the racer of this number is due.
    fn timer(&self, number: u32) -> Option<Timer> {
        let moment = self.began.checked_add(self.delay.saturating_mul(number))?;
        (number < self.max).then(|| Timer::at(moment))
    }
}

impl<T: Prize, F: Future<Output = Result<T, Error>>> Field<F> {
    /// Looks at all racers; those that have succeeded, in the order of their start.
    fn poll(&mut self, cx: &mut Context<'_>) -> Vec<(u32, T)> {
        let mut won = Vec::new();
        self.out.retain_mut(|(number, racer)| match racer.as_mut().poll(cx) {
            Poll::Pending => true,
            Poll::Ready(Ok(prize)) => {
                won.push((*number, prize));
                false
            }
            Poll::Ready(Err(error)) => {
                self.failed.push((*number, error));
                false
            }
        });
        won
    }

    /// Drops the racers that are still out, and says what became of all but the winner.
    fn losers(&mut self, completed: Vec<(u32, T)>) -> Vec<Loser> {
        let cancelled = self.out.drain(..).map(|(racer, _)| (racer, Lost::Cancelled));
        let failed = self.failed.drain(..).map(|(racer, error)| (racer, Lost::Failed(error.kind())));
        let completed =
            completed.into_iter().map(|(racer, prize)| (racer, Lost::Completed { usage: prize.usage() }));
        let mut losers: Vec<_> = cancelled
            .chain(failed)
            .chain(completed)
            .map(|(racer, outcome)| Loser { racer, outcome })
            .collect();
        losers.sort_by_key(|loser| loser.racer);
        losers
    }
}

/// What tells the caller most: an answer that no repetition would change, then any answer, then the rest; of equal ones the
/// first racer's. It counts the requests of all.
fn most_useful(mut failed: Vec<(u32, Error)>) -> Error {
    failed.sort_by_key(|(number, error)| {
        let rank = match error.status() {
            Some(408 | 409 | 429 | 500..) => 1,
            Some(_) => 0,
            None => 2,
        };
        (rank, *number)
    });
    let attempts = failed.iter().map(|(_, error)| error.attempts()).sum();
    failed.swap_remove(0).1.with_attempts(attempts)
}

#[cfg(test)]
#[path = "hedge_tests.rs"]
mod tests;
