//! Requests that no server has processed: sent again at once, whatever their method, without costing a retry.

use crate::secure::acceptor;
use crate::support::*;
use openai_oxide::engine::*;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;

const HEADERS: u8 = 1;
const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;

/// What the server does about a request.
#[derive(Clone, Copy, PartialEq)]
enum Act {
    Answer,
    Reset(u32),
    /// GOAWAY that names this stream as the last one; the connection stays.
    GoAway(u32, u32),
    Close,
}

/// An HTTP/2 server of bare frames. It serves the acts in turn, one list of them per request, over all connections.
struct Frames {
    config: ClientConfig,
    /// Connection and stream of each request.
    seen: Arc<Mutex<Vec<(usize, u32)>>>,
    ca_file: PathBuf,
}

impl Drop for Frames {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.ca_file);
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

async fn serve(mut socket: TlsStream<TcpStream>, mut next: impl FnMut(u32) -> Vec<Act>) {
    let mut preface = [0; 24];
    let _ = socket.read_exact(&mut preface).await;
    let _ = socket.write_all(&frame(4, 0, 0, &[])).await;
    let mut head = [0; 9];
    while socket.read_exact(&mut head).await.is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        let _ = socket.read_exact(&mut payload).await;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        if head[3] != HEADERS {
            continue;
        }
        for act in next(stream) {
            let reply = match act {
                Act::Answer => {
                    // `:status: 200` of the static table, and a body that ends the stream.
                    [frame(HEADERS, 4, stream, &[0x88]), frame(0, 1, stream, b"{}")].concat()
                }
                Act::Reset(code) => frame(3, 0, stream, &code.to_be_bytes()),
                Act::GoAway(last, code) => frame(7, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat()),
                Act::Close => return,
            };
            let _ = socket.write_all(&reply).await;
        }
    }
}

async fn frames(acts: Vec<Vec<Act>>) -> Frames {
    let (acceptor, pem) = acceptor(b"h2");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ca_file =
        std::env::temp_dir().join(format!("oxide-refused-{}-{}", std::process::id(), address.port()));
    std::fs::write(&ca_file, pem).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    tokio::spawn(async move {
        for connection in 0.. {
            let Ok((socket, _)) = listener.accept().await else { return };
            let (acceptor, log, acts) = (acceptor.clone(), log.clone(), acts.clone());
            tokio::spawn(async move {
                let Ok(socket) = acceptor.accept(socket).await else { return };
                let next = |stream| {
                    let mut log = log.lock().unwrap();
                    log.push((connection, stream));
                    acts.get(log.len() - 1).or(acts.last()).cloned().unwrap()
                };
                serve(socket, next).await;
            });
        }
    });
    let config = ClientConfig::new(KEY)
        .base_url(format!("https://localhost:{}/v1", address.port()))
        .ca_file(&ca_file)
        .max_retries(0)
        .timeout(std::time::Duration::from_secs(5));
    Frames { config, seen, ca_file }
}

async fn call(server: &Frames) -> Result<u32, Error> {
    Engine::new(server.config.clone()).unwrap().call(chat()).await.map(|reply| reply.attempts)
}

#[tokio::test]
async fn a_refused_http2_stream_is_sent_again() {
    let server = frames(vec![vec![Act::Reset(REFUSED_STREAM)], vec![Act::Answer]]).await;
    assert_eq!(call(&server).await.unwrap(), 2);
    assert_eq!(*server.seen.lock().unwrap(), [(0, 1), (0, 3)]);
}

#[tokio::test]
async fn a_stream_that_a_goaway_leaves_out_is_sent_again() {
    for code in [NO_ERROR, ENHANCE_YOUR_CALM] {
        for after in [vec![], vec![Act::Close]] {
            let goaway = [vec![Act::GoAway(0, code)], after].concat();
            let server = frames(vec![goaway, vec![Act::Answer]]).await;
            assert!(call(&server).await.unwrap() >= 2);
            assert_eq!(*server.seen.lock().unwrap(), [(0, 1), (1, 1)]);
        }
    }
}

#[tokio::test]
async fn a_connection_that_has_said_goodbye_is_not_asked_again_though_it_still_works() {
    let server = frames(vec![vec![], vec![Act::GoAway(1, NO_ERROR)], vec![Act::Answer]]).await;
    let engine = Engine::new(server.config.clone()).unwrap();
    let pending = tokio::spawn({
        let engine = engine.clone();
        async move { engine.call(chat()).await }
    });
    while server.seen.lock().unwrap().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    engine.call(chat()).await.unwrap();
    assert_eq!(*server.seen.lock().unwrap(), [(0, 1), (0, 3), (1, 1)]);
    assert!(!pending.is_finished());
}

#[tokio::test]
async fn a_stream_that_a_goaway_covers_gets_its_answer() {
    let server = frames(vec![vec![Act::GoAway(1, NO_ERROR), Act::Answer]]).await;
    assert_eq!(call(&server).await.unwrap(), 1);
}

#[tokio::test]
async fn what_may_have_been_processed_is_not_sent_again() {
    for acts in [
        vec![Act::GoAway(1, NO_ERROR), Act::Close],
        vec![Act::GoAway(1, INTERNAL_ERROR), Act::Close],
        vec![Act::Reset(INTERNAL_ERROR)],
        vec![Act::Close],
    ] {
        let server = frames(vec![acts, vec![Act::Answer]]).await;
        let error = call(&server).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1), "{error}");
        assert_eq!(server.seen.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_refuses_everything_is_left_in_peace() {
    let server = frames(vec![vec![Act::Reset(REFUSED_STREAM)]]).await;
    let error = call(&server).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 5));
    assert_eq!(server.seen.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn a_kept_connection_that_closes_costs_a_get_nothing_and_a_post_its_retries() {
    for end in ["close", "reset"] {
        for (request, resent) in [(models as fn() -> Request, true), (chat, false)] {
            let good = answer("200 OK", "", "{}");
            let (server, seen) = scripted(vec![good.clone(), end.into(), good]).await;
            let engine = server.engine();
            engine.call(request()).await.unwrap();
            // Until the connection is back in the pool.
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            let result = engine.call(request()).await;
            assert_eq!(
                result.as_ref().map_or_else(Error::attempts, |reply| reply.attempts),
                1 + u32::from(resent)
            );
            assert_eq!(
                (result.is_ok(), seen.lock().unwrap().len()),
                (resent, 2 + usize::from(resent)),
                "{end}"
            );
        }
    }
}

#[tokio::test]
async fn a_new_connection_that_closes_is_a_failure() {
    let (server, seen) = scripted(vec!["close".into(), answer("200 OK", "", "{}")]).await;
    let error = server.engine().call(models()).await.unwrap_err();
    assert_eq!((error.kind(), seen.lock().unwrap().len()), (ErrorKind::Connection, 1));
}
