//! One logical call: attempts, the waits between them, and the error that is left when they fail.

use super::error::{Error, ErrorKind, Phase, excerpt};
use super::limits::{Limits, within};
use super::operation::ResultKind;
use super::request::{Reply, Request, request_id};
use super::retry::{self, Decision, Outcome};
use super::rt::{self, Instant, Timer};
use super::stream::{EventStream, Opened};
use super::transport::{Failure, FailureKind, HttpRequest, ResponseBody};
use super::{ByteStream, Engine, events, headers};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::Instrument as _;

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

/// A successful answer: its body read, or for a stream still to be read.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    live: Option<ResponseBody>,
    started: Instant,
}

/// A failed attempt: the error it would be, and what the retry decision needs to know.
struct Failed {
    error: Error,
    retry: Option<FailureKind>,
}

impl Engine {
    /// Sends a request and collects the whole answer.
    pub async fn call(&self, request: Request) -> Result<Reply, Error> {
        match self.hedge_of(&request)? {
            None => self.call_once(&request, self.alone(&request)).await,
            Some(hedge) => {
                let racer = |run| self.call_once(&request, run);
                Box::pin(self.hedged(&request, hedge, Mode::Whole, racer)).await
            }
        }
    }

    async fn call_once(&self, request: &Request, run: Run) -> Result<Reply, Error> {
        let (answer, attempts, _) = self.observed(request, run, Mode::Whole).await?;
        let Answer { status, headers, body, .. } = answer;
        let reply = Reply { status: status.as_u16(), headers, body, attempts, hedge: None };
        if request.operation.result == ResultKind::Json && !looks_like_json(&reply) {
            let what = match excerpt(&reply.body) {
                text if text.is_empty() => "the answer has no body where JSON was expected".into(),
                text => format!("the answer is not JSON: {text}"),
            };
            return Err(self.scrub(Error::response_validation(&reply, what)));
        }
        Ok(reply)
    }

    /// Sends a request and returns its event stream as soon as the headers of a successful answer are in; hedged, with the first
    /// event that carries output, and an error before that one is the call's.
    ///
    /// The body must ask for a stream itself; an operation without a streaming form is refused.
    pub async fn stream(&self, request: Request) -> Result<EventStream, Error> {
        match self.hedge_of(&request)? {
            None => self.stream_once(&request, self.alone(&request)).await,
            Some(hedge) => {
                let racer = async |run| {
                    let mut stream = self.stream_once(&request, run).await?;
                    stream.first_output().await?;
                    Ok(stream)
                };
                Box::pin(self.hedged(&request, hedge, Mode::Events, racer)).await
            }
        }
    }

    async fn stream_once(&self, request: &Request, run: Run) -> Result<EventStream, Error> {
        let Some(terminal) = request.operation.stream else {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!("{} has no streaming form", request.operation.id),
            ));
        };
        let (answer, attempts, limits) = self.observed(request, run, Mode::Events).await?;
        let Answer { status, headers, live, started, .. } = answer;
        let mut body = live.expect("a successful streaming attempt leaves its body unread");
        let content_type =
            headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        if events::not_a_stream(&content_type) {
            let bound = limits.of_attempt(started, false);
            let (text, _) = within(bound, body.collect(0)).await.unwrap_or_default();
            return Err(self.scrub(
                wrong_type(&content_type, status, text).with_headers(&headers).with_attempts(attempts),
            ));
        }
        let opened = Opened {
            engine: self.clone(),
            status: status.as_u16(),
            headers,
            attempts,
            limits,
            terminal,
            synthesize: request.operation.synthesize_event,
            body,
            started,
        };
        Ok(EventStream::new(opened))
    }

    /// Sends a request and returns its body as a stream of bytes as soon as the headers of a successful answer are in.
    pub async fn open(&self, request: Request) -> Result<ByteStream, Error> {
        match self.hedge_of(&request)? {
            None => self.open_once(&request, self.alone(&request)).await,
            Some(hedge) => {
                let racer = |run| self.open_once(&request, run);
                Box::pin(self.hedged(&request, hedge, Mode::Bytes, racer)).await
            }
        }
    }

    async fn open_once(&self, request: &Request, run: Run) -> Result<ByteStream, Error> {
        let (answer, attempts, limits) = self.observed(request, run, Mode::Bytes).await?;
        let Answer { status, headers, live, .. } = answer;
        Ok(ByteStream {
            engine: self.clone(),
            status: status.as_u16(),
            headers,
            attempts,
            limits,
            body: live,
            hedge: None,
        })
    }

    /// The only run of a call.
    fn alone(&self, request: &Request) -> Run {
        let limits = Limits::new(&self.0.config, &request.options, rt::now());
        Run { limits, racer: 0, failed: None }
    }

    /// The attempts under one span, named as the GenAI conventions name things where they have a name.
    async fn observed(
        &self,
        request: &Request,
        run: Run,
        mode: Mode,
    ) -> Result<(Answer, u32, Limits), Error> {
        let span = tracing::debug_span!(
            "gen_ai.request",
            otel.name = request.operation.id,
            otel.kind = "client",
            gen_ai.provider.name = "openai",
            gen_ai.operation.name = request.operation.id,
            server.address = self.0.base.authority(),
            http.request.method = request.operation.method.as_str(),
            http.response.status_code = tracing::field::Empty,
            http.request.resend_count = tracing::field::Empty,
            openai.request.id = tracing::field::Empty,
            openai.hedge.racer = run.failed.as_ref().map(|_| run.racer),
            error.type = tracing::field::Empty,
        );
        let result = self.attempts(request, run, mode).instrument(span.clone()).await;
        if !span.is_disabled() {
            let (status, id, attempts) = match &result {
                Ok((answer, attempts, _)) => {
                    (Some(answer.status.as_u16()), request_id(&answer.headers), *attempts)
                }
                Err(error) => (error.status(), error.request_id(), error.attempts()),
            };
            status.map(|status| span.record("http.response.status_code", status));
            id.map(|id| span.record("openai.request.id", id));
            span.record("http.request.resend_count", attempts.saturating_sub(1));
            result.as_ref().err().map(|error| span.record("error.type", error.kind().name()));
        }
        result
    }

    async fn attempts(
        &self,
        request: &Request,
        run: Run,
        mode: Mode,
    ) -> Result<(Answer, u32, Limits), Error> {
        let Run { limits, racer, failed: some_failed } = run;
        let uri = self.0.base.of(request)?;
        let (body, content_type) = request.body.pieces()?;
        let mut headers = self.0.headers.of(request, content_type.as_deref(), mode)?;
        headers::of_racer(&mut headers, racer);
        let ours = !request
            .options
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(headers::RETRY_COUNT.as_str()));
        let max_retries = request.options.max_retries.unwrap_or(self.0.config.max_retries);
        let (mut retries, mut resends) = (0, 0);
        loop {
            if ours {
                headers.insert(headers::RETRY_COUNT, HeaderValue::from(retries));
            }
            let message = HttpRequest {
                method: request.operation.method.clone(),
                uri: uri.clone(),
                headers: headers.clone(),
                body: body.clone(),
            };
            let failed = match self.attempt(message, &limits, mode).await {
                Ok(answer) => return Ok((answer, retries + resends + 1, limits)),
                Err(failed) => failed,
            };
            let error = self.scrub(failed.error.with_attempts(retries + resends + 1));
            let outcome = match (failed.retry, error.status()) {
                (Some(FailureKind::Unsent), _) => Outcome::Unsent,
                (Some(FailureKind::ConnectTimeout), _) => Outcome::Timeout,
                (Some(FailureKind::Connect | FailureKind::Broken), _) => Outcome::Connection,
                (Some(FailureKind::Config | FailureKind::Unreadable), _) => return Err(error),
                (None, Some(status)) => {
                    Outcome::Status { status, headers: error.headers(), code: error.code() }
                }
                (None, None) => Outcome::Timeout,
            };
            if outcome != Outcome::Unsent
                && let Some(flag) = &some_failed
            {
                flag.store(true, Ordering::Relaxed);
            }
            let decision = retry::decide(retry::Attempt {
                retries,
                resends,
                max_retries,
                outcome,
                now: rt::wall_clock(),
                chance: rt::random() as f64 / u64::MAX as f64,
                remaining: limits.remaining(rt::now()),
            });
            match decision {
                Decision::Stop => return Err(error),
                Decision::Resend => resends += 1,
                Decision::Wait(wait) => {
                    retries += 1;
                    tracing::debug!(retry = retries, ?wait, error = %error, "trying again");
                    if let Some(end) = rt::now().checked_add(wait) {
                        Timer::at(end).await;
                    }
                }
            }
        }
    }

    async fn attempt(&self, message: HttpRequest, limits: &Limits, mode: Mode) -> Result<Answer, Failed> {
        let started = rt::now();
        let exchange = async {
            let mut response = self.0.transport.send(message).await?;
            let live = mode != Mode::Whole && response.status.is_success();
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
        match within(limits.of_attempt(started, mode == Mode::Events), exchange).await {
            Err(phase) => Err(Failed { error: self.timed_out(limits, phase), retry: None }),
            Ok(Err(failure)) => Err(self.failed(failure, limits)),
            Ok(Ok((response, body, live))) if response.status.is_success() => {
                let live = live.then_some(response.body);
                Ok(Answer { status: response.status, headers: response.headers, body, live, started })
            }
            Ok(Ok((response, body, _))) => {
                Err(Failed { error: Error::answer(response.status, response.headers, body), retry: None })
            }
        }
    }

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
        Failed { error: error.with_source(failure.source), retry: Some(failure.kind) }
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

fn content_length(headers: &HeaderMap) -> usize {
    headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0)
}

/// By its first byte: the caller parses it all anyway, and servers mislabel both JSON and HTML.
fn looks_like_json(reply: &Reply) -> bool {
    match reply.body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => reply.status == 204,
        Some(byte) => matches!(byte, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'),
    }
}

fn wrong_type(content_type: &str, status: StatusCode, body: Bytes) -> Error {
    let object = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&body);
    if object.is_ok_and(|object| object.get("error").is_some_and(|error| !error.is_null())) {
        return Error::event(body);
    }
    let reply = Reply { status: status.as_u16(), headers: HeaderMap::new(), body, attempts: 0, hedge: None };
    Error::response_validation(
        &reply,
        format!("an event stream was expected, the answer is {content_type}: {}", excerpt(&reply.body)),
    )
}
