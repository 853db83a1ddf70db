//! A stream of typed events over the engine's events.
//!
//! It is pulled: nothing is read that nobody asks for. It ends after the API's own mark of completion; a connection that ends
//! before is an error of kind `incomplete_stream`, never a quiet end. Dropping it closes its connection.

use crate::engine::{Error, ErrorKind, EventStream};
use crate::json::{self, Json};
use http::HeaderMap;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// The events of a call. Use it as a [`futures_core::Stream`], or with [`Stream::recv`] alone.
#[must_use = "a stream reads nothing until it is polled"]
pub struct Stream<T> {
    events: Option<EventStream>,
    headers: HeaderMap,
    decode: fn(&[u8]) -> Result<T, String>,
}

impl<T: Json + Default> Stream<T> {
    pub(crate) fn new(events: EventStream) -> Self {
        Self { headers: events.headers().clone(), events: Some(events), decode: json::decode::<T> }
    }
}

impl<T> Stream<T> {
    /// The next event; `None` after the last one or after an error.
    pub async fn recv(&mut self) -> Option<Result<T, Error>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The id under which the server knows this call.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("x-request-id")?.to_str().ok()
    }

    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        let Some(events) = &mut self.events else { return Poll::Ready(None) };
        // The engine's `next` keeps all its state in the stream, so that a new future goes on where a dropped one stopped.
        let Poll::Ready(event) = pin!(events.next()).poll(cx) else { return Poll::Pending };
        let item = event.map(|event| {
            let event = event?;
            (self.decode)(&event.data).map_err(|message| {
                let message = format!("an event of the stream cannot be read: {message}");
                Error::new(ErrorKind::ResponseValidation, message).with_headers(&self.headers)
            })
        });
        if !matches!(item, Some(Ok(_))) {
            self.events = None;
        }
        Poll::Ready(item)
    }
}

impl<T> futures_core::Stream for Stream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl<T> fmt::Debug for Stream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("events", &self.events).finish_non_exhaustive()
    }
}
