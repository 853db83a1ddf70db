//! The retry decision: one pure function, and the only owner of retries (the transport's own are off).
//!
//! Sent again at once, whatever `max_retries` says, and up to four times: what no server has processed.
//! Retried: connection failures, timeouts short of the deadline, 408, 409, 429 and 5xx, within `max_retries`. The server's
//! `x-should-retry` overrules the status. It waits as `retry-after-ms` or `retry-after` (seconds or a date) say, else 0.5 s
//! doubling to 8 s, shortened by up to a quarter at random.
//! Never retried: an answer that asks for more than two minutes of patience (coming back earlier would only hammer the
//! server), `insufficient_quota` (waiting does not refill an account), and anything whose wait would pass the deadline.

use crate::generated::defaults::{RETRY_AFTER_MAX, RETRY_DELAY_FIRST, RETRY_DELAY_MAX, RETRY_JITTER};
use http::HeaderMap;
use std::time::{Duration, SystemTime};

/// A pool may hold several connections that died unnoticed, and each costs one of these; a server that turns away every request
/// must not be asked for ever.
const FREE_RESENDS: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome<'a> {
    /// The transport vouches that sending again changes nothing.
    Unprocessed,
    Connection,
    Timeout,
    Status {
        status: u16,
        headers: &'a HeaderMap,
        /// The body's `error.code`.
        code: Option<&'a str>,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    /// Retries made so far.
    pub(crate) retries: u32,
    /// Resends of unprocessed requests made so far.
    pub(crate) resends: u32,
    pub(crate) max_retries: u32,
    pub(crate) outcome: Outcome<'a>,
    pub(crate) now: SystemTime,
    /// Uniform in 0..1.
    pub(crate) chance: f64,
    /// Time left until the call's deadline.
    pub(crate) remaining: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Stop,
    /// Send again now; it does not count as a retry, for the server has done nothing.
    Resend,
    Wait(Duration),
}

pub(crate) fn decide(attempt: Attempt<'_>) -> Decision {
    if attempt.outcome == Outcome::Unprocessed && attempt.resends < FREE_RESENDS {
        return Decision::Resend;
    }
    if attempt.retries >= attempt.max_retries || !retryable(attempt.outcome) {
        return Decision::Stop;
    }
    let asked = match attempt.outcome {
        Outcome::Status { headers, .. } => retry_after(headers, attempt.now),
        _ => None,
    };
    let wait = match asked {
        Some(wait) if wait > RETRY_AFTER_MAX => return Decision::Stop,
        Some(wait) => wait,
        None => backoff(attempt.retries, attempt.chance),
    };
    match attempt.remaining {
        Some(remaining) if wait >= remaining => Decision::Stop,
        _ => Decision::Wait(wait),
    }
}

fn retryable(outcome: Outcome<'_>) -> bool {
    let Outcome::Status { status, headers, code } = outcome else { return true };
    if code == Some("insufficient_quota") {
        return false;
    }
    match headers.get("x-should-retry").map(|value| value.as_bytes()) {
        Some(b"true") => true,
        Some(b"false") => false,
        _ => matches!(status, 408 | 409 | 429 | 500..),
    }
}

fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |name| text(name).and_then(|value| value.parse::<f64>().ok());
    let wait = if let Some(millis) = number("retry-after-ms") {
        Duration::try_from_secs_f64(millis / 1000.0).ok()
    } else if let Some(seconds) = number("retry-after") {
        Duration::try_from_secs_f64(seconds).ok()
    } else {
        text("retry-after")
            .and_then(|value| httpdate::parse_http_date(value).ok())
            .and_then(|date| date.duration_since(now).ok())
    };
    wait.filter(|wait| !wait.is_zero())
}

fn backoff(retries: u32, chance: f64) -> Duration {
    let doubled = RETRY_DELAY_FIRST.saturating_mul(1 << retries.min(8));
    doubled.min(RETRY_DELAY_MAX).mul_f64(1.0 - RETRY_JITTER * chance)
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
