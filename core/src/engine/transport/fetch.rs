//! The wasm32 transport: the JavaScript host's `fetch`, its body read chunk by chunk. The host owns connections, TLS, proxies
//! and decompression, so settings about those are refused rather than ignored.

use super::{Failure, FailureKind, HttpRequest, HttpResponse};
use crate::engine::config::ClientConfig;
use crate::engine::error::{Error, ErrorKind};
use crate::engine::multipart::Piece;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, RequestInit, RequestRedirect, Response,
};

pub(crate) struct Transport;

impl Transport {
    pub(crate) fn new(config: &ClientConfig) -> Result<Self, Error> {
        if config.proxy.is_some() || config.ca_file.is_some() {
            return Err(Error::new(
                ErrorKind::Config,
                "proxies and CA files are the JavaScript host's business here",
            ));
        }
        Ok(Self)
    }

    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let exchange = Exchange(AbortController::new().map_err(|why| failure(FailureKind::Connect, &why))?);
        let started = start(request, &exchange).map_err(|why| failure(FailureKind::Connect, &why))?;
        let response = JsFuture::from(started).await.map_err(|why| failure(FailureKind::Connect, &why))?;
        let response: Response = response.unchecked_into();
        // Browsers hide a redirect behind status 0.
        let status = StatusCode::from_u16(response.status()).map_err(|_| {
            failure(FailureKind::Broken, &"the answer is a redirect, which is not followed".into())
        })?;
        let reader = response.body().map(|body| body.get_reader().unchecked_into());
        Ok(HttpResponse {
            status,
            headers: read_headers(&response.headers()),
            body: ResponseBody { reader, reading: None, _exchange: exchange },
        })
    }
}

fn start(request: HttpRequest, exchange: &Exchange) -> Result<Promise, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        let value = value.to_str().map_err(|_| JsValue::from_str("a header is not ASCII"))?;
        headers.append(name.as_str(), value)?;
    }
    let init = RequestInit::new();
    init.set_method(request.method.as_str());
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&exchange.0.signal()));
    if !request.body.is_empty() {
        let pieces = request.body.iter().map(|Piece::Bytes(bytes)| &bytes[..]);
        init.set_body(&Uint8Array::from(&pieces.collect::<Vec<_>>().concat()[..]));
    }
    let host = js_sys::global();
    let fetch: Function = Reflect::get(&host, &"fetch".into())?.dyn_into()?;
    fetch.call2(&host, &request.uri.to_string().into(), &init)?.dyn_into()
}

fn read_headers(headers: &Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for pair in headers.entries().into_iter().flatten() {
        let pair: Array = pair.unchecked_into();
        let (name, value) =
            (pair.get(0).as_string().unwrap_or_default(), pair.get(1).as_string().unwrap_or_default());
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            map.append(name, value);
        }
    }
    map
}

/// Aborts the exchange when dropped; after its end that does nothing.
struct Exchange(AbortController);

impl Drop for Exchange {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(crate) struct ResponseBody {
    reader: Option<ReadableStreamDefaultReader>,
    reading: Option<JsFuture>,
    _exchange: Exchange,
}

impl ResponseBody {
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        let Some(reader) = &self.reader else { return Poll::Ready(None) };
        loop {
            let reading = self.reading.get_or_insert_with(|| JsFuture::from(reader.read()));
            let result = ready!(Pin::new(reading).poll(cx));
            self.reading = None;
            let part = match result {
                Ok(part) => part,
                Err(why) => return Poll::Ready(Some(Err(failure(FailureKind::Broken, &why)))),
            };
            let get = |name: &str| Reflect::get(&part, &name.into()).unwrap_or_default();
            if get("done").is_truthy() {
                return Poll::Ready(None);
            }
            let chunk = Uint8Array::new(&get("value")).to_vec();
            if !chunk.is_empty() {
                return Poll::Ready(Some(Ok(chunk.into())));
            }
        }
    }
}

fn failure(kind: FailureKind, why: &JsValue) -> Failure {
    let message = Reflect::get(why, &"message".into()).ok().and_then(|message| message.as_string());
    let text = message.or_else(|| why.as_string()).unwrap_or_else(|| "the host gave no reason".into());
    Failure { kind, source: text.into() }
}
