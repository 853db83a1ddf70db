//! An answer's body as it comes in: for downloads, and for whoever wants to read an answer themselves.
//!
//! Dropping a `ByteStream` closes its connection (HTTP/1) or resets its HTTP/2 stream.

use super::Engine;
use super::error::Error;
use super::hedge::HedgeReport;
use super::limits::{Limits, within};
use super::request::request_id;
use super::rt;
use super::transport::ResponseBody;
use bytes::Bytes;
use http::HeaderMap;

/// A successful answer whose body is still to be read; decompressed.
pub struct ByteStream {
    pub(crate) engine: Engine,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) attempts: u32,
    pub(crate) limits: Limits,
    /// `None` after the end or an error.
    pub(crate) body: Option<ResponseBody>,
    pub(crate) hedge: Option<Box<HedgeReport>>,
}

impl ByteStream {
    pub fn status(&self) -> u16 {
        self.status
    }

    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What became of the racers, where the call was to be hedged.
    pub fn hedge(&self) -> Option<&HedgeReport> {
        self.hedge.as_deref()
    }

    /// The next bytes, never empty; `None` after the end or an error. Limits: silence while waiting here, and the deadline.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        let body = self.body.as_mut()?;
        let now = rt::now();
        // A body that never pauses must not outlive the deadline either.
        let read = match self.limits.of_call() {
            Some((end, phase)) if end <= now => Err(phase),
            _ => within(self.limits.of_stream(None, now, now), body.chunk()).await,
        };
        let error = match read {
            Ok(Some(Ok(chunk))) => return Some(Ok(chunk)),
            Ok(None) => {
                self.body = None;
                return None;
            }
            Ok(Some(Err(failure))) => self.engine.disconnected(&failure).with_source(failure.source),
            Err(phase) => self.engine.timed_out(&self.limits, phase),
        };
        self.body = None;
        Some(Err(self.engine.scrub(error.with_headers(&self.headers).with_attempts(self.attempts))))
    }
}

impl std::fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByteStream")
            .field("status", &self.status)
            .field("request_id", &self.request_id())
            .field("open", &self.body.is_some())
            .finish_non_exhaustive()
    }
}
