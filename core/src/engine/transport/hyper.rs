//! The native transport: hyper-util's pooled client over our connector, HTTP/1.1 and HTTP/2.

use super::connect::{BadTls, ConnectTimedOut, Connector, Used};
use super::decode::Decoder;
use super::upload::{BadFile, Upload};
use super::{Failure, FailureKind, HttpRequest, HttpResponse, tls};
use crate::engine::config::ClientConfig;
use crate::engine::error::{Error, ErrorKind};
use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{HeaderValue, Request};
use hyper::body::{Body, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Servers commonly drop idle connections after a minute or more; a pooled one older than this is not worth trying.
const POOL_IDLE: Duration = Duration::from_secs(60);

pub(crate) struct Transport {
    client: Client<Connector, Upload>,
    /// For the proxy before the base URL, to which all requests go.
    proxy_credentials: Option<HeaderValue>,
}

impl Transport {
    pub(crate) fn new(config: &ClientConfig) -> Result<Self, Error> {
        if let Some(file) = &config.ca_file {
            tls::config(Some(file)).map_err(|why| Error::new(ErrorKind::Config, why))?;
        }
        let ca_file = config.ca_file.clone().map(Arc::new);
        let connector = Connector::new(proxies(config)?, ca_file, config.connect_timeout);
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .retry_canceled_requests(false)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .build(connector.clone());
        let base = config.base_url.trim().parse().ok();
        Ok(Self { client, proxy_credentials: base.and_then(|base| connector.proxy_credentials(&base)) })
    }

    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let mut message = Request::new(Upload::new(request.body));
        *message.method_mut() = request.method;
        *message.headers_mut() = request.headers;
        if let Some(credentials) = &self.proxy_credentials {
            message.headers_mut().insert(PROXY_AUTHORIZATION, credentials.clone());
        }
        *message.uri_mut() = request.uri;
        let changes_nothing = message.method().is_safe();
        let answer =
            self.client.request(message).await.map_err(|error| unanswered(error, changes_nothing))?;
        let (mut head, incoming) = answer.into_parts();
        if let Some(used) = head.extensions.get::<Used>() {
            used.mark();
        }
        let decoder = Decoder::of(&mut head.headers);
        let body = ResponseBody { incoming, decoder };
        Ok(HttpResponse { status: head.status, headers: head.headers, body })
    }
}

/// The environment is read once per process, as its certificates are.
fn proxies(config: &ClientConfig) -> Result<Arc<Matcher>, Error> {
    static OF_ENVIRONMENT: OnceLock<Arc<Matcher>> = OnceLock::new();
    let Some(proxy) = &config.proxy else {
        return Ok(OF_ENVIRONMENT.get_or_init(|| Arc::new(Matcher::from_env())).clone());
    };
    let matcher = Matcher::builder().all(proxy.expose().to_owned()).build();
    let known = |uri: &http::Uri| matches!(uri.scheme_str(), Some("http" | "https" | "socks5" | "socks5h"));
    let any = http::Uri::from_static("https://example.com/");
    if !matcher.intercept(&any).is_some_and(|proxy| known(proxy.uri())) {
        // The address stays out of the message: it may hold a password.
        let message = "the proxy's address is not a URL with scheme http, https or socks5";
        return Err(Error::new(ErrorKind::Config, message));
    }
    Ok(Arc::new(matcher))
}

/// A failure before the head of an answer.
fn unanswered(error: hyper_util::client::legacy::Error, changes_nothing: bool) -> Failure {
    let mut extensions = http::Extensions::new();
    if let Some(info) = error.connect_info() {
        info.get_extras(&mut extensions);
    }
    let used = extensions.get::<Used>();
    let reused = used.is_some_and(Used::get);
    let refused = find::<h2::Error>(&error).is_some_and(was_refused);
    if let Some(used) = used.filter(|_| refused) {
        // The connection has answered, if only to turn us away; it may be handed out once more before it closes.
        used.mark();
    }
    let kind = if find::<ConnectTimedOut>(&error).is_some() {
        FailureKind::ConnectTimeout
    } else if find::<BadTls>(&error).is_some() {
        FailureKind::Config
    } else if find::<BadFile>(&error).is_some() {
        FailureKind::Unreadable
    } else if error.is_connect() {
        FailureKind::Connect
    } else if refused
        || reused && find::<hyper::Error>(&error).is_some_and(hyper::Error::is_canceled)
        || reused && changes_nothing && has_closed(&error)
    {
        FailureKind::Unprocessed
    } else {
        FailureKind::Broken
    };
    Failure { kind, source: error.into() }
}

/// Whether the server has told that it has not processed the request (RFC 9113, 8.7). A GOAWAY becomes the error of those
/// requests only that came after the last one it names.
fn was_refused(error: &h2::Error) -> bool {
    error.is_remote()
        && (error.is_go_away() || error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM))
}

/// Whether a connection ended without a byte of an answer.
fn has_closed(error: &hyper_util::client::legacy::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    find::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message)
        || find::<io::Error>(error).is_some_and(|error| {
            matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
        })
}

fn find<'a, E: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a E> {
    let mut link = Some(error);
    while let Some(error) = link {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        link = error.source();
    }
    None
}

/// The body of an answer. Dropping it early closes the connection (HTTP/1) or resets the stream (HTTP/2).
pub(crate) struct ResponseBody {
    incoming: Incoming,
    decoder: Option<Decoder>,
}

impl ResponseBody {
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        loop {
            let frame = match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
                None => {
                    let end = self.decoder.as_mut().map_or(Ok(()), Decoder::finish);
                    return Poll::Ready(end.err().map(|why| Err(broken(why))));
                }
                Some(Err(why)) => return Poll::Ready(Some(Err(broken(why)))),
                Some(Ok(frame)) => frame,
            };
            let Ok(data) = frame.into_data() else { continue };
            let data = match &mut self.decoder {
                None => data,
                Some(decoder) => match decoder.push(&data) {
                    Ok(data) => data,
                    Err(why) => return Poll::Ready(Some(Err(broken(io::Error::other(why))))),
                },
            };
            if !data.is_empty() {
                return Poll::Ready(Some(Ok(data)));
            }
        }
    }
}

fn broken(source: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure { kind: FailureKind::Broken, source: source.into() }
}
