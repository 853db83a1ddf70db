//! The reading half of a small HTTP/1.1 server: requests as they stood on the wire, nothing normalised.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// No client of ours sends more; a stray peer must not fill the memory.
const LONGEST_HEAD: usize = 1 << 20;

#[derive(Debug)]
pub(crate) struct WireRequest {
    pub(crate) method: String,
    /// Path and query as sent.
    pub(crate) target: String,
    /// Names as sent, in order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) keep_alive: bool,
}

impl WireRequest {
    pub(crate) fn header_values(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header_values(name).first().copied()
    }

    /// Path and query, split at the first `?`.
    pub(crate) fn path_and_query(&self) -> (&str, &str) {
        self.target.split_once('?').unwrap_or((&self.target, ""))
    }
}

fn malformed(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.to_owned())
}

/// The next request of a connection; `None` when the client closed it between requests.
pub(crate) async fn read_request<S>(stream: &mut S, buffer: &mut BytesMut) -> io::Result<Option<WireRequest>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let head_end = loop {
        if let Some(end) = find(buffer, b"\r\n\r\n") {
            break end + 4;
        }
        if buffer.len() > LONGEST_HEAD {
            return Err(malformed("request head is longer than 1 MiB"));
        }
        if stream.read_buf(buffer).await? == 0 {
            return if buffer.is_empty() {
                Ok(None)
            } else {
                Err(malformed("connection closed inside a request head"))
            };
        }
    };
    let head = buffer.split_to(head_end);
    let mut request = parse_head(&head)?;
    let chunked = request.header("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked"));
    let length = match request.header("content-length") {
        Some(digits) => digits.parse().map_err(|_| malformed("content-length is not a number"))?,
        None => 0,
    };
    if request.header("expect").is_some_and(|v| v.eq_ignore_ascii_case("100-continue")) && buffer.is_empty() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    if chunked {
        request.body = read_chunked(stream, buffer).await?;
    } else {
        fill(stream, buffer, length).await?;
        request.body = buffer.split_to(length).to_vec();
    }
    Ok(Some(request))
}

async fn fill<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut BytesMut, length: usize) -> io::Result<()> {
    buffer.reserve(length.saturating_sub(buffer.len()));
    while buffer.len() < length {
        if stream.read_buf(buffer).await? == 0 {
            return Err(malformed("connection closed inside a request body"));
        }
    }
    Ok(())
}

async fn read_chunked<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut BytesMut) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = loop {
            match find(buffer, b"\r\n") {
                Some(end) => break end,
                None => fill(stream, buffer, buffer.len() + 1).await?,
            }
        };
        let line = buffer.split_to(line_end);
        buffer.advance(2);
        let digits = std::str::from_utf8(&line).ok().and_then(|l| l.split(';').next()).unwrap_or_default();
        let size = usize::from_str_radix(digits.trim(), 16).map_err(|_| malformed("bad chunk size"))?;
        fill(stream, buffer, size + 2).await?;
        body.extend_from_slice(&buffer[..size]);
        buffer.advance(size + 2);
        if size == 0 {
            return Ok(body);
        }
    }
}

fn parse_head(head: &[u8]) -> io::Result<WireRequest> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
        return Err(malformed("bad request line"));
    };
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) =
                line.split_once(':').ok_or_else(|| malformed("header line without a colon"))?;
            Ok((name.to_owned(), value.trim().to_owned()))
        })
        .collect::<io::Result<_>>()?;
    let connection =
        headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("connection")).map(|(_, v)| v.as_str());
    let keep_alive = version == "HTTP/1.1" && !connection.is_some_and(|v| v.eq_ignore_ascii_case("close"));
    Ok(WireRequest {
        method: method.to_owned(),
        target: target.to_owned(),
        keep_alive,
        headers,
        body: Vec::new(),
    })
}

pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
