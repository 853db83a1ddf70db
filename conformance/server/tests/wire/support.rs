//! A client on a raw socket, which sees what a real one hides: chunk borders, terminators, FIN or RST.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use openai_oxide_replay::{Options, Replay, Suite};

/// A suite of one case, `test/case`, whose exchange is given in YAML flow or block style, two spaces deep.
pub(crate) fn options_of(exchange: &str) -> Options {
    let text = format!(
        "cases:\n- name: test/case\n  doc: A case of this test.\n  source: {{constructed: this test}}\n  call: {{operation: chat.completions.create}}\n  exchange:\n{exchange}\n"
    );
    let suite = Suite::from_text(Path::new("test.yaml"), &text).unwrap_or_else(|e| panic!("{}", e[0]));
    Options { suite, ..Options::default() }
}

pub(crate) fn replay_of(exchange: &str) -> Replay {
    Replay::start(options_of(exchange)).unwrap()
}

pub(crate) fn connect(url: &str) -> TcpStream {
    let authority = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream
}

pub(crate) fn request(method: &str, url: &str, headers: &str, body: &str) -> String {
    let path = url.splitn(4, '/').nth(3).unwrap();
    format!(
        "{method} /{path} HTTP/1.1\r\nhost: test\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What came back on one connection until the server closed it.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) bytes: Vec<u8>,
    /// The connection ended with RST instead of FIN.
    pub(crate) reset: bool,
}

impl Got {
    pub(crate) fn head(&self) -> String {
        String::from_utf8(self.bytes[..self.body_start()].to_vec()).unwrap()
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.body_start()..]
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.body()).into_owned()
    }

    fn body_start(&self) -> usize {
        self.bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a whole head") + 4
    }

    /// Data of each HTTP chunk, and whether the terminator came.
    pub(crate) fn chunks(&self) -> (Vec<Vec<u8>>, bool) {
        let (mut rest, mut chunks) = (self.body(), Vec::new());
        while let Some(line) = rest.windows(2).position(|w| w == b"\r\n") {
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
            if size == 0 {
                return (chunks, true);
            }
            chunks.push(rest[line + 2..line + 2 + size].to_vec());
            rest = &rest[line + 4 + size..];
        }
        (chunks, false)
    }
}

pub(crate) fn read_to_end(mut stream: TcpStream) -> Got {
    let mut bytes = Vec::new();
    let reset = match stream.read_to_end(&mut bytes) {
        Ok(_) => false,
        Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => true,
        Err(e) => panic!("{e} after {} bytes", bytes.len()),
    };
    Got { bytes, reset }
}

/// One POST on a connection of its own, which the client asks to be closed.
pub(crate) fn post(url: &str, body: &str) -> Got {
    let mut stream = connect(url);
    stream.write_all(request("POST", url, "connection: close\r\n", body).as_bytes()).unwrap();
    read_to_end(stream)
}

pub(crate) fn get(url: &str) -> Got {
    let mut stream = connect(url);
    stream.write_all(request("GET", url, "connection: close\r\n", "").as_bytes()).unwrap();
    read_to_end(stream)
}
