//! The seam between the engine and whatever carries HTTP: one request out, one head and a body of chunks back.
//!
//! A transport neither retries nor follows redirects nor watches the clock (connecting apart): dropping what it returned
//! cancels the exchange. `hyper` serves native targets, `fetch` serves wasm32. Both offer:
//!
//! - `Transport::new(&ClientConfig) -> Result<Transport, Error>`, costing microseconds, and
//! - `async Transport::send(HttpRequest) -> Result<HttpResponse, Failure>`;
//! - `ResponseBody::poll_chunk(&mut self, cx) -> Poll<Option<Result<Bytes, Failure>>>`, decompressed.

#[cfg(not(target_arch = "wasm32"))]
mod connect;
#[cfg(not(target_arch = "wasm32"))]
mod decode;
#[cfg(target_arch = "wasm32")]
mod fetch;
#[cfg(not(target_arch = "wasm32"))]
mod hyper;
#[cfg(not(target_arch = "wasm32"))]
mod tls;
#[cfg(not(target_arch = "wasm32"))]
mod upload;

#[cfg(target_arch = "wasm32")]
pub(crate) use self::fetch::{ResponseBody, Transport};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use self::hyper::{ResponseBody, Transport};

use super::multipart::Pieces;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode, Uri};
use std::future::poll_fn;

#[derive(Clone)]
pub(crate) struct HttpRequest {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Pieces,
}

pub(crate) struct HttpResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ResponseBody,
}

/// Why no answer, or only a part of one, came.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    pub(crate) source: Box<dyn std::error::Error + Send + Sync>,
}

/// A host's `fetch` tells fewer of them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(target_arch = "wasm32", allow(dead_code))]
pub(crate) enum FailureKind {
    Connect,
    ConnectTimeout,
    /// Sending again is safe: the request never left, or the server says that it has not looked at it, or the connection it was
    /// to be answered on had been kept from an earlier call and closed, and its method changes nothing.
    Unprocessed,
    Broken,
    /// The client's settings cannot work: an unreadable CA file, a bad proxy address.
    Config,
    /// A file of the body cannot be read to its end.
    Unreadable,
}

impl ResponseBody {
    pub(crate) async fn chunk(&mut self) -> Option<Result<Bytes, Failure>> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// The rest of the body; what had come until a failure, beside the failure. One chunk is handed on without a copy.
    pub(crate) async fn collect(&mut self, size_hint: usize) -> (Bytes, Option<Failure>) {
        let first = match self.chunk().await {
            None => return (Bytes::new(), None),
            Some(Err(failure)) => return (Bytes::new(), Some(failure)),
            Some(Ok(chunk)) => chunk,
        };
        let mut all = BytesMut::new();
        loop {
            let chunk = match self.chunk().await {
                None if all.is_empty() => return (first, None),
                None => return (all.freeze(), None),
                Some(Err(failure)) => {
                    return (if all.is_empty() { first } else { all.freeze() }, Some(failure));
                }
                Some(Ok(chunk)) => chunk,
            };
            if all.is_empty() {
                all.reserve(size_hint.min(MAX_RESERVED).max(2 * first.len()));
                all.extend_from_slice(&first);
            }
            all.extend_from_slice(&chunk);
        }
    }
}

/// A server's word about its body's size is taken as a hint up to here.
const MAX_RESERVED: usize = 64 << 20;
