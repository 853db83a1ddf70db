//! A call that is ready to be sent: options can still be set, and awaiting it sends it.
//!
//! The work of a call is one boxed future over the engine, whatever its type, so that no HTTP or decoding code is compiled into
//! the user's crate. Dropping a call that runs cancels it on the wire.

mod draft;
mod file;

use crate::client::Connection;
use crate::engine::{ByteStream, Engine, Error, ErrorKind, EventStream, Hedge, HedgeReport, Reply, Request};
use crate::json::{self, Json, Raw};
use crate::stream::Stream;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) type Work<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + std::marker::Send>>;
#[cfg(target_arch = "wasm32")]
pub(crate) type Work<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// Sends a request; one future for all calls of a form.
type Send = fn(Engine, Request) -> Work<Answer>;

/// Makes a call's result of its answer; one function per result type.
pub(crate) type Finish<T> = fn(&mut Answer) -> Result<T, Error>;

/// What came back.
pub(crate) struct Answer {
    reply: Reply,
    open: Open,
    /// Where it came from, for the helpers that ask for it.
    origin: Option<Box<Origin>>,
}

/// What a helper over a stream knows of the call that opened it.
pub(crate) struct Origin {
    pub(crate) engine: Engine,
    pub(crate) request: Request,
    pub(crate) aim: Aim,
}

/// What a helper over a stream is to do; each reads what concerns it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Aim {
    /// A cut-off answer is an error at once, for nothing could be parsed.
    pub(crate) strict: bool,
    /// The server goes on without this connection, so that another one can take over.
    pub(crate) resume: bool,
    /// Events up to this one are not told.
    pub(crate) after: Option<i64>,
}

/// The part of an answer that is still to come.
#[allow(clippy::large_enum_variant)] // one per call
enum Open {
    Nothing,
    Events(EventStream),
    Bytes(ByteStream),
}

/// A result with what came around it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApiResponse<T> {
    /// The result.
    pub value: T,
    /// The HTTP status.
    pub status: u16,
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// The answer as it came, decompressed; empty for a stream.
    pub body: Bytes,
    /// How many requests it took; 1 without retries. Hedged: those of the racer that won.
    pub attempts: u32,
    /// What became of the racers, where the call was to be hedged.
    pub hedge: Option<Box<HedgeReport>>,
}

impl<T> ApiResponse<T> {
    /// The id under which the server knows this call; support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("x-request-id")?.to_str().ok()
    }

    fn of(reply: Reply, value: T) -> Self {
        let Reply { status, headers, body, attempts, hedge } = reply;
        Self { value, status, headers, body, attempts, hedge }
    }
}

/// A call in the making: an operation with its arguments, not yet of a result type.
#[derive(Clone)]
pub(crate) struct Draft {
    connection: Connection,
    request: Request,
    /// Why this call cannot be sent.
    fault: Option<String>,
    /// Set for calls whose answer a helper takes.
    aim: Option<Aim>,
}

/// Where an argument is sent.
pub(crate) enum Place {
    Body,
    Query,
    Header(&'static str),
}

impl Answer {
    /// What came back, apart from a stream.
    #[cfg(all(feature = "structured", any(feature = "chat", feature = "responses")))]
    pub(crate) fn reply(&self) -> &Reply {
        &self.reply
    }

    /// The answer's body as a value.
    pub(crate) fn json<T: Json + Default>(&self) -> Result<T, Error> {
        json::decode(&self.reply.body).map_err(|message| Error::response_validation(&self.reply, message))
    }

    /// The events of a call that opens a stream of events.
    pub(crate) fn events(&mut self) -> EventStream {
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Events(events) => events,
            _ => unreachable!("`events` opens a stream of events"),
        }
    }

    /// Where it came from, for a call made by [`Call::helped`].
    pub(crate) fn origin(&mut self) -> Box<Origin> {
        self.origin.take().expect("a helper's call keeps its origin")
    }
}

fn whole(engine: Engine, request: Request) -> Work<Answer> {
    Box::pin(
        async move { Ok(Answer { reply: engine.call(request).await?, open: Open::Nothing, origin: None }) },
    )
}

fn events(engine: Engine, request: Request) -> Work<Answer> {
    Box::pin(async move {
        let events = engine.stream(request).await?;
        let reply = Reply {
            status: events.status(),
            headers: events.headers().clone(),
            body: Bytes::new(),
            attempts: events.attempts(),
            hedge: events.hedge().cloned().map(Box::new),
        };
        Ok(Answer { reply, open: Open::Events(events), origin: None })
    })
}

/// A call that is sent when it is awaited: `client.models().list().timeout(limit).await?`.
#[must_use = "a call is sent when it is awaited"]
pub struct Call<T>(WithResponse<T>);

/// A [`Call`] that yields its result with status, headers and request id.
#[must_use = "a call is sent when it is awaited"]
pub struct WithResponse<T> {
    state: State,
    finish: Finish<T>,
}

#[allow(clippy::large_enum_variant)] // lives on the caller's stack, for one await
enum State {
    Ready(Draft, Send),
    Running(Work<Answer>, Option<Box<Origin>>),
    Done,
}

/// A call that has not been sent, to be sent several times.
pub(crate) struct Prepared<T> {
    draft: Draft,
    send: Send,
    finish: Finish<T>,
}

impl<T> Clone for Prepared<T> {
    fn clone(&self) -> Self {
        Self { draft: self.draft.clone(), send: self.send, finish: self.finish }
    }
}

impl<T> Prepared<T> {
    pub(crate) fn call(self) -> Call<T> {
        Call(WithResponse { state: State::Ready(self.draft, self.send), finish: self.finish })
    }

    pub(crate) fn request(&mut self) -> &mut Request {
        &mut self.draft.request
    }
}

impl State {
    /// Sends the call if it has not been sent, and looks whether its answer is there.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Answer, Error>> {
        if let Self::Ready(..) = self
            && let Self::Ready(draft, send) = std::mem::replace(self, Self::Done)
        {
            if let Some(fault) = draft.fault {
                return Poll::Ready(Err(Error::new(ErrorKind::InvalidRequest, fault)));
            }
            match draft.connection.engine() {
                Ok(engine) => {
                    let origin = draft.aim.map(|aim| {
                        Box::new(Origin { engine: engine.clone(), request: draft.request.clone(), aim })
                    });
                    *self = Self::Running(send(engine, draft.request), origin);
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        let Self::Running(work, origin) = self else {
            return Poll::Ready(Err(Error::new(
                ErrorKind::InvalidRequest,
                "this call has been awaited before",
            )));
        };
        let mut outcome = work.as_mut().poll(cx);
        if let Poll::Ready(Ok(answer)) = &mut outcome {
            answer.origin = origin.take();
        }
        if outcome.is_ready() {
            *self = Self::Done;
        }
        outcome
    }
}

impl<T> Call<T> {
    fn new(draft: Draft, send: Send, finish: Finish<T>) -> Self {
        Prepared { draft, send, finish }.call()
    }

    /// Limits each attempt, from sending it to the end of its answer.
    pub fn timeout(self, limit: Duration) -> Self {
        self.with(|request| request.options.timeout = Some(limit))
    }

    /// Limits the wait for a stream's first content event.
    pub fn first_token_timeout(self, limit: Duration) -> Self {
        self.with(|request| request.options.first_token_timeout = Some(limit))
    }

    /// Limits the silence between two content events of a stream.
    pub fn idle_timeout(self, limit: Duration) -> Self {
        self.with(|request| request.options.idle_timeout = Some(limit))
    }

    /// Limits the whole call: all attempts, the waits between them, and the stream.
    pub fn deadline(self, limit: Duration) -> Self {
        self.with(|request| request.options.deadline = Some(limit))
    }

    /// How often a failed attempt may be repeated.
    pub fn max_retries(self, retries: u32) -> Self {
        self.with(|request| request.options.max_retries = Some(retries))
    }

    /// Sends the request again beside itself when its answer is late; the first success wins, and the other is cancelled.
    pub fn hedge(self, hedge: Hedge) -> Self {
        self.with(|request| request.options.hedge = Some(hedge))
    }

    /// The key by which the server knows repetitions of this call.
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        self.with(|request| request.options.idempotency_key = Some(key.into()))
    }

    /// Sends a header, over any that would be sent under this name.
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|request| request.options.headers.push((name.into(), Some(value.into()))))
    }

    /// Leaves a header out that would be sent otherwise.
    pub fn without_header(self, name: impl Into<String>) -> Self {
        self.with(|request| request.options.headers.push((name.into(), None)))
    }

    /// Sets a parameter of the query, also an undocumented one.
    pub fn query(self, name: &str, value: impl Into<Value>) -> Self {
        self.with(|request| set_query(request, name, value.into()))
    }

    /// Yields the result with status, headers, request id and the answer's bytes.
    pub fn with_response(self) -> WithResponse<T> {
        self.0
    }

    fn with(mut self, change: impl FnOnce(&mut Request)) -> Self {
        if let State::Ready(draft, _) = &mut self.0.state {
            change(&mut draft.request);
        }
        self
    }

    /// Changes what the helper over this call's stream is to do.
    pub(crate) fn aimed(mut self, change: impl FnOnce(&mut Aim)) -> Self {
        if let State::Ready(draft, _) = &mut self.0.state {
            change(draft.aim.get_or_insert_default());
        }
        self
    }

    /// Makes something else of the answer.
    #[cfg(all(feature = "structured", any(feature = "chat", feature = "responses")))]
    pub(crate) fn finished<U>(self, finish: Finish<U>) -> Call<U> {
        Call(WithResponse { state: self.0.state, finish })
    }

    /// Says why this call cannot be sent, if it cannot; awaiting it gives an error of kind `invalid_request`.
    #[cfg(all(feature = "structured", any(feature = "chat", feature = "responses")))]
    pub(crate) fn refused_by(mut self, fault: Option<Error>) -> Self {
        if let State::Ready(draft, _) = &mut self.0.state
            && let Some(fault) = fault
        {
            draft.fault = Some(fault.message().to_owned());
        }
        self
    }

    /// The call before it is sent. Once polled, there is none.
    pub(crate) fn into_prepared(self) -> Option<Prepared<T>> {
        match self.0.state {
            State::Ready(draft, send) => Some(Prepared { draft, send, finish: self.0.finish }),
            _ => None,
        }
    }
}

impl<E> Call<Stream<E>> {
    /// Yields a helper over the stream.
    pub(crate) fn helped<T>(self, aim: Aim, finish: Finish<T>) -> Call<T> {
        Call(WithResponse { state: self.0.state, finish }).aimed(|held| *held = aim)
    }
}

pub(crate) fn set_query(request: &mut Request, name: &str, value: Value) {
    let mut query: serde_json::Map<String, Value> =
        request.query.as_deref().and_then(|text| serde_json::from_slice(text).ok()).unwrap_or_default();
    query.insert(name.to_owned(), value);
    request.query = Some(Raw::from(Value::Object(query)).get().to_owned().into());
}

impl<T> Future for Call<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_ok(|response| response.value)
    }
}

impl<T> Future for WithResponse<T> {
    type Output = Result<ApiResponse<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Poll::Ready(outcome) = self.state.poll(cx) else { return Poll::Pending };
        Poll::Ready(outcome.and_then(|mut answer| {
            let value = (self.finish)(&mut answer)?;
            Ok(ApiResponse::of(answer.reply, value))
        }))
    }
}

// The state is only ever moved before it is polled; what runs is boxed.
impl<T> Unpin for WithResponse<T> {}
impl<T> Unpin for Call<T> {}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.0).finish()
    }
}

impl<T> fmt::Debug for WithResponse<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Ready(draft, _) => draft.request.fmt(f),
            State::Running(..) => f.write_str("running"),
            State::Done => f.write_str("done"),
        }
    }
}
