//! TLS, HTTP/2 and proxies.

use crate::support::*;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper::{Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use openai_oxide::engine::*;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A TLS server for `localhost` whose certificate nobody trusts unless told to.
struct Secure {
    address: SocketAddr,
    ca_file: PathBuf,
    connections: Arc<AtomicUsize>,
    versions: Arc<std::sync::Mutex<Vec<Version>>>,
    /// Notified when an endless answer is given up by the client.
    abandoned: Arc<Notify>,
}

/// One event, then nothing for ever.
struct Endless(Option<Bytes>, Arc<Notify>);

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.take().map_or(Poll::Pending, |bytes| Poll::Ready(Some(Ok(Frame::data(bytes)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.1.notify_one();
    }
}

/// Accepts TLS for `localhost`, and the certificate to trust for it.
pub(crate) fn acceptor(alpn: &[u8]) -> (TlsAcceptor, String) {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut settings = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .unwrap();
    settings.alpn_protocols = vec![alpn.to_vec()];
    (TlsAcceptor::from(Arc::new(settings)), issued.cert.pem())
}

async fn secure(alpn: &'static [u8]) -> Secure {
    let (acceptor, pem) = acceptor(alpn);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ca_file =
        std::env::temp_dir().join(format!("openai-oxide-test-{}-{}.pem", std::process::id(), address.port()));
    std::fs::write(&ca_file, pem).unwrap();
    let server = Secure {
        address,
        ca_file,
        connections: Default::default(),
        versions: Default::default(),
        abandoned: Default::default(),
    };
    let (connections, versions, abandoned) =
        (server.connections.clone(), server.versions.clone(), server.abandoned.clone());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, versions, abandoned) = (acceptor.clone(), versions.clone(), abandoned.clone());
            connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let Ok(socket) = acceptor.accept(socket).await else { return };
                let answer = service_fn(move |request: hyper::Request<Incoming>| {
                    versions.lock().unwrap().push(request.version());
                    let body: BoxBody<Bytes, Infallible> = if request.uri().path().ends_with("/completions") {
                        Endless(Some("data: 1\n\n".into()), abandoned.clone()).boxed()
                    } else {
                        let text = Bytes::from(format!("\"{}\"", request.uri().path()));
                        Full::new(text).boxed()
                    };
                    async move { Ok::<_, Infallible>(Response::new(body)) }
                });
                let io = TokioIo::new(socket);
                match alpn {
                    b"h2" => drop(
                        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                            .serve_connection(io, answer)
                            .await,
                    ),
                    _ => drop(hyper::server::conn::http1::Builder::new().serve_connection(io, answer).await),
                }
            });
        }
    });
    server
}

impl Secure {
    fn config(&self) -> ClientConfig {
        ClientConfig::new(KEY)
            .base_url(format!("https://localhost:{}/v1", self.address.port()))
            .ca_file(&self.ca_file)
            .max_retries(0)
            .timeout(Duration::from_secs(5))
    }

    fn seen(&self, version: Version) -> bool {
        let versions = self.versions.lock().unwrap();
        !versions.is_empty() && versions.iter().all(|seen| *seen == version)
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.ca_file);
    }
}

#[tokio::test]
async fn http2_carries_many_calls_over_one_connection() {
    let server = secure(b"h2").await;
    let engine = Engine::new(server.config()).unwrap();
    engine.call(models()).await.unwrap();
    let calls: Vec<_> = (0..64)
        .map(|number| {
            let engine = engine.clone();
            tokio::spawn(async move {
                let request =
                    Request::new(operation("models.retrieve").unwrap()).path_param(number.to_string());
                engine.call(request).await.unwrap().body
            })
        })
        .collect();
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap(), format!("\"/v1/models/{number}\""));
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    assert!(server.seen(Version::HTTP_2));
}

#[tokio::test]
async fn dropping_an_http2_stream_resets_it_and_keeps_the_connection() {
    let server = secure(b"h2").await;
    let engine = Engine::new(server.config()).unwrap();
    let mut request = chat();
    request.options.headers = vec![("content-type".into(), None)];
    let mut stream = engine.stream(request).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().data, "1");
    drop(stream);
    tokio::time::timeout(Duration::from_millis(200), server.abandoned.notified())
        .await
        .expect("the server sees the reset");
    engine.call(models()).await.unwrap();
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn racers_of_a_hedged_call_share_an_http2_connection_and_are_reset() {
    let server = secure(b"h2").await;
    let engine = Engine::new(server.config().deadline(Some(Duration::from_millis(150)))).unwrap();
    engine.call(models()).await.unwrap();
    let mut request = chat();
    request.options.hedge = Some(Hedge::new().delay(Duration::ZERO));
    let error = engine.call(request).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 2));
    tokio::time::timeout(Duration::from_millis(200), server.abandoned.notified())
        .await
        .expect("the server sees a reset");
    engine.call(models()).await.unwrap();
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn http1_over_tls_works_and_strangers_are_not_trusted() {
    let server = secure(b"http/1.1").await;
    assert!(Engine::new(server.config()).unwrap().call(models()).await.is_ok());
    assert!(server.seen(Version::HTTP_11));
    let stranger = ClientConfig::new(KEY)
        .base_url(format!("https://localhost:{}", server.address.port()))
        .max_retries(0);
    let error = Engine::new(stranger).unwrap().call(models()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.message().contains("certificate"), "{error}");
}

/// A proxy that tunnels CONNECT requests, answers others itself, and keeps the head of each.
async fn proxy() -> (SocketAddr, Arc<std::sync::Mutex<Vec<String>>>) {
    let heads = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = heads.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let log = log.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(socket.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                log.lock().unwrap().push(head.clone());
                if head.starts_with("CONNECT ") {
                    let target = head.split(' ').nth(1).unwrap();
                    let mut onward = TcpStream::connect(target).await.unwrap();
                    socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                    let _ = copy_bidirectional(&mut socket, &mut onward).await;
                } else {
                    socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
                }
            });
        }
    });
    (address, heads)
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_http_in_full() {
    let server = secure(b"h2").await;
    let (address, heads) = proxy().await;
    let through = Some(format!("http://user:pass@{address}"));
    Engine::new(server.config().proxy(through.clone())).unwrap().call(models()).await.unwrap();
    let plain = ClientConfig::new(KEY).base_url("http://api.invalid/v1").proxy(through);
    Engine::new(plain).unwrap().call(models()).await.unwrap();
    let heads = heads.lock().unwrap();
    assert!(
        heads[0].starts_with(&format!("CONNECT localhost:{} HTTP/1.1\r\n", server.address.port())),
        "{}",
        heads[0]
    );
    assert!(heads[1].starts_with("GET http://api.invalid/v1/models HTTP/1.1\r\n"), "{}", heads[1]);
    for head in heads.iter() {
        assert_eq!(header(head, "proxy-authorization"), Some("Basic dXNlcjpwYXNz"));
    }
    assert_eq!(header(&heads[0], "authorization"), None, "the key is not for the proxy");
}

#[tokio::test]
async fn a_slow_handshake_is_a_timeout_of_connecting() {
    let server = Server::start(|mut peer| async move {
        peer.closed().await;
    })
    .await;
    let config = server
        .config()
        .base_url(format!("https://{}", server.address))
        .connect_timeout(Duration::from_millis(80));
    let error = Engine::new(config).unwrap().call(models()).await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Timeout, Some(Phase::Connect)), "{error}");
}
