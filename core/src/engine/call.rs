//! One logical call: how its answer is taken, whole, as events or as bytes, and the span it is traced under.

use super::attempts::{Answer, Attempts, Mode, Run, without_mark};
use super::error::{Error, ErrorKind, excerpt};
use super::limits::Limits;
use super::operation::ResultKind;
use super::request::{Reply, Request, request_id};
use super::rt;
use super::stream::EventStream;
use super::{ByteStream, Engine};
use tracing::Instrument as _;

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
        let mut attempts = Attempts::new(self, request, run, Mode::Whole)?;
        let Answer { status, headers, mut body, .. } = self.observed(request, &mut attempts).await?;
        if request.operation.result == ResultKind::Json {
            body = without_mark(body);
        }
        let reply = Reply { status: status.as_u16(), headers, body, attempts: attempts.count(), hedge: None };
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
        let mut attempts = Attempts::new(self, request, run, Mode::Events)?;
        let answer = self.observed(request, &mut attempts).await?;
        Ok(EventStream::new(self.clone(), terminal, request.operation.synthesize_event, answer, attempts))
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
        let mut attempts = Attempts::new(self, request, run, Mode::Bytes)?;
        let Answer { status, headers, live, .. } = self.observed(request, &mut attempts).await?;
        Ok(ByteStream {
            engine: self.clone(),
            status: status.as_u16(),
            headers,
            attempts: attempts.count(),
            limits: attempts.run.limits,
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
    async fn observed(&self, request: &Request, attempts: &mut Attempts) -> Result<Answer, Error> {
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
            openai.hedge.racer = attempts.racer(),
            error.type = tracing::field::Empty,
        );
        let result = attempts.answer(self).instrument(span.clone()).await;
        if !span.is_disabled() {
            let (status, id) = match &result {
                Ok(answer) => (Some(answer.status.as_u16()), request_id(&answer.headers)),
                Err(error) => (error.status(), error.request_id()),
            };
            status.map(|status| span.record("http.response.status_code", status));
            id.map(|id| span.record("openai.request.id", id));
            span.record("http.request.resend_count", attempts.count() - 1);
            result.as_ref().err().map(|error| span.record("error.type", error.kind().name()));
        }
        result
    }
}

/// By its first byte: the caller parses it all anyway, and servers mislabel both JSON and HTML.
fn looks_like_json(reply: &Reply) -> bool {
    match reply.body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => reply.status == 204,
        Some(byte) => matches!(byte, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'),
    }
}
