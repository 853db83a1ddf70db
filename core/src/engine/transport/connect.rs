//! Opening a connection: directly or through a proxy, with TLS where the URL says so, within one time limit.
//!
//! TLS settings are looked up when the first `https` connection opens, so that a client of a local server never reads them.

use super::tls;
use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
/// TLS inside a tunnel that itself may be TLS (a proxy with an `https` address).
type Io = MaybeHttpsStream<MaybeHttpsStream<TokioIo<TcpStream>>>;

#[derive(Clone)]
pub(crate) struct Connector {
    tcp: HttpConnector,
    proxies: Arc<Matcher>,
    ca_file: Option<Arc<PathBuf>>,
    limit: Duration,
}

#[derive(Debug)]
pub(crate) struct ConnectTimedOut;

impl std::fmt::Display for ConnectTimedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the time limit for connecting passed")
    }
}

impl std::error::Error for ConnectTimedOut {}

/// A CA file that cannot be used: the caller's mistake, not the network's.
#[derive(Debug)]
pub(crate) struct BadTls(String);

impl std::fmt::Display for BadTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadTls {}

impl Connector {
    pub(crate) fn new(proxies: Arc<Matcher>, ca_file: Option<Arc<PathBuf>>, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        Self { tcp, proxies, ca_file, limit }
    }

    /// Credentials that requests to an origin must carry themselves, because its proxy reads them instead of tunnelling them.
    pub(crate) fn proxy_credentials(&self, uri: &Uri) -> Option<HeaderValue> {
        let proxy = (uri.scheme_str() == Some("http")).then(|| self.proxies.intercept(uri)).flatten()?;
        proxy.basic_auth().cloned()
    }

    async fn open(mut self, uri: Uri) -> Result<Stream, BoxError> {
        let secure = uri.scheme_str() == Some("https");
        let mut forwarded = false;
        let wire = match self.proxies.intercept(&uri) {
            None => MaybeHttpsStream::Http(self.tcp.call(uri.clone()).await?),
            Some(proxy) => {
                forwarded = !secure && !is_socks(&proxy);
                self.through(&proxy, uri.clone(), forwarded).await?
            }
        };
        let io = if secure {
            let mut settings = (*self.tls()?).clone();
            settings.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            HttpsConnector::from((Once(Some(wire)), settings)).call(uri).await?
        } else {
            MaybeHttpsStream::Http(wire)
        };
        Ok(Stream { io, forwarded, used: Used::default() })
    }

    async fn through(
        &mut self,
        proxy: &Intercept,
        uri: Uri,
        forwarded: bool,
    ) -> Result<MaybeHttpsStream<TokioIo<TcpStream>>, BoxError> {
        if is_socks(proxy) {
            let mut socks = SocksV5::new(proxy.uri().clone(), self.tcp.clone());
            if let Some((user, password)) = proxy.raw_auth() {
                socks = socks.with_auth(user.to_owned(), password.to_owned());
            }
            return Ok(MaybeHttpsStream::Http(socks.call(uri).await?));
        }
        // Only an https proxy needs the settings, but the type asks for some.
        let mut to_proxy = HttpsConnector::from((self.tcp.clone(), self.tls()?));
        if forwarded {
            return to_proxy.call(proxy.uri().clone()).await;
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        Ok(tunnel.call(uri).await?)
    }

    fn tls(&self) -> Result<Arc<rustls::ClientConfig>, BadTls> {
        tls::config(self.ca_file.as_ref().map(|file| file.as_path())).map_err(BadTls)
    }
}

fn is_socks(proxy: &Intercept) -> bool {
    proxy.uri().scheme_str().is_some_and(|scheme| scheme.starts_with("socks5"))
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let limit = this.limit;
            tokio::time::timeout(limit, this.open(uri)).await.unwrap_or_else(|_| Err(ConnectTimedOut.into()))
        })
    }
}

/// Hands an open connection to the TLS connector, which insists on opening one itself.
struct Once<T>(Option<T>);

impl<T: Send + 'static> Service<Uri> for Once<T> {
    type Response = T;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<T>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        std::future::ready(self.0.take().ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}

/// Whether a connection has answered before; travels with every response and error of the pooled client.
#[derive(Clone, Default)]
pub(crate) struct Used(Arc<AtomicBool>);

impl Used {
    pub(crate) fn mark(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) struct Stream {
    io: Io,
    /// A proxy reads the requests: they carry the whole URL.
    forwarded: bool,
    used: Used,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.io.connected().proxy(self.forwarded).extra(self.used.clone())
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}
