//! The attempts of one call, or of one racer of a hedged one: each sends the same bytes under the same idempotency key, and a
//! failed one is judged by the retry policy.
//!
//! A stream keeps its attempts until something of it is handed out, so that a failure under status 200 meets the same policy,
//! with the same count, as one before it.

use super::error::{Error, ErrorKind, Phase, excerpt};
use super::limits::{Limits, within};
#[cfg(not(target_arch = "wasm32"))]
use super::multipart::Piece;
use super::request::{Reply, Request};
use super::retry::{self, Decision, Outcome};
use super::rt::{self, Instant};
use super::transport::{Failure, FailureKind, HttpRequest, ResponseBody};
use super::{Engine, events, headers};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How an answer is taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    Whole,
    Events,
    Bytes,
}

/// A run of attempts: all of a call, or one racer of a hedged one.
pub(crate) struct Run {
    pub(crate) limits: Limits,
    /// Counted from 0.
    pub(crate) racer: u32,
    /// To be set when an attempt has failed, if somebody wants to know.
    pub(crate) failed: Option<Arc<AtomicBool>>,
}

pub(crate) struct Attempts {
    pub(crate) run: Run,
    mode: Mode,
    message: HttpRequest,
    /// Whether the retry count is ours to tell, and not the caller's.
    tells_count: bool,
    max_retries: u32,
    retries: u32,
    resends: u32,
}

/// A successful answer: its body read, or for a stream still to be read.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) live: Option<ResponseBody>,
    pub(crate) started: Instant,
}

/// A failed attempt: the error it would be, and what the retry decision needs to know.
pub(crate) struct Failed {
    pub(crate) error: Error,
    pub(crate) cause: Cause,
}

pub(crate) enum Cause {
    Transport(FailureKind),
    Limit,
    /// The server says so, by a status or under a successful one.
    Told,
    /// Of the caller's side, or of an answer that no repetition would change.
    Final,
}

impl Attempts {
    pub(crate) fn new(engine: &Engine, request: &Request, run: Run, mode: Mode) -> Result<Self, Error> {
        let (body, content_type) = request.body.pieces()?;
        let mut headers = engine.0.headers.of(request, content_type.as_deref(), mode)?;
        headers::of_racer(&mut headers, run.racer);
        let uri = engine.0.base.of(request)?;
        let theirs = |(name, _): &(String, _)| name.eq_ignore_ascii_case(headers::RETRY_COUNT.as_str());
        Ok(Self {
            run,
            mode,
            message: HttpRequest { method: request.operation.method.clone(), uri, headers, body },
            tells_count: !request.options.headers.iter().any(theirs),
            max_retries: request.options.max_retries.unwrap_or(engine.0.config.max_retries),
            retries: 0,
            resends: 0,
        })
    }

    /// Requests sent, once one is out.
    pub(crate) fn count(&self) -> u32 {
        self.retries + self.resends + 1
    }

    /// The number of the racer, in a hedged call.
    pub(crate) fn racer(&self) -> Option<u32> {
        self.run.failed.as_ref().map(|_| self.run.racer)
    }

    pub(crate) fn may_retry(&self) -> bool {
        self.retries < self.max_retries
    }

    /// Sends until an attempt succeeds or the policy ends it.
    pub(crate) async fn answer(&mut self, engine: &Engine) -> Result<Answer, Error> {
        loop {
            let mut failed = match self.attempt(engine).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            failed.error = engine.scrub(failed.error.with_attempts(self.count()));
            match self.judge(&failed) {
                Some(wait) => pause(wait).await,
                None => return Err(failed.error),
            }
        }
    }

    /// How long to wait before the next attempt; `None` where there is none. Counts that attempt.
    pub(crate) fn judge(&mut self, failed: &Failed) -> Option<Duration> {
        #[cfg(not(target_arch = "wasm32"))]
        if self.message.body.iter().any(Piece::is_spent) {
            return None;
        }
        let error = &failed.error;
        let outcome = match failed.cause {
            Cause::Transport(FailureKind::Unprocessed) => Outcome::Unprocessed,
            Cause::Transport(FailureKind::ConnectTimeout) | Cause::Limit => Outcome::Timeout,
            Cause::Transport(FailureKind::Connect | FailureKind::Broken) => Outcome::Connection,
            Cause::Told => {
                Outcome::Status { status: error.stands_for()?, headers: error.headers(), code: error.code() }
            }
            Cause::Transport(FailureKind::Config | FailureKind::Unreadable) | Cause::Final => return None,
        };
        if outcome != Outcome::Unprocessed
            && let Some(flag) = &self.run.failed
        {
            flag.store(true, Ordering::Relaxed);
        }
        let decision = retry::decide(retry::Attempt {
            retries: self.retries,
            resends: self.resends,
            max_retries: self.max_retries,
            outcome,
            now: rt::wall_clock(),
            chance: rt::random() as f64 / u64::MAX as f64,
            remaining: self.run.limits.remaining(rt::now()),
        });
        match decision {
            Decision::Stop => None,
            Decision::Resend => {
                self.resends += 1;
                Some(Duration::ZERO)
            }
            Decision::Wait(wait) => {
                self.retries += 1;
                tracing::debug!(retry = self.retries, ?wait, error = %error, "trying again");
                Some(wait)
            }
        }
    }

    async fn attempt(&mut self, engine: &Engine) -> Result<Answer, Failed> {
        if self.tells_count {
            self.message.headers.insert(headers::RETRY_COUNT, HeaderValue::from(self.retries));
        }
        let message = self.message.clone();
        let (mode, started) = (self.mode, rt::now());
        let exchange = async {
            let mut response = engine.0.transport.send(message).await?;
            let live = response.status.is_success()
                && match mode {
                    Mode::Whole => false,
                    Mode::Bytes => true,
                    Mode::Events => !events::not_a_stream(content_type(&response.headers)),
                };
            let (body, failure) = match live {
                true => (Bytes::new(), None),
                false => response.body.collect(content_length(&response.headers)).await,
            };
            match failure {
                // A failing status says more than the body that broke off after it.
                Some(failure) if response.status.is_success() => Err(failure),
                _ => Ok((response, body, live)),
            }
        };
        match within(self.run.limits.of_attempt(started, mode == Mode::Events), exchange).await {
            Err(phase) => {
                Err(Failed { error: engine.timed_out(&self.run.limits, phase), cause: Cause::Limit })
            }
            Ok(Err(failure)) => Err(engine.failed(failure, &self.run.limits)),
            Ok(Ok((response, body, live))) if response.status.is_success() => {
                if mode == Mode::Events && !live {
                    return Err(wrong_type(response.status, &response.headers, body));
                }
                let live = live.then_some(response.body);
                Ok(Answer { status: response.status, headers: response.headers, body, live, started })
            }
            Ok(Ok((response, body, _))) => Err(Failed {
                error: Error::answer(response.status, response.headers, without_mark(body)),
                cause: Cause::Told,
            }),
        }
    }
}

pub(crate) async fn pause(wait: Duration) {
    if let Some(end) = rt::now().checked_add(wait).filter(|_| !wait.is_zero()) {
        rt::sleep_until(end).await;
    }
}

impl Engine {
    pub(crate) fn timed_out(&self, limits: &Limits, phase: Phase) -> Error {
        Error::new(ErrorKind::Timeout, limits.message(phase, self.0.config.connect_timeout)).with_phase(phase)
    }

    fn failed(&self, failure: Failure, limits: &Limits) -> Failed {
        let error = match failure.kind {
            FailureKind::ConnectTimeout => self.timed_out(limits, Phase::Connect),
            FailureKind::Config => Error::new(ErrorKind::Config, root_cause(&*failure.source)),
            FailureKind::Unreadable => Error::new(ErrorKind::InvalidRequest, root_cause(&*failure.source)),
            _ => self.disconnected(&failure),
        };
        Failed { error: error.with_source(failure.source), cause: Cause::Transport(failure.kind) }
    }

    /// The message of a failed connection, with the root of its cause: the layers between say little to a user.
    pub(crate) fn disconnected(&self, failure: &Failure) -> Error {
        let cause = root_cause(&*failure.source);
        let host = self.0.base.authority();
        let message = match failure.kind {
            FailureKind::Connect => format!("Connection error: cannot connect to {host}: {cause}"),
            _ => format!("Connection error: the connection to {host} broke: {cause}"),
        };
        Error::new(ErrorKind::Connection, message)
    }

    pub(crate) fn scrub(&self, error: Error) -> Error {
        let config = &self.0.config;
        [&config.api_key, &config.admin_api_key].into_iter().flatten().fold(error, Error::scrub)
    }
}

fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// JSON without the byte order mark that some servers put before it.
pub(crate) fn without_mark(json: Bytes) -> Bytes {
    if json.starts_with(b"\xEF\xBB\xBF") { json.slice(3..) } else { json }
}

fn content_length(headers: &HeaderMap) -> usize {
    headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0)
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A whole answer where a stream was asked for: the error that it tells, or one about its type.
fn wrong_type(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Failed {
    let object = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&body);
    let (error, cause) =
        if object.is_ok_and(|object| object.get("error").is_some_and(|error| !error.is_null())) {
            (Error::event(body), Cause::Told)
        } else {
            let what = format!(
                "an event stream was expected, the answer is {}: {}",
                content_type(headers),
                excerpt(&body)
            );
            let reply =
                Reply { status: status.as_u16(), headers: HeaderMap::new(), body, attempts: 0, hedge: None };
            (Error::response_validation(&reply, what), Cause::Final)
        };
    Failed { error: error.with_headers(headers), cause }
}
