//! Multipart bodies: parts in, a boundary and the pieces to send out. The same pieces serve every attempt.
//!
//! Bytes are sent from where they lie, and files and feeds are read while they are sent, so a body costs no copy of its content.
//! Names are quoted as browsers do (WHATWG HTML): no name or file name can end its header line or add another.

use super::error::{Error, ErrorKind};
#[cfg(not(target_arch = "wasm32"))]
use super::feed::FeedSource;
use super::{rt, url};
use bytes::Bytes;
use std::fmt::Write as _;
#[cfg(not(target_arch = "wasm32"))]
use std::path::PathBuf;
use std::sync::Arc;

/// One part of a multipart body. A part with a file name and no content type is typed by the name's extension.
#[derive(Clone)]
pub struct Part {
    pub name: String,
    pub filename: Option<String>,
    pub content_type: Option<String>,
    pub data: PartData,
}

/// What a part holds.
#[derive(Clone)]
pub enum PartData {
    Bytes(Bytes),
    Text(String),
    /// A regular file, opened anew for every attempt. Its name is the part's file name where that says nothing.
    #[cfg(not(target_arch = "wasm32"))]
    Path(PathBuf),
    /// An open regular file from `start` to the end that it has when the call begins, whatever its own position is.
    #[cfg(not(target_arch = "wasm32"))]
    Open {
        file: Arc<std::fs::File>,
        start: u64,
    },
    /// Content that its owner hands over piece by piece.
    #[cfg(not(target_arch = "wasm32"))]
    Feed(FeedSource),
}

impl Part {
    pub fn text(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), filename: None, content_type: None, data: PartData::Text(value.into()) }
    }

    /// A file whose content is at hand.
    pub fn bytes(name: impl Into<String>, filename: impl Into<String>, content: impl Into<Bytes>) -> Self {
        let data = PartData::Bytes(content.into());
        Self { name: name.into(), filename: Some(filename.into()), content_type: None, data }
    }

    /// A file that is read while it is sent.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn path(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), filename: None, content_type: None, data: PartData::Path(path.into()) }
    }

    fn head(&self, boundary: &str) -> Result<String, Error> {
        let filename = match (&self.filename, &self.data) {
            (Some(name), _) => Some(name.clone()),
            #[cfg(not(target_arch = "wasm32"))]
            (None, PartData::Path(path)) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            _ => None,
        };
        let mut head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(&self.name));
        if let Some(name) = &filename {
            let _ = write!(head, "; filename=\"{}\"", quoted(name));
        }
        let content_type = self.content_type.as_deref().or_else(|| filename.as_deref().map(type_of));
        if let Some(content_type) = content_type {
            if !content_type.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
                let what = format!("the content type of {:?} cannot be sent in a header", self.name);
                return Err(Error::new(ErrorKind::InvalidRequest, what));
            }
            let _ = write!(head, "\r\nContent-Type: {content_type}");
        }
        head.push_str("\r\n\r\n");
        Ok(head)
    }
}

/// Sizes only: parts carry users' content.
impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let size = match &self.data {
            PartData::Bytes(bytes) => bytes.len().to_string(),
            PartData::Text(text) => text.len().to_string(),
            #[cfg(not(target_arch = "wasm32"))]
            PartData::Path(path) => format!("{}:", path.display()),
            #[cfg(not(target_arch = "wasm32"))]
            PartData::Open { .. } => "an open file:".to_owned(),
            #[cfg(not(target_arch = "wasm32"))]
            PartData::Feed(source) => source.length().map_or("?".to_owned(), |length| length.to_string()),
        };
        write!(f, "Part({:?}, {size} bytes)", self.name)
    }
}

/// The text parts of a JSON object by the API's rules: `list[]`, `object[key]`, nulls left out, order kept.
pub fn multipart_fields(json: &[u8]) -> Result<Vec<Part>, Error> {
    let pairs = url::pairs(json, "multipart fields")?;
    Ok(pairs.into_iter().map(|(name, value)| Part::text(name, value)).collect())
}

/// A stretch of a body.
#[derive(Clone)]
pub(crate) enum Piece {
    Bytes(Bytes),
    #[cfg(not(target_arch = "wasm32"))]
    File {
        origin: FileOrigin,
        start: u64,
        length: u64,
    },
    #[cfg(not(target_arch = "wasm32"))]
    Feed(FeedSource),
}

#[cfg(not(target_arch = "wasm32"))]
impl Piece {
    /// Whether it has been sent and cannot be sent again.
    pub(crate) fn is_spent(&self) -> bool {
        matches!(self, Self::Feed(source) if source.is_spent())
    }
}

/// A file by its path, opened for every attempt, or one that is open.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone)]
pub(crate) enum FileOrigin {
    Path(PathBuf),
    Open(Arc<std::fs::File>),
}

#[cfg(not(target_arch = "wasm32"))]
impl std::fmt::Display for FileOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Open(_) => f.write_str("an open file"),
        }
    }
}

/// A body ready to be sent, any number of times.
pub(crate) type Pieces = Arc<[Piece]>;

/// The content type and the pieces of a body. Files are looked up here, so that a missing one is told before anything is sent.
pub(crate) fn encode(parts: &[Part]) -> Result<(String, Pieces), Error> {
    let boundary = format!("oxide-{:016x}{:016x}", rt::random(), rt::random());
    let mut pieces = Vec::with_capacity(2 * parts.len() + 1);
    let mut text = String::new();
    for part in parts {
        text.push_str(&part.head(&boundary)?);
        let data = match &part.data {
            PartData::Text(value) => {
                text.push_str(value);
                None
            }
            PartData::Bytes(bytes) => Some(Piece::Bytes(bytes.clone())),
            #[cfg(not(target_arch = "wasm32"))]
            PartData::Path(path) => Some(file(FileOrigin::Path(path.clone()), 0, std::fs::metadata(path))?),
            #[cfg(not(target_arch = "wasm32"))]
            PartData::Open { file: open, start } => {
                Some(file(FileOrigin::Open(open.clone()), *start, open.metadata())?)
            }
            #[cfg(not(target_arch = "wasm32"))]
            PartData::Feed(source) => Some(Piece::Feed(source.clone())),
        };
        if let Some(data) = data {
            pieces.push(Piece::Bytes(std::mem::take(&mut text).into()));
            pieces.push(data);
        }
        text.push_str("\r\n");
    }
    let _ = write!(text, "--{boundary}--\r\n");
    pieces.push(Piece::Bytes(text.into()));
    Ok((format!("multipart/form-data; boundary={boundary}"), pieces.into()))
}

#[cfg(not(target_arch = "wasm32"))]
fn file(origin: FileOrigin, start: u64, told: std::io::Result<std::fs::Metadata>) -> Result<Piece, Error> {
    let invalid = |why: &dyn std::fmt::Display| {
        Error::new(ErrorKind::InvalidRequest, format!("cannot upload {origin}: {why}"))
    };
    let told = told.map_err(|why| invalid(&why))?;
    if !told.is_file() {
        return Err(invalid(&"not a regular file"));
    }
    Ok(Piece::File { origin, start, length: told.len().saturating_sub(start) })
}

fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// The types of what the API takes: some endpoints refuse a file without one.
fn type_of(filename: &str) -> &'static str {
    let extension = filename.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "mp3" | "mpga" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "wav" => "audio/wav",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "flac" => "audio/flac",
        "aac" => "audio/aac",
        "mp4" => "video/mp4",
        "mpeg" => "video/mpeg",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "pdf" => "application/pdf",
        "json" => "application/json",
        "jsonl" => "application/jsonl",
        "zip" => "application/zip",
        "txt" => "text/plain",
        "md" => "text/markdown",
        "csv" => "text/csv",
        "html" => "text/html",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(parts: &[Part]) -> String {
        let (content_type, pieces) = encode(parts).unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let sent: Vec<u8> = pieces
            .iter()
            .flat_map(|piece| match piece {
                Piece::Bytes(bytes) => bytes.to_vec(),
                Piece::File { origin, .. } => std::fs::read(origin.to_string()).unwrap(),
                Piece::Feed(_) => panic!("nothing is fed here"),
            })
            .collect();
        String::from_utf8(sent).unwrap().replace(boundary, "B")
    }

    #[test]
    fn parts_become_a_body() {
        let parts = [
            Part::text("purpose", "batch"),
            Part::bytes("file", "a.JSONL", "{}\n"),
            Part { content_type: Some("image/x".into()), filename: None, ..Part::bytes("raw", "", "\r\n") },
        ];
        let expected = "--B\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
            --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.JSONL\"\r\nContent-Type: application/jsonl\r\n\r\n{}\n\r\n\
            --B\r\nContent-Disposition: form-data; name=\"raw\"\r\nContent-Type: image/x\r\n\r\n\r\n\r\n--B--\r\n";
        assert_eq!(text(&parts), expected);
        assert_eq!(text(&[]), "--B--\r\n");
    }

    #[test]
    fn no_name_leaves_its_quotes() {
        let sent = text(&[Part::bytes("n\"\r\n", "x\"; name=\"y\r\nEvil: 1\r\n\r\n é\\.txt", "")]);
        let expected = "--B\r\nContent-Disposition: form-data; name=\"n%22%0D%0A\"; \
            filename=\"x%22; name=%22y%0D%0AEvil: 1%0D%0A%0D%0A é\\.txt\"\r\nContent-Type: text/plain\r\n\r\n\r\n--B--\r\n";
        assert_eq!(sent, expected);
        let bad = Part { content_type: Some("a\r\nb: c".into()), ..Part::text("x", "") };
        assert_eq!(encode(&[bad]).err().unwrap().kind(), ErrorKind::InvalidRequest);
    }

    #[test]
    fn files_are_named_after_their_path_and_told_missing_at_once() {
        let path = std::env::temp_dir().join(format!("oxide-multipart-{}.png", std::process::id()));
        std::fs::write(&path, "data").unwrap();
        let sent = text(&[Part::path("image[]", &path)]);
        std::fs::remove_file(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(
            sent.contains(&format!("name=\"image[]\"; filename=\"{name}\"\r\nContent-Type: image/png")),
            "{sent}"
        );
        for path in [path, std::env::temp_dir()] {
            let error = encode(&[Part::path("file", path)]).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(error.to_string().contains("cannot upload "), "{error}");
        }
    }

    #[test]
    fn fields_follow_the_rules() {
        let json = br#"{"model":"m","n":2,"ok":true,"none":null,"include":["a","b"],"expires_after":{"anchor":"created_at","seconds":3600.0}}"#;
        let fields: Vec<_> = multipart_fields(json)
            .unwrap()
            .into_iter()
            .map(|part| match part.data {
                PartData::Text(text) => format!("{}={text}", part.name),
                _ => panic!("{} is no text", part.name),
            })
            .collect();
        let expected = [
            "model=m",
            "n=2",
            "ok=true",
            "include[]=a",
            "include[]=b",
            "expires_after[anchor]=created_at",
            "expires_after[seconds]=3600",
        ];
        assert_eq!(fields, expected);
        assert_eq!(multipart_fields(b"[1]").unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
}
