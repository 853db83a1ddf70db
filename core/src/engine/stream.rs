//! The caller's end of a stream.

use super::error::Error;
use bytes::Bytes;
use http::HeaderMap;

/// One event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The `event:` field, where the server sent one.
    pub name: Option<Box<str>>,
    /// Valid UTF-8; JSON text as sent.
    pub data: Bytes,
}

/// A stream of events. Dropping it closes its connection (HTTP/1) or resets its stream (HTTP/2).
pub struct EventStream {
    status: u16,
    headers: HeaderMap,
    attempts: u32,
}

impl EventStream {
    pub fn status(&self) -> u16 {
        self.status
    }

    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub fn request_id(&self) -> Option<&str> {
        super::request::request_id(&self.headers)
    }

    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The stream ended cleanly but without its terminal mark.
    pub fn ended_early(&self) -> bool {
        false
    }

    /// The next event; `None` after the terminal mark or an error.
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        None
    }

    /// Every event that is ready, at least one; `None` after the terminal mark. An error comes after all good events.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<Event>>, Error> {
        Ok(None)
    }
}
