//! Listens, reads requests, and hands each to the mode that its path names.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::bench::Bench;
use crate::case::{Chunk, ConnectFault};
use crate::deaf::DeafPorts;
use crate::free;
use crate::http::{WireRequest, read_request};
use crate::judge::{decode_query, percent_decode};
use crate::play::{self, Outcome, Tempo};
use crate::record::Recorder;
use crate::runs::Runs;
use crate::suite::{LoadedCase, Suite};

/// What requests come over and answers leave by.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin {
    /// From now on the connection ends with RST instead of FIN.
    fn reset_on_drop(&self) -> io::Result<()>;
}

impl Wire for TcpStream {
    fn reset_on_drop(&self) -> io::Result<()> {
        self.set_zero_linger()
    }
}

pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) suite: Suite,
    pub(crate) pace: Duration,
    pub(crate) recorder: Option<Recorder>,
    pub(crate) deaf: DeafPorts,
    pub(crate) runs: Runs,
    pub(crate) bench: Bench,
    pub(crate) connections: AtomicU64,
}

impl Server {
    /// Accepts until the runtime goes.
    pub(crate) async fn serve(self: Arc<Server>, listener: TcpListener) {
        loop {
            // Out of file descriptors: the next accept may succeed again.
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            let server = self.clone();
            tokio::spawn(async move {
                let id = server.next_connection();
                let _ = stream.set_nodelay(true);
                // A client that breaks the protocol or leaves ends its own connection only.
                let _ = server.connection(stream, id).await;
            });
        }
    }

    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    /// Requests and answers in turn, until one side has enough.
    pub(crate) async fn connection<W: Wire>(&self, mut stream: W, id: u64) -> io::Result<()> {
        let mut buffer = BytesMut::with_capacity(8 * 1024);
        loop {
            let request = match read_request(&mut stream, &mut buffer).await {
                Ok(Some(request)) => request,
                Ok(None) => return Ok(()),
                Err(e) => {
                    reply(&mut stream, 400, &error_body(&format!("replay: {e}"))).await?;
                    return Err(e);
                }
            };
            match self.exchange(&mut stream, &mut buffer, &request, id).await? {
                Outcome::KeepAlive => {}
                Outcome::Reset => return stream.reset_on_drop(),
                Outcome::ClientLeft(_) => return Ok(()),
                Outcome::Close => {
                    stream.shutdown().await?;
                    // Closing with unread bytes in the socket would turn the FIN into RST.
                    let _ = tokio::time::timeout(Duration::from_secs(1), drain(&mut stream)).await;
                    return Ok(());
                }
            }
        }
    }

    async fn exchange<W: Wire>(
        &self,
        stream: &mut W,
        buffer: &mut BytesMut,
        request: &WireRequest,
        connection: u64,
    ) -> io::Result<Outcome> {
        let (path, query) = request.path_and_query();
        let keep_alive = if request.keep_alive { Outcome::KeepAlive } else { Outcome::Close };
        if let Some(path) = path.strip_prefix("/bench/v1") {
            self.bench.answer(stream, request, path).await?;
            return Ok(keep_alive);
        }
        if let Some(path) = path.strip_prefix("/v1") {
            return self.free(stream, buffer, request, path).await;
        }
        let (status, body) = match *path.splitn(5, '/').skip(1).collect::<Vec<_>>().as_slice() {
            ["case", run, name, rest] => {
                let name = percent_decode(name, false);
                match self.suite.get(&name) {
                    Some(case) => {
                        let path = rest.strip_prefix("v1").unwrap_or(rest);
                        return Ok(self
                            .attempt(stream, buffer, request, connection, run, case, path, query)
                            .await);
                    }
                    None => (404, error_body(&format!("replay: no case named {name}"))),
                }
            }
            ["_replay", "report", run] => {
                let patience = match decode_query(query).as_slice() {
                    [(key, seconds)] if key == "wait" => seconds.parse().unwrap_or(1.0),
                    _ => 1.0,
                };
                let report = self.runs.report(run, Duration::from_secs_f64(patience)).await;
                (200, serde_json::to_string(&report)?)
            }
            ["_replay", "base", run, name] => self.open_run(run, &percent_decode(name, false), query),
            _ => (404, error_body(&format!("replay: nothing is served at {path}"))),
        };
        reply(stream, status, &body).await?;
        Ok(keep_alive)
    }

    /// A call outside any run: recorded, or answered by what was recorded before.
    async fn free<W: Wire>(
        &self,
        stream: &mut W,
        buffer: &mut BytesMut,
        request: &WireRequest,
        path: &str,
    ) -> io::Result<Outcome> {
        if let Some(recorder) = &self.recorder {
            if let Err(e) = recorder.forward(stream, request, path).await {
                return Ok(refuse(stream, 502, &format!("replay: {e}")).await);
            }
            return Ok(Outcome::Close);
        }
        let Some(case) = free::find(&self.suite, request, path) else {
            let message = format!("replay: no case answers {} /v1{path}", request.method);
            return Ok(refuse(stream, 404, &message).await);
        };
        let (Some(Some(rendered)), Some(exchange)) = (case.rendered.first(), case.case.exchange.first())
        else {
            return Ok(Outcome::Close);
        };
        let Some(response) = &exchange.response else { return Ok(Outcome::Close) };
        let tempo = Tempo { chunk: Some(rendered.default_chunk()), pace: Some(self.pace.as_secs_f64()) };
        Ok(play::play(stream, buffer, request, response, rendered, &tempo, &mut 0).await)
    }

    /// Announces a run and names its base URL.
    fn open_run(&self, run: &str, name: &str, query: &str) -> (u16, String) {
        let Some(case) = self.suite.get(name) else {
            return (404, error_body(&format!("replay: no case named {name}")));
        };
        let mut tempo = Tempo::default();
        for (key, value) in decode_query(query) {
            match (key.as_str(), value.parse::<Chunk>()) {
                ("chunk", Ok(given)) => tempo.chunk = Some(given),
                ("chunk", Err(e)) => return (400, error_body(&format!("replay: {e}"))),
                _ => return (400, error_body(&format!("replay: unknown parameter {key}"))),
            }
        }
        let port = match case.case.exchange.first().and_then(|e| e.connect) {
            None => self.port,
            Some(ConnectFault::Refuse) => self.deaf.refusing,
            Some(ConnectFault::Stall) => self.deaf.stalling,
        };
        self.runs.open(run, case, tempo);
        let segment = name.replace('/', "%2F");
        let base = format!("http://127.0.0.1:{port}/case/{run}/{segment}/v1");
        (200, format!("{{\"base_url\":\"{base}\"}}"))
    }

    /// One request of a run, answered by the entry of the exchange whose turn it is.
    #[allow(clippy::too_many_arguments)]
    async fn attempt<W: Wire>(
        &self,
        stream: &mut W,
        buffer: &mut BytesMut,
        request: &WireRequest,
        connection: u64,
        run: &str,
        case: &Arc<LoadedCase>,
        path: &str,
        query: &str,
    ) -> Outcome {
        let (attempt, tempo) = self.runs.arrived(run, case, connection, request, path, query);
        let mut sent = 0;
        let exchange = case.case.exchange.get(attempt);
        let rendered = case.rendered.get(attempt).and_then(Option::as_ref);
        let outcome = match (exchange, rendered) {
            (Some(exchange), Some(rendered)) if exchange.response.is_some() => {
                let response = exchange.response.as_ref().expect("checked by the guard");
                play::play(stream, buffer, request, response, rendered, &tempo, &mut sent).await
            }
            (Some(exchange), _) if exchange.fault.is_some() => {
                play::fault(stream, buffer, exchange.fault.expect("checked by the guard")).await
            }
            (Some(exchange), _) if exchange.websocket.is_some() => {
                refuse(stream, 501, "replay: WebSocket exchanges are not supported yet").await
            }
            (Some(_), _) => {
                refuse(stream, 501, "replay: ask /_replay/base for the base URL of this case").await
            }
            // A status that no client retries, so that one surplus attempt does not become many.
            (None, _) => refuse(stream, 400, "replay: the case expects no further request").await,
        };
        let left = match outcome {
            Outcome::ClientLeft(after) => Some(after),
            _ => None,
        };
        self.runs.answered(run, attempt, sent, left);
        outcome
    }
}

async fn refuse<W: Wire>(stream: &mut W, status: u16, message: &str) -> Outcome {
    let _ = reply(stream, status, &error_body(message)).await;
    Outcome::Close
}

async fn drain<W: Wire>(stream: &mut W) -> io::Result<u64> {
    tokio::io::copy(stream, &mut tokio::io::sink()).await
}

/// The shape of the API's own errors, so that clients show the message.
fn error_body(message: &str) -> String {
    serde_json::json!({"error": {"message": message, "type": "replay_error", "param": null, "code": null}})
        .to_string()
}

async fn reply<W: Wire>(stream: &mut W, status: u16, body: &str) -> io::Result<()> {
    let reason = play::reason(status);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).await
}
