//! The same exchanges over TLS and HTTP/2.

use std::sync::Arc;

use openai_oxide_replay::Replay;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::options_of;

/// DATA frames of one POST, and the reason if the stream was reset.
fn post_http2(replay: &Replay, ca: &std::path::Path, path: &str) -> (Vec<Vec<u8>>, Option<h2::Reason>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca.join("ca.pem")).unwrap()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let url = replay.tls_url().unwrap();
        let tcp = tokio::net::TcpStream::connect(url.strip_prefix("https://").unwrap()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let tls = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
        let (mut client, connection) = h2::client::handshake(tls).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::post(format!("{url}{path}")).header("x-any", "1").body(()).unwrap();
        let (response, mut body) = client.send_request(request, false).unwrap();
        body.send_data(bytes::Bytes::from_static(b"{\"a\":1}"), true).unwrap();
        let mut response = match response.await {
            Ok(response) => response.into_body(),
            Err(e) => return (Vec::new(), e.reason()),
        };
        let mut frames = Vec::new();
        while let Some(frame) = response.data().await {
            match frame {
                Ok(data) if data.is_empty() => {}
                Ok(data) => frames.push(data.to_vec()),
                Err(e) => return (frames, e.reason()),
            }
        }
        (frames, None)
    })
}

#[test]
fn http2_plays_and_judges_the_same_cases() {
    let ca = std::env::temp_dir().join(format!("replay-tls-{}", std::process::id()));
    let exchange = "  - request: {method: POST, path: /x, headers: {x-any: 1}, body: {a: 1}}\n    response: {sse: [{data: 1}, {data: 2}], delay: 0.05}\n  - response: {sse: [{data: 1}], end: close}\n  - fault: reset";
    let replay =
        Replay::start(openai_oxide_replay::Options { tls: Some(ca.clone()), ..options_of(exchange) })
            .unwrap();
    let path = "/case/1/test%2Fcase/v1/x";
    let reset = Some(h2::Reason::INTERNAL_ERROR);
    let first = b"data: 1\n\n".to_vec();
    assert_eq!(post_http2(&replay, &ca, path), (vec![first.clone(), b"data: 2\n\n".to_vec()], None));
    assert_eq!(post_http2(&replay, &ca, path), (vec![first], reset));
    assert_eq!(post_http2(&replay, &ca, path), (vec![], reset));
    assert_eq!((replay.report("1").attempts, replay.report("1").mismatches), (3, vec![]));
    std::fs::remove_dir_all(ca).unwrap();
}
