//! A call that is ready to be sent: options can still be set, and awaiting it sends it.
//!
//! The work of a call is one boxed future over the engine, whatever its type, so that no HTTP or decoding code is compiled into
//! the user's crate. Dropping a call that runs cancels it on the wire.

use crate::client::{Connection, json_bytes};
use crate::engine::{Engine, Error, ErrorKind, Reply, Request};
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
type Work<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;
#[cfg(target_arch = "wasm32")]
type Work<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// Sends a request and makes its result; one function per result type, compiled here.
type Run<T> = fn(Engine, Request) -> Work<ApiResponse<T>>;

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
    /// How many requests it took; 1 without retries.
    pub attempts: u32,
}

impl<T> ApiResponse<T> {
    /// The id under which the server knows this call; support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("x-request-id")?.to_str().ok()
    }

    fn of(reply: Reply, value: T) -> Self {
        Self {
            value,
            status: reply.status,
            headers: reply.headers,
            body: reply.body,
            attempts: reply.attempts,
        }
    }
}

/// A call in the making: an operation with its arguments, not yet of a result type.
pub(crate) struct Draft {
    connection: Connection,
    request: Request,
}

impl Draft {
    pub(crate) fn new(connection: Connection, request: Request) -> Self {
        Self { connection, request }
    }

    pub(crate) fn path(mut self, value: impl Into<String>) -> Self {
        self.request = self.request.path_param(value);
        self
    }

    pub(crate) fn query(mut self, arguments: &impl Json) -> Self {
        self.request = self.request.query(json_bytes(arguments));
        self
    }

    pub(crate) fn query_value(mut self, name: &str, value: impl Into<Value>) -> Self {
        set_query(&mut self.request, name, value.into());
        self
    }

    pub(crate) fn body(mut self, arguments: &impl Json) -> Self {
        self.request = self.request.json(json_bytes(arguments));
        self
    }

    /// Completes a call whose result is JSON.
    pub(crate) fn json<T: Json + 'static>(self) -> Call<T> {
        Call::new(self, |engine, request| {
            Box::pin(async move {
                let reply = engine.call(request).await?;
                match json::decode(&reply.body) {
                    Ok(value) => Ok(ApiResponse::of(reply, value)),
                    Err(message) => Err(Error::response_validation(&reply, message)),
                }
            })
        })
    }

    /// Completes a call whose answer says nothing.
    pub(crate) fn nothing(self) -> Call<()> {
        Call::new(self, |engine, request| {
            Box::pin(async move { Ok(ApiResponse::of(engine.call(request).await?, ())) })
        })
    }

    /// Completes a call whose answer is a stream of JSON events.
    pub(crate) fn events<T: Json + 'static>(self) -> Call<Stream<T>> {
        Call::new(self, |engine, request| {
            Box::pin(async move {
                let events = engine.stream(request).await?;
                let (status, headers, attempts) =
                    (events.status(), events.headers().clone(), events.attempts());
                Ok(ApiResponse { value: Stream::new(events), status, headers, body: Bytes::new(), attempts })
            })
        })
    }
}

/// A call that is sent when it is awaited: `client.models().list().timeout(limit).await?`.
#[must_use = "a call is sent when it is awaited"]
pub struct Call<T>(WithResponse<T>);

/// A [`Call`] that yields its result with status, headers and request id.
#[must_use = "a call is sent when it is awaited"]
pub struct WithResponse<T>(State<T>);

#[allow(clippy::large_enum_variant)] // lives on the caller's stack, for one await
enum State<T> {
    Ready(Prepared<T>),
    Running(Work<ApiResponse<T>>),
    Done,
}

pub(crate) struct Prepared<T> {
    connection: Connection,
    pub(crate) request: Request,
    run: Run<T>,
}

impl<T> Clone for Prepared<T> {
    fn clone(&self) -> Self {
        Self { connection: self.connection.clone(), request: self.request.clone(), run: self.run }
    }
}

impl<T: 'static> Prepared<T> {
    pub(crate) fn call(self) -> Call<T> {
        Call(WithResponse(State::Ready(self)))
    }

    fn start(self) -> Work<ApiResponse<T>> {
        match self.connection.engine() {
            Ok(engine) => (self.run)(engine, self.request),
            Err(error) => Box::pin(async move { Err(error) }),
        }
    }
}

impl<T: 'static> Call<T> {
    fn new(draft: Draft, run: Run<T>) -> Self {
        Prepared { connection: draft.connection, request: draft.request, run }.call()
    }

    /// Limits each attempt, from sending it to the end of its answer.
    pub fn timeout(self, limit: Duration) -> Self {
        self.with(|request| request.options.timeout = Some(limit))
    }

    /// Limits the wait for a stream's first event.
    pub fn first_token_timeout(self, limit: Duration) -> Self {
        self.with(|request| request.options.first_token_timeout = Some(limit))
    }

    /// Limits the silence between two events of a stream.
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
        if let State::Ready(prepared) = &mut self.0.0 {
            change(&mut prepared.request);
        }
        self
    }

    /// The call before it is sent. Once polled, there is none.
    pub(crate) fn into_prepared(self) -> Option<Prepared<T>> {
        match self.0.0 {
            State::Ready(prepared) => Some(prepared),
            _ => None,
        }
    }
}

pub(crate) fn set_query(request: &mut Request, name: &str, value: Value) {
    let mut query: serde_json::Map<String, Value> =
        request.query.as_deref().and_then(|text| serde_json::from_slice(text).ok()).unwrap_or_default();
    query.insert(name.to_owned(), value);
    request.query = Some(Raw::from(Value::Object(query)).get().to_owned().into());
}

impl<T: 'static> Future for Call<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_ok(|response| response.value)
    }
}

impl<T: 'static> Future for WithResponse<T> {
    type Output = Result<ApiResponse<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let State::Ready(_) = self.0
            && let State::Ready(prepared) = std::mem::replace(&mut self.0, State::Done)
        {
            self.0 = State::Running(prepared.start());
        }
        let State::Running(work) = &mut self.0 else {
            return Poll::Ready(Err(Error::new(
                ErrorKind::InvalidRequest,
                "this call has been awaited before",
            )));
        };
        let outcome = work.as_mut().poll(cx);
        if outcome.is_ready() {
            self.0 = State::Done;
        }
        outcome
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
        match &self.0 {
            State::Ready(prepared) => prepared.request.fmt(f),
            State::Running(_) => f.write_str("running"),
            State::Done => f.write_str("done"),
        }
    }
}
