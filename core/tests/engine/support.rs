//! A server that says exactly the bytes a test tells it to, on a port of its own.

use openai_oxide::engine::{ClientConfig, Engine, Request, operation};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const KEY: &str = "sk-test-0123456789abcdef";

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

/// One accepted connection, in the test's hands.
pub(crate) struct Peer {
    pub(crate) socket: TcpStream,
    /// Which connection of the server this is, from 0.
    pub(crate) number: usize,
    unread: Vec<u8>,
}

impl Server {
    /// Runs `serve` for every connection. A panic in it closes the connection, which the client's side of the test sees.
    pub(crate) async fn start<F, S>(serve: F) -> Self
    where
        F: Fn(Peer) -> S + Send + Sync + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = connections.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                socket.set_nodelay(true).unwrap();
                let number = counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(Peer { socket, number, unread: Vec::new() }));
            }
        });
        Self { address, connections }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn config(&self) -> ClientConfig {
        ClientConfig::new(KEY)
            .base_url(format!("http://{}/v1", self.address))
            .max_retries(0)
            .timeout(Duration::from_secs(5))
    }

    pub(crate) fn engine(&self) -> Engine {
        Engine::new(self.config()).unwrap()
    }
}

impl Peer {
    /// The next request, head and body as one text; `None` when the client has closed.
    pub(crate) async fn request(&mut self) -> Option<String> {
        let mut buffer = [0; 16384];
        loop {
            let text = String::from_utf8_lossy(&self.unread).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = match header(head, "transfer-encoding") {
                    Some(_) => body.find("\r\n0\r\n\r\n").map_or(usize::MAX, |end| end + 7),
                    None => header(head, "content-length").map_or(0, |value| value.parse().unwrap()),
                };
                if body.len() >= length {
                    let size = head.len() + 4 + length;
                    self.unread.drain(..size);
                    return Some(text[..size].to_owned());
                }
            }
            match self.socket.read(&mut buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.unread.extend_from_slice(&buffer[..count]),
            }
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.socket.write_all(bytes.as_ref()).await;
    }

    pub(crate) async fn json(&mut self, status: &str, body: &str) {
        self.send(format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nx-request-id: req_1\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
            .await;
    }

    /// Headers of an event stream in chunked coding.
    pub(crate) async fn open_stream(&mut self) {
        self.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req_1\r\ntransfer-encoding: chunked\r\n\r\n").await;
    }

    pub(crate) async fn chunk(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
        framed.extend_from_slice(bytes);
        framed.extend_from_slice(b"\r\n");
        self.send(framed).await;
    }

    /// Waits for the client to close, and says how long that took.
    pub(crate) async fn closed(&mut self) -> Duration {
        let start = std::time::Instant::now();
        let mut buffer = [0; 1024];
        while !matches!(self.socket.read(&mut buffer).await, Ok(0) | Err(_)) {}
        start.elapsed()
    }

    /// Ends the connection with RST instead of FIN.
    pub(crate) fn reset(self) {
        self.socket.set_zero_linger().unwrap();
    }
}

pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        line.split_once(':').filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    })
}

pub(crate) fn chat() -> Request {
    Request::new(operation("chat.completions.create").unwrap()).json(&br#"{"model":"m","messages":[]}"#[..])
}

pub(crate) fn models() -> Request {
    Request::new(operation("models.list").unwrap())
}

pub(crate) fn responses() -> Request {
    Request::new(operation("responses.create").unwrap()).json(&b"{}"[..])
}

/// Serves the answers in turn, one per request, and keeps the requests.
pub(crate) async fn scripted(answers: Vec<String>) -> (Server, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let server = Server::start(move |mut peer| {
        let (log, answers) = (log.clone(), answers.clone());
        async move {
            while let Some(request) = peer.request().await {
                let index = {
                    let mut log = log.lock().unwrap();
                    log.push(request);
                    log.len() - 1
                };
                match answers.get(index).map(String::as_str) {
                    Some("reset") | None => return peer.reset(),
                    Some("close") => return,
                    Some(answer) => peer.send(answer).await,
                }
            }
        }
    })
    .await;
    (server, seen)
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}
