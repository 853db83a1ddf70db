//! Responses that add up as they stream, and that go on after a broken connection.

mod calls;
mod state;

pub use calls::ResponseFunctionCalls;

use crate::call::{Aim, Answer, Call, Origin, Work, set_query};
use crate::engine::rt::{self, Instant};
use crate::engine::{Body, Error, ErrorKind, EventStream, Request, operation};
use crate::json::{Json, Misfit, Reader, Writer};
use crate::resources::responses::Responses;
use crate::stream::Stream;
use crate::types::responses::response::Response;
use crate::types::responses::response_create::ResponseCreateRequest;
use crate::types::responses::response_stream_event::ResponseStreamEvent;
use http::HeaderMap;
use serde_json::Value;
use state::State;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// How often in a row a broken stream is taken up again without a new event.
const RESUMES: u32 = 5;

impl Responses<'_> {
    /// Creates a response as a stream that adds up: the API's events, and the response that they tell of. `POST /responses`.
    ///
    /// ```no_run
    /// use openai_oxide::types::responses::{ResponseCreateRequest, ResponseStreamEvent};
    ///
    /// # async fn example(client: openai_oxide::OpenAI) -> Result<(), openai_oxide::OpenAIError> {
    /// let request = ResponseCreateRequest::new("gpt-5.4-mini").input("Say hello.");
    /// let mut stream = client.responses().stream(request).await?;
    /// while let Some(event) = stream.recv().await {
    ///     if let ResponseStreamEvent::OutputTextDelta { delta, .. } = event? {
    ///         print!("{delta}");
    ///     }
    /// }
    /// let response = stream.get_final_response().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// With `background(true)` in the request the server goes on when the connection breaks, and so does the stream: it is taken
    /// up after the last event that came (`starting_after`), up to five times in a row without a new one; no event comes twice.
    /// Without it a broken connection is an error, for there is nothing to go on with.
    ///
    /// # Errors
    /// An answer with a failing status, or none; after that the stream itself yields errors.
    pub fn stream(&self, request: ResponseCreateRequest) -> Call<ResponseStream> {
        let aim = Aim { resume: request.background == Some(true), ..Aim::default() };
        self.create_stream(request).helped(aim, ResponseStream::of)
    }

    /// The stream of a response that was created with `background(true)` and `stream(true)`: from its first event, or what
    /// follows [`starting_after`](Call::starting_after). `GET /responses/{response_id}`.
    ///
    /// It goes on after a broken connection like that of [`stream`](Self::stream).
    ///
    /// # Errors
    /// An answer with a failing status, or none; after that the stream itself yields errors.
    pub fn stream_by_id(&self, response_id: impl Into<String>) -> Call<ResponseStream> {
        let aim = Aim { resume: true, ..Aim::default() };
        self.retrieve_stream(response_id).helped(aim, ResponseStream::of)
    }

    /// Creates a response as a stream that hands over each function call as soon as its arguments are complete, while the
    /// stream still runs. `POST /responses`.
    ///
    /// ```no_run
    /// # use openai_oxide::types::responses::ResponseCreateRequest;
    /// # async fn example(client: openai_oxide::OpenAI, request: ResponseCreateRequest) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut calls = client.responses().create_stream_fc(request).await?;
    /// while let Some(call) = calls.recv().await {
    ///     let call = call?;
    ///     println!("{}({}): start it now", call.name, call.arguments);
    /// }
    /// let response = calls.final_response().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// An answer with a failing status, or none; after that the handle itself yields errors.
    pub fn create_stream_fc(&self, request: ResponseCreateRequest) -> Call<ResponseFunctionCalls> {
        let aim = Aim { resume: request.background == Some(true), ..Aim::default() };
        self.create_stream(request)
            .helped(aim, |answer| Ok(ResponseFunctionCalls::new(ResponseStream::of(answer)?)))
    }
}

impl Call<ResponseStream> {
    /// Leaves out the events up to this `sequence_number`. They are read all the same, so that the snapshot is whole; to save
    /// the bytes too, use [`retrieve_stream_with`](Responses::retrieve_stream_with).
    pub fn starting_after(self, sequence_number: i64) -> Self {
        self.aimed(|aim| aim.after = Some(sequence_number))
    }
}

/// An event and its place in the stream.
#[derive(Default)]
struct Numbered {
    number: Option<i64>,
    event: ResponseStreamEvent,
}

impl Json for Numbered {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        self.number = reader.member("sequence_number")?.and_then(|text| text.parse().ok());
        self.event.decode(reader)
    }

    fn encode(&self, out: &mut Writer) {
        self.event.encode(out);
    }

    fn is_blank(&self) -> bool {
        self.event.is_blank()
    }
}

/// A response that streams: its events, as a [`futures_core::Stream`] or with [`recv`](Self::recv), and the response that they
/// tell of. Dropping it closes its connection; a response in the background goes on at the server.
#[must_use = "a stream reads nothing until it is polled"]
pub struct ResponseStream {
    source: Source,
    state: State,
    headers: HeaderMap,
    origin: Box<Origin>,
    opened: Instant,
    /// The last event that came.
    last: Option<i64>,
    /// Set by a break: events up to this one have come before.
    resumed_after: Option<i64>,
    /// Breaks since the last event.
    resumes: u32,
}

#[allow(clippy::large_enum_variant)] // one per stream
enum Source {
    Open(Stream<Numbered>),
    Reopening(Work<EventStream>),
    Ended,
}

impl ResponseStream {
    pub(crate) fn of(answer: &mut Answer) -> Result<Self, Error> {
        let events = answer.events();
        Ok(Self {
            headers: events.headers().clone(),
            source: Source::Open(Stream::new(events)),
            state: State::default(),
            origin: answer.origin(),
            opened: rt::now(),
            last: None,
            resumed_after: None,
            resumes: 0,
        })
    }

    /// The next event; `None` after the last one or after an error.
    pub async fn recv(&mut self) -> Option<Result<ResponseStreamEvent, Error>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Reads what is left of the stream; the response, whose `status` tells whether it is completed, failed or incomplete.
    ///
    /// # Errors
    /// What the stream ended with. [`current_snapshot`](Self::current_snapshot) still tells what there is.
    pub async fn get_final_response(&mut self) -> Result<Response, Error> {
        while let Some(event) = self.recv().await {
            event?;
        }
        let response = self.state.response().filter(|_| self.state.complete);
        response.cloned().ok_or_else(|| {
            Error::new(ErrorKind::IncompleteStream, "the stream ended before the response did")
                .with_headers(&self.headers)
        })
    }

    /// The response so far, also of a stream that broke off; `None` before the first event that tells of it.
    pub fn current_snapshot(&self) -> Option<&Response> {
        self.state.response()
    }

    /// The text of the answer so far. Work linear in the text.
    pub fn current_output_text(&self) -> String {
        self.state.response().map(Response::output_text).unwrap_or_default()
    }

    /// The headers of the answer that opened the stream.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The id under which the server knows this call.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("x-request-id")?.to_str().ok()
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ResponseStreamEvent, Error>>> {
        loop {
            let item = match &mut self.source {
                Source::Ended => return Poll::Ready(None),
                Source::Open(events) => ready!(events.poll_event(cx)),
                Source::Reopening(work) => match ready!(work.as_mut().poll(cx)) {
                    Ok(events) => {
                        self.source = Source::Open(Stream::new(events));
                        continue;
                    }
                    Err(error) => Some(Err(error)),
                },
            };
            match item {
                Some(Ok(Numbered { number, event })) => {
                    if number.is_some() && number <= self.resumed_after {
                        continue;
                    }
                    self.last = number.or(self.last);
                    self.resumes = 0;
                    self.state.add(&event);
                    if number.is_none() || number > self.origin.aim.after {
                        return Poll::Ready(Some(Ok(event)));
                    }
                }
                Some(Err(error)) => match self.reopening(&error) {
                    Some(work) => self.source = Source::Reopening(work),
                    None => {
                        self.source = Source::Ended;
                        return Poll::Ready(Some(Err(error)));
                    }
                },
                None => self.source = Source::Ended,
            }
        }
    }

    /// The next attempt to go on after this error, if there can be one.
    fn reopening(&mut self, error: &Error) -> Option<Work<EventStream>> {
        let broken = matches!(error.kind(), ErrorKind::Connection | ErrorKind::IncompleteStream);
        let was_open = matches!(self.source, Source::Open(_));
        if !(broken && was_open && self.origin.aim.resume) || self.state.complete || self.resumes == RESUMES {
            return None;
        }
        let last = self.last?;
        let request = self.resumption(last)?;
        self.resumes += 1;
        self.resumed_after = Some(last);
        tracing::debug!(starting_after = last, error = %error, "taking the stream up again");
        let engine = self.origin.engine.clone();
        Some(Box::pin(async move { engine.stream(request).await }))
    }

    /// The request for what comes after an event, with the options of the call that opened the stream.
    fn resumption(&self, last: i64) -> Option<Request> {
        let first = &self.origin.request;
        let mut request = match first.path_params.first() {
            Some(_) => first.clone(),
            None => {
                let id = &self.state.response().filter(|response| !response.id.is_empty())?.id;
                let mut request = Request::new(operation("responses.retrieve")?).path_param(id);
                if let Body::Json(body) = &first.body {
                    carry_over(body, &mut request);
                }
                request.options = first.options.clone();
                request
            }
        };
        set_query(&mut request, "stream", true.into());
        set_query(&mut request, "starting_after", last.into());
        request.options.idempotency_key = None;
        let deadline = request.options.deadline.or(self.origin.engine.config().deadline);
        request.options.deadline =
            deadline.map(|limit| limit.saturating_sub(rt::now().saturating_duration_since(self.opened)));
        Some(request)
    }
}

/// What the creating request asks for that the stream of a response can be asked for too.
fn carry_over(body: &[u8], request: &mut Request) {
    let Ok(Value::Object(mut asked)) = serde_json::from_slice(body) else { return };
    if let Some(include) = asked.remove("include").filter(|include| !include.is_null()) {
        set_query(request, "include", include);
    }
    if let Some(Value::Bool(obfuscation)) =
        asked.get("stream_options").and_then(|o| o.get("include_obfuscation"))
    {
        set_query(request, "include_obfuscation", (*obfuscation).into());
    }
}

impl futures_core::Stream for ResponseStream {
    type Item = Result<ResponseStreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl fmt::Debug for ResponseStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ResponseStream");
        shown.field("request_id", &self.request_id()).field("last", &self.last).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
