//! Writes one response onto a connection, cut, delayed and ended as the case says, while watching whether the
//! client leaves before the end.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;

use crate::body::{Body, Rendered};
use crate::case::{Chunk, Ending, Framing, HeaderValues, Response};
use crate::http::WireRequest;

/// Data that has not been read yet is lost to some clients when RST arrives, so it gets this head start.
pub(crate) const BEFORE_RESET: Duration = Duration::from_millis(50);
/// A stalled response ends by itself after this, should the client never give up.
const LONGEST_STALL: Duration = Duration::from_secs(300);

/// What becomes of the connection afterwards.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    KeepAlive,
    /// Close with FIN.
    Close,
    /// Close with RST.
    Reset,
    /// The client closed before the end, this long after the request had arrived.
    ClientLeft(Duration),
}

/// What a run changes in the case it plays.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tempo {
    pub(crate) chunk: Option<Chunk>,
    /// Seconds between chunks, in place of all pauses of the case.
    pub(crate) pace: Option<f64>,
}

/// Plays `response`. Bytes that a client pipelines meanwhile are kept in `buffer`.
pub(crate) async fn play<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
    request: &WireRequest,
    response: &Response,
    rendered: &Rendered,
    tempo: &Tempo,
    sent: &mut u64,
) -> Outcome {
    let started = Instant::now();
    let plan = Plan::new(request, response, rendered, tempo);
    let (reader, mut writer) = tokio::io::split(stream);
    let writing = async {
        plan.write(&mut writer, sent).await?;
        if response.end == Ending::Stall {
            sleep(LONGEST_STALL).await;
        }
        Ok(())
    };
    let left = until_closed(reader, buffer, writing).await;
    match (left, response.end) {
        (true, _) => Outcome::ClientLeft(started.elapsed()),
        (_, Ending::Close | Ending::Stall) => Outcome::Close,
        (_, Ending::Reset) => {
            sleep(BEFORE_RESET).await;
            Outcome::Reset
        }
        (_, Ending::Done) if plan.keep_alive => Outcome::KeepAlive,
        (_, Ending::Done) => Outcome::Close,
    }
}

/// Ends the exchange without a byte of response.
pub(crate) async fn fault<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
    ending: Ending,
) -> Outcome {
    let started = Instant::now();
    match ending {
        Ending::Done | Ending::Close => Outcome::Close,
        Ending::Reset => Outcome::Reset,
        Ending::Stall => {
            let silence = async {
                sleep(LONGEST_STALL).await;
                Ok(())
            };
            match until_closed(stream, buffer, silence).await {
                true => Outcome::ClientLeft(started.elapsed()),
                false => Outcome::Close,
            }
        }
    }
}

/// Runs `work` to its end; true when the peer closed, or a write failed, before that.
async fn until_closed<R: AsyncRead + Unpin>(
    mut reader: R,
    buffer: &mut BytesMut,
    work: impl Future<Output = io::Result<()>>,
) -> bool {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done.is_err(),
            read = reader.read_buf(buffer) => if !matches!(read, Ok(n) if n > 0) {
                return true;
            },
        }
    }
}

/// The bytes in order of sending, and the pace.
struct Plan<'a> {
    response: &'a Response,
    head: Vec<u8>,
    body: Body,
    chunked: bool,
    cuts: crate::body::Cuts,
    keep_alive: bool,
    pace: Option<f64>,
}

impl<'a> Plan<'a> {
    fn new(request: &WireRequest, response: &'a Response, rendered: &Rendered, tempo: &Tempo) -> Plan<'a> {
        let mut framing = response.framing.unwrap_or(match response.sse {
            Some(_) => Framing::Chunked,
            None => Framing::Length,
        });
        let status = response.status.unwrap_or(200);
        let mut body = rendered.body.clone();
        let bodiless = request.method == "HEAD" || status == 204 || status == 304;
        if bodiless {
            body = Body::default();
        }
        let head = match response.raw {
            Some(_) => {
                framing = Framing::Eof;
                Vec::new()
            }
            None => head(response, rendered, status, framing, bodiless && status != 200),
        };
        if framing == Framing::Raw && !bodiless {
            body = one_http_chunk(&body, response.end == Ending::Done);
        }
        let chunk = tempo
            .chunk
            .as_ref()
            .or(response.chunk.as_ref())
            .cloned()
            .unwrap_or_else(|| rendered.default_chunk());
        let says_close = |(name, values): (&String, &HeaderValues)| {
            name.eq_ignore_ascii_case("connection") && values.0.iter().any(|value| value == "close")
        };
        let closes = response.headers.iter().any(says_close);
        Plan {
            keep_alive: request.keep_alive && framing != Framing::Eof && !closes,
            chunked: framing == Framing::Chunked && !bodiless,
            cuts: rendered.cuts(&chunk),
            pace: tempo.pace,
            response,
            head,
            body,
        }
    }

    async fn write<W: AsyncWrite + Unpin>(&self, writer: &mut W, sent: &mut u64) -> io::Result<()> {
        let response = self.response;
        pause(self.pace.map_or(response.head_delay, |_| 0.0)).await;
        let step = response.head_chunk.unwrap_or(usize::MAX).max(1);
        for (index, part) in self.head.chunks(step).enumerate() {
            if index > 0 {
                pause(response.delay).await;
            }
            writer.write_all(part).await?;
        }
        let (mut from, mut index) = (0, 0);
        let mut cursor = self.body.cursor();
        while from < self.body.len() {
            pause(self.pause_before(index)).await;
            let end = self.cuts.end_after(from, self.body.len());
            self.write_chunk(writer, &mut cursor, end - from, sent).await?;
            (from, index) = (end, index + 1);
        }
        if self.pace.is_none() {
            pause(response.pause_at.get(&index).copied().unwrap_or(0.0)).await;
        }
        if self.chunked && response.end == Ending::Done {
            writer.write_all(b"0\r\n\r\n").await?;
        }
        writer.flush().await
    }

    fn pause_before(&self, index: usize) -> f64 {
        let between = if index == 0 { 0.0 } else { self.pace.unwrap_or(self.response.delay) };
        match self.pace {
            Some(_) => between,
            None => self.response.pause_at.get(&index).copied().unwrap_or(between),
        }
    }

    /// One chunk in one TCP write; only very long ones go out in several.
    async fn write_chunk<W: AsyncWrite + Unpin>(
        &self,
        writer: &mut W,
        cursor: &mut crate::body::Cursor<'_>,
        len: u64,
        sent: &mut u64,
    ) -> io::Result<()> {
        const TOGETHER: usize = 256 * 1024;
        let mut out = Vec::new();
        if self.chunked {
            out.extend_from_slice(format!("{len:x}\r\n").as_bytes());
        }
        let mut left = len;
        while left > 0 {
            let bytes: Bytes = cursor.next(left).ok_or(io::ErrorKind::UnexpectedEof)?;
            left -= bytes.len() as u64;
            out.extend_from_slice(&bytes);
            if out.len() >= TOGETHER {
                writer.write_all(&out).await?;
                *sent += std::mem::take(&mut out).len() as u64;
            }
        }
        if self.chunked {
            out.extend_from_slice(b"\r\n");
        }
        writer.write_all(&out).await?;
        *sent += out.len() as u64;
        Ok(())
    }
}

fn one_http_chunk(body: &Body, terminated: bool) -> Body {
    let mut framed = Body::default();
    framed.push(format!("{:x}\r\n", body.len()));
    framed.append(body);
    framed.push(&b"\r\n"[..]);
    if terminated {
        framed.push(&b"0\r\n\r\n"[..]);
    }
    framed
}

fn head(
    response: &Response,
    rendered: &Rendered,
    status: u16,
    framing: Framing,
    no_framing: bool,
) -> Vec<u8> {
    let mut lines = String::new();
    for status in &response.interim {
        lines.push_str(&format!("HTTP/1.1 {status} {}\r\n\r\n", reason(*status)));
    }
    let reason = response.reason.as_deref().unwrap_or_else(|| reason(status));
    lines.push_str(&format!("HTTP/1.1 {status} {reason}\r\n"));
    let mut defaults = vec![];
    if rendered.body.len() > 0 {
        defaults.push(("content-type", rendered.content_type.to_owned()));
    }
    if let Some(encoding) = rendered.content_encoding {
        defaults.push(("content-encoding", encoding.to_owned()));
    }
    match framing {
        _ if no_framing => {}
        Framing::Length => defaults.push(("content-length", rendered.body.len().to_string())),
        Framing::Chunked | Framing::Raw => defaults.push(("transfer-encoding", "chunked".to_owned())),
        Framing::Eof => defaults.push(("connection", "close".to_owned())),
    }
    let given = |name: &str| response.headers.keys().any(|k| k.eq_ignore_ascii_case(name));
    for (name, value) in defaults.iter().filter(|(name, _)| !given(name)) {
        lines.push_str(&format!("{name}: {value}\r\n"));
    }
    for (name, values) in &response.headers {
        for value in &values.0 {
            lines.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    lines.push_str("\r\n");
    lines.into_bytes()
}

async fn pause(seconds: f64) {
    if seconds > 0.0 {
        sleep(Duration::from_secs_f64(seconds)).await;
    }
}

/// The usual phrase of a status; clients must not depend on it.
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        103 => "Early Hints",
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        409 => "Conflict",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}
