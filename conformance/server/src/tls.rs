//! The same server over TLS, for HTTP/1.1 and HTTP/2 by ALPN.
//!
//! Each HTTP/2 stream is translated to an exchange of its own on an inner HTTP/1.1 connection, so that every mode and every case
//! works on both. Each HTTP chunk becomes one DATA frame. An answer that ends without its terminator, by FIN or RST, ends its stream with
//! RST_STREAM. What only HTTP/1.1 can say (`raw`, `head_chunk`, wrong lengths) has no meaning here.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Request, Response};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

use crate::play::BEFORE_RESET;
use crate::record::chunk_line;
use crate::server::{Server, Wire};

/// A fresh authority for `localhost` and 127.0.0.1; its certificate goes to `ca.pem` in `dir`, its key nowhere.
pub(crate) fn acceptor(dir: &Path) -> io::Result<TlsAcceptor> {
    let mut ca = CertificateParams::default();
    // Named apart from the leaf's default: a leaf whose issuer has its own name counts as self-signed.
    ca.distinguished_name.push(DnType::CommonName, "openai-oxide-replay test authority");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = KeyPair::generate()
        .and_then(|key| CertifiedIssuer::self_signed(ca, key))
        .map_err(io::Error::other)?;
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let leaf = CertificateParams::new(names)
        .and_then(|params| params.signed_by(&key, &issuer))
        .map_err(io::Error::other)?;
    fs::create_dir_all(dir)?;
    fs::write(dir.join("ca.pem"), issuer.pem())?;
    let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], private))
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

pub(crate) async fn serve(server: Arc<Server>, listener: TcpListener, acceptor: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        let (server, acceptor) = (server.clone(), acceptor.clone());
        tokio::spawn(async move {
            let id = server.next_connection();
            let _ = stream.set_nodelay(true);
            let Ok(stream) = acceptor.accept(stream).await else { return };
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                let _ = http2(&server, stream, id).await;
            } else {
                let _ = server.connection(stream, id).await;
            }
        });
    }
}

impl Wire for TlsStream<TcpStream> {
    fn reset_on_drop(&self) -> io::Result<()> {
        self.get_ref().0.set_zero_linger()
    }
}

impl Wire for DuplexStream {
    /// The end of the pipe without the terminator says enough.
    fn reset_on_drop(&self) -> io::Result<()> {
        Ok(())
    }
}

async fn http2(server: &Arc<Server>, stream: TlsStream<TcpStream>, id: u64) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(accepted) = connection.accept().await {
        let (request, answer) = accepted?;
        let server = server.clone();
        tokio::spawn(async move {
            let (outer, inner) = tokio::io::duplex(64 * 1024);
            let serving = tokio::spawn(async move { server.connection(inner, id).await });
            let _ = translate(request, answer, outer).await;
            // The pipe is gone, so the server has seen the client leave, if there was anything left to send.
            let _ = serving.await;
        });
    }
    Ok(())
}

async fn translate(
    request: Request<RecvStream>,
    mut answer: SendResponse<Bytes>,
    mut pipe: DuplexStream,
) -> io::Result<()> {
    let (parts, mut body) = request.into_parts();
    let mut bytes = BytesMut::new();
    while let Some(data) = body.data().await {
        let data = data.map_err(io::Error::other)?;
        let _ = body.flow_control().release_capacity(data.len());
        bytes.extend_from_slice(&data);
    }
    let target = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    let mut head = format!("{} {target} HTTP/1.1\r\n", parts.method);
    for (name, value) in &parts.headers {
        if name != "content-length" {
            head.push_str(&format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes())));
        }
    }
    head.push_str(&format!("connection: close\r\ncontent-length: {}\r\n\r\n", bytes.len()));
    pipe.write_all(head.as_bytes()).await?;
    pipe.write_all(&bytes).await?;

    let mut buffer = BytesMut::new();
    let (response, chunked) = loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = buffer.split_to(end + 4);
            match response_head(&head) {
                // Interim answers are of no interest to a client of HTTP/2.
                Some((response, _)) if response.status().is_informational() => continue,
                Some(head) => break head,
                None => return reset(&mut answer),
            }
        }
        let leaving = std::future::poll_fn(|cx| answer.poll_reset(cx));
        tokio::select! {
            read = pipe.read_buf(&mut buffer) => if read? == 0 {
                return reset(&mut answer);
            },
            _ = leaving => return Ok(()),
        }
    };
    let length =
        response.headers().get("content-length").and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    let mut stream = answer.send_response(response, false).map_err(io::Error::other)?;
    let mut left = if chunked { None } else { length };
    loop {
        while chunked && let Some((size, from)) = chunk_line(&buffer) {
            if buffer.len() < from + size + 2 {
                break;
            }
            buffer.advance(from);
            let data = buffer.split_to(size).freeze();
            buffer.advance(2);
            send(&mut stream, data, size == 0).await?;
            if size == 0 {
                return Ok(());
            }
        }
        if !chunked {
            let data = buffer.split().freeze();
            left = left.map(|left| left.saturating_sub(data.len()));
            send(&mut stream, data, left == Some(0)).await?;
            if left == Some(0) {
                return Ok(());
            }
        }
        let leaving = std::future::poll_fn(|cx| stream.poll_reset(cx));
        let read = tokio::select! {
            read = pipe.read_buf(&mut buffer) => read?,
            _ = leaving => return Ok(()),
        };
        if read == 0 {
            // Only a body without any framing may end so.
            if !chunked && left.is_none() {
                return send(&mut stream, Bytes::new(), true).await;
            }
            // A reset overtakes the frames that still wait.
            tokio::time::sleep(BEFORE_RESET).await;
            stream.send_reset(Reason::INTERNAL_ERROR);
            return Ok(());
        }
    }
}

fn reset(answer: &mut SendResponse<Bytes>) -> io::Result<()> {
    answer.send_reset(Reason::INTERNAL_ERROR);
    Ok(())
}

/// Sends as the client's window allows.
async fn send(stream: &mut SendStream<Bytes>, mut data: Bytes, last: bool) -> io::Result<()> {
    while !data.is_empty() {
        stream.reserve_capacity(data.len());
        let capacity = std::future::poll_fn(|cx| stream.poll_capacity(cx)).await;
        let ready = capacity.ok_or(io::ErrorKind::ConnectionReset)?.map_err(io::Error::other)?;
        stream.send_data(data.split_to(ready.min(data.len())), false).map_err(io::Error::other)?;
    }
    if last { stream.send_data(Bytes::new(), true).map_err(io::Error::other) } else { Ok(()) }
}

/// Status and headers, less those of the inner connection; and whether the body is chunked.
fn response_head(head: &[u8]) -> Option<(Response<()>, bool)> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n");
    let mut response = Response::new(());
    *response.status_mut() = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers.append(http::HeaderName::try_from(name).ok()?, value.parse().ok()?);
    }
    headers.remove("connection");
    let chunked = headers.remove("transfer-encoding").is_some();
    *response.headers_mut() = headers;
    Some((response, chunked))
}
