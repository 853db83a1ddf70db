//! Files to upload: from a path, from bytes, or from anything that can be read.
//!
//! A file given by its path is read while it is sent, so that its size costs no memory; bytes are shared, not copied. Where a file
//! stands in JSON (a stored request, a log) it is an object with its name and its place or its content in base64.

use crate::engine::{Error, Part, PartData, multipart_fields};
use crate::json::{self, Json, Misfit, Reader, Writer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::fmt;
#[cfg(not(target_arch = "wasm32"))]
use std::path::PathBuf;

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
        };
        Part { name, filename: self.name, content_type: self.content_type, data }
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

/// Content is told by its size alone.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("File");
        told.field("name", &self.name).field("content_type", &self.content_type);
        match &self.content {
            Content::Bytes(bytes) => told.field("bytes", &bytes.len()),
            #[cfg(not(target_arch = "wasm32"))]
            Content::Path(path) => told.field("path", path),
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
        *self = if reader.peek()? == jiter::Peek::Array {
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

/// The parts of a form: the fields of a request by the API's rules, then its files, each under the name of its place.
pub(crate) fn parts(request: &dyn Json) -> Result<Vec<Part>, Error> {
    let (text, mut files) = Writer::form(request);
    let mut parts = multipart_fields(&text)?;
    let mut sent = Vec::new();
    parts.retain(|part| {
        let PartData::Text(value) = &part.data else { return true };
        let Some((_, file)) = files.iter_mut().find(|(mark, _)| mark == value) else { return true };
        sent.push(std::mem::take(file).part(part.name.clone()));
        false
    });
    parts.extend(sent);
    Ok(parts)
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

    fn told(request: &Upload) -> Vec<String> {
        let parts = parts(request).unwrap();
        parts
            .into_iter()
            .map(|part| match part.data {
                PartData::Text(text) => format!("{}={text}", part.name),
                PartData::Bytes(bytes) => {
                    format!("{}: {} {}", part.name, part.filename.unwrap(), bytes.len())
                }
                PartData::Path(path) => format!("{}: {}", part.name, path.display()),
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
