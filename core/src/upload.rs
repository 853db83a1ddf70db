//! Files to upload: from a path, from bytes, or from anything that can be read.
//!
//! A file given by its path or as a stream is read while it is sent, so that its size costs no memory; bytes are shared, not
//! copied. A stream can be read once, so a call that has begun to send it is neither tried again nor raced. Where a file
//! stands in JSON (a stored request, a log) it is an object with its name and its place or its content in base64; of a stream
//! the name alone is told.

use crate::engine::{Body, Error, Part, PartData, multipart_fields};
#[cfg(not(target_arch = "wasm32"))]
use crate::engine::{Feed, FeedSource};
use crate::json::{self, Json, Misfit, Raw, Reader, Writer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;
use std::fmt;
#[cfg(not(target_arch = "wasm32"))]
use std::path::PathBuf;
#[cfg(not(target_arch = "wasm32"))]
use std::pin::Pin;
#[cfg(not(target_arch = "wasm32"))]
use std::task::{Context, Poll, ready};

/// A file to upload.
#[derive(Clone, Default, PartialEq)]
pub struct File {
    name: Option<String>,
    content_type: Option<String>,
    content: Content,
}

#[derive(Clone, PartialEq)]
enum Content {
    Bytes(Bytes),
    #[cfg(not(target_arch = "wasm32"))]
    Path(PathBuf),
    #[cfg(not(target_arch = "wasm32"))]
    Stream(FeedSource),
}

impl Default for Content {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl File {
    /// The file at this path, under its own name. It is opened when it is sent.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self { content: Content::Path(path.into()), ..Self::default() }
    }

    /// A file of this name with this content.
    pub fn bytes(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self { name: Some(name.into()), content_type: None, content: Content::Bytes(content.into()) }
    }

    /// A file of this name with all that can be read.
    ///
    /// # Errors
    /// As the reader fails.
    pub fn read(name: impl Into<String>, mut reader: impl std::io::Read) -> std::io::Result<Self> {
        let mut content = Vec::new();
        reader.read_to_end(&mut content)?;
        Ok(Self::bytes(name, content))
    }

    /// A file of this name with all that can be read, asynchronously.
    ///
    /// # Errors
    /// As the reader fails.
    #[cfg(not(target_arch = "wasm32"))]
    pub async fn read_async(
        name: impl Into<String>,
        reader: impl tokio::io::AsyncRead,
    ) -> std::io::Result<Self> {
        let mut reader = std::pin::pin!(reader);
        let (mut content, mut chunk) = (Vec::new(), vec![0; 64 * 1024]);
        loop {
            let mut space = tokio::io::ReadBuf::new(&mut chunk);
            std::future::poll_fn(|cx| reader.as_mut().poll_read(cx, &mut space)).await?;
            if space.filled().is_empty() {
                return Ok(Self::bytes(name, content));
            }
            content.extend_from_slice(space.filled());
        }
    }

    /// A file of this name with what the reader gives while it is sent, in pieces of at most 64 KiB. Its length need not be known;
    /// servers that want a `Content-Length` need [`length`](Self::length). It can be sent once.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn stream(name: impl Into<String>, reader: impl tokio::io::AsyncRead + Send + 'static) -> Self {
        let reading = Reading { reader: Box::pin(reader), space: vec![0; 64 * 1024] };
        let content = Content::Stream(FeedSource::once(None, reading));
        Self { name: Some(name.into()), content_type: None, content }
    }

    /// Tells how many bytes a stream will give; any other number fails the call. For other files it changes nothing.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn length(mut self, bytes: u64) -> Self {
        if let Content::Stream(source) = self.content {
            self.content = Content::Stream(source.with_length(bytes));
        }
        self
    }

    /// Names the file otherwise.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the media type; without it, the name's extension tells.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    fn part(self, name: String) -> Part {
        let data = match self.content {
            Content::Bytes(bytes) => PartData::Bytes(bytes),
            #[cfg(not(target_arch = "wasm32"))]
            Content::Path(path) => PartData::Path(path),
            #[cfg(not(target_arch = "wasm32"))]
            Content::Stream(source) => PartData::Feed(source),
        };
        // Without a name a part is no file.
        let unnamed = matches!(data, PartData::Bytes(_)).then(|| "upload".to_owned());
        Part { name, filename: self.name.or(unnamed), content_type: self.content_type, data }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl From<PathBuf> for File {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl From<&std::path::Path> for File {
    fn from(path: &std::path::Path) -> Self {
        Self::path(path)
    }
}

/// A reader as a feed. What is read is copied out of the space, which serves the next piece.
#[cfg(not(target_arch = "wasm32"))]
struct Reading<R> {
    reader: Pin<Box<R>>,
    space: Vec<u8>,
}

#[cfg(not(target_arch = "wasm32"))]
impl<R: tokio::io::AsyncRead + Send> Feed for Reading<R> {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        let mut space = tokio::io::ReadBuf::new(&mut self.space);
        let read = ready!(self.reader.as_mut().poll_read(cx, &mut space));
        Poll::Ready(match read {
            Err(error) => Some(Err(format!("cannot read what is uploaded: {error}"))),
            Ok(()) if space.filled().is_empty() => None,
            Ok(()) => Some(Ok(Bytes::copy_from_slice(space.filled()))),
        })
    }
}

/// Content is told by its size alone.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("File");
        told.field("name", &self.name).field("content_type", &self.content_type);
        match &self.content {
            Content::Bytes(bytes) => told.field("bytes", &bytes.len()),
            #[cfg(not(target_arch = "wasm32"))]
            Content::Path(path) => told.field("path", path),
            #[cfg(not(target_arch = "wasm32"))]
            Content::Stream(source) => told.field("stream", &source.length()),
        };
        told.finish()
    }
}

/// A file as JSON.
#[allow(unreachable_pub, dead_code)] // the macro declares public types, with all they have
mod stored {
    crate::json::object! {
        pub struct Stored {
            filename: Option<String>,
            content_type: Option<String>,
            path: Option<String>,
            text: Option<String>,
            base64: Option<String>,
        }
    }
}
use stored::Stored;

impl Json for File {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        let stored: Stored = json::read(reader)?;
        let content = match (stored.path, stored.text, stored.base64) {
            #[cfg(not(target_arch = "wasm32"))]
            (Some(path), None, None) => Content::Path(path.into()),
            (None, Some(text), None) => Content::Bytes(text.into()),
            (None, None, Some(text)) => {
                Content::Bytes(STANDARD.decode(text).map_err(|_| Misfit::Shape)?.into())
            }
            _ => return Err(Misfit::Shape),
        };
        *self = Self { name: stored.filename, content_type: stored.content_type, content };
        Ok(())
    }

    fn encode(&self, out: &mut Writer) {
        if let Some(mark) = out.attach(self) {
            return out.string(&mark);
        }
        let mut stored = Stored {
            filename: self.name.clone(),
            content_type: self.content_type.clone(),
            ..Stored::default()
        };
        match &self.content {
            Content::Bytes(bytes) => stored.base64 = Some(STANDARD.encode(bytes)),
            #[cfg(not(target_arch = "wasm32"))]
            Content::Path(path) => stored.path = Some(path.to_string_lossy().into_owned()),
            #[cfg(not(target_arch = "wasm32"))]
            Content::Stream(_) => {}
        }
        stored.encode(out);
    }

    fn is_blank(&self) -> bool {
        *self == Self::default()
    }
}

json::macros::serde_bridge!(File);

/// One file, or several.
#[derive(Clone, Debug, PartialEq)]
pub enum Files {
    /// One, sent under the field's own name.
    One(File),
    /// A list, sent as such even if it holds one.
    Many(Vec<File>),
}

impl Default for Files {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<F: Into<File>> From<F> for Files {
    fn from(file: F) -> Self {
        Self::One(file.into())
    }
}

impl<F: Into<File>> From<Vec<F>> for Files {
    fn from(files: Vec<F>) -> Self {
        Self::Many(files.into_iter().map(Into::into).collect())
    }
}

impl Json for Files {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        *self = if reader.peek()? == crate::json::Peek::Array {
            Self::Many(json::read(reader)?)
        } else {
            Self::One(json::read(reader)?)
        };
        Ok(())
    }

    fn encode(&self, out: &mut Writer) {
        match self {
            Self::One(file) => file.encode(out),
            Self::Many(files) => files.encode(out),
        }
    }

    fn is_blank(&self) -> bool {
        matches!(self, Self::Many(files) if files.is_empty())
    }
}

json::macros::serde_bridge!(Files);

/// What a call says of its form.
#[derive(Clone, Copy, Default)]
pub(crate) struct FormRules {
    /// Sent as JSON where it holds no file.
    pub(crate) json_without_files: bool,
    /// Fields with a content type; what is no text is JSON.
    pub(crate) parts: &'static [(&'static str, &'static str)],
    /// The one of `parts` that is the whole body where nothing else is given.
    pub(crate) alone: Option<&'static str>,
}

/// The body of a call that can send files: the fields of a request by the API's rules, then its files, each under the name of
/// its place.
pub(crate) fn body(request: &dyn Json, rules: FormRules) -> Result<Body, Error> {
    let (text, mut files) = Writer::form(request);
    if rules.json_without_files && files.is_empty() {
        return Ok(Body::Json(text.into()));
    }
    let (mut parts, rest) = typed_parts(&text, rules.parts);
    let rest = multipart_fields(&rest)?;
    if let [Part { name, content_type: Some(content_type), data: PartData::Text(content), .. }] =
        parts.as_slice()
        && rest.is_empty()
        && rules.alone == Some(name.as_str())
    {
        return Ok(Body::Raw { content_type: content_type.clone(), bytes: content.clone().into() });
    }
    parts.extend(rest);
    let mut sent = Vec::new();
    parts.retain(|part| {
        let PartData::Text(value) = &part.data else { return true };
        let Some((_, file)) = files.iter_mut().find(|(mark, _)| mark == value) else { return true };
        sent.push(std::mem::take(file).part(part.name.clone()));
        false
    });
    parts.extend(sent);
    Ok(Body::Multipart(parts))
}

/// The fields that have a content type, and the other ones as they were.
fn typed_parts(text: &[u8], types: &[(&str, &str)]) -> (Vec<Part>, Vec<u8>) {
    let fields = (!types.is_empty()).then(|| serde_json::from_slice(text).ok()).flatten();
    let Some(mut fields): Option<serde_json::Map<String, Value>> = fields else {
        return (Vec::new(), text.to_vec());
    };
    let mut parts = Vec::new();
    for (name, content_type) in types {
        let content = match fields.shift_remove(*name) {
            None => continue,
            Some(Value::String(content)) => content,
            Some(value) => Raw::from(value).get().to_owned(),
        };
        parts.push(Part { content_type: Some((*content_type).to_owned()), ..Part::text(*name, content) });
    }
    (parts, json::encode(&Value::Object(fields)))
}

#[cfg(test)]
#[allow(unreachable_pub, dead_code)] // the macros declare public types, with all they have
mod tests {
    use super::*;

    json::union! {
        pub enum Reference {
            File(File),
            Words(Vec<String>),
        }
    }

    json::object! {
        pub struct Upload {
            image: Files,
            prompt: String,
            size: Option<Vec<i64>>,
            video: Option<Reference>,
        }
    }

    fn parts(request: &Upload, rules: FormRules) -> Vec<Part> {
        match body(request, rules).unwrap() {
            Body::Multipart(parts) => parts,
            other => panic!("{other:?}"),
        }
    }

    fn told(request: &Upload) -> Vec<String> {
        let parts = parts(request, FormRules::default());
        parts
            .into_iter()
            .map(|part| match part.data {
                PartData::Text(text) => format!("{}={text}", part.name),
                PartData::Bytes(bytes) => {
                    format!("{}: {} {}", part.name, part.filename.unwrap(), bytes.len())
                }
                PartData::Path(path) => format!("{}: {}", part.name, path.display()),
                PartData::Open { .. } | PartData::Feed(_) => panic!("no such file is sent"),
            })
            .collect()
    }

    #[test]
    fn files_follow_the_fields_under_the_names_of_their_places() {
        let mut request = Upload { prompt: "a\0file".into(), size: Some(vec![1, 2]), ..Upload::default() };
        request.image = vec![File::bytes("a.png", "12"), File::path("/b.png")].into();
        request.video = Some(Reference::File(File::bytes("v", "")));
        let expected =
            ["prompt=a\0file", "size[]=1", "size[]=2", "image[]: a.png 2", "image[]: /b.png", "video: v 0"];
        assert_eq!(told(&request), expected);
        request.image = File::bytes("one", "1").into();
        assert_eq!(told(&request)[3], "image: one 1");
    }

    #[test]
    fn a_call_may_have_rules_for_its_form() {
        let mut request = Upload { prompt: "é\n".into(), size: Some(vec![1]), ..Upload::default() };
        let json = FormRules { json_without_files: true, ..FormRules::default() };
        match body(&request, json).unwrap() {
            Body::Json(text) => assert_eq!(text, "{\"image\":[],\"prompt\":\"é\\n\",\"size\":[1]}"),
            other => panic!("{other:?}"),
        }
        let types = &[("prompt", "text/x"), ("size", "application/json")];
        let typed = FormRules { parts: types, alone: Some("prompt"), ..FormRules::default() };
        let heads: Vec<_> =
            parts(&request, typed).into_iter().map(|part| (part.name, part.content_type)).collect();
        let expected = types.map(|(name, kind)| (name.to_owned(), Some(kind.to_owned())));
        assert_eq!(heads, expected);
        request.size = None;
        match body(&request, typed).unwrap() {
            Body::Raw { content_type, bytes } => {
                assert_eq!((content_type.as_str(), &bytes[..]), ("text/x", "é\n".as_bytes()));
            }
            other => panic!("{other:?}"),
        }
        request.image = File::bytes("a", "1").into();
        assert_eq!(parts(&request, json).len(), 2);
        assert_eq!(parts(&request, typed).len(), 2);
    }

    #[test]
    fn a_file_without_a_name_is_still_a_file() {
        let file: File = serde_json::from_str(r#"{"text":"t"}"#).unwrap();
        assert_eq!(file.part("f".into()).filename.as_deref(), Some("upload"));
    }

    #[test]
    fn a_stored_file_comes_back_as_it_was() {
        for file in [File::bytes("a", vec![0, 255]).content_type("x/y"), File::path("/tmp/p").named("q")] {
            let text = serde_json::to_string(&file).unwrap();
            assert_eq!(serde_json::from_str::<File>(&text).unwrap(), file, "{text}");
        }
        let files: Files = serde_json::from_str(r#"[{"text":"t"}]"#).unwrap();
        assert_eq!(serde_json::to_string(&files).unwrap(), r#"[{"base64":"dA=="}]"#);
        assert!(
            serde_json::from_str::<Upload>(r#"{"image":{"path":1}}"#).unwrap().extra.get("image").is_some()
        );
    }

    #[tokio::test]
    async fn what_can_be_read_can_be_uploaded() {
        let content = vec![7; 100_000];
        let now = File::read("a", &content[..]).unwrap();
        let later = File::read_async("a", &content[..]).await.unwrap();
        assert_eq!(now, later);
        assert_eq!(now, File::bytes("a", content));
    }
}
