//! Reading the value that an answer says, and the errors that tell why there is none.

use crate::engine::{Error, ErrorKind};
use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;

/// An answer and what came around it, for errors about it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) headers: &'a HeaderMap,
    /// The whole answer as JSON.
    pub(super) body: &'a dyn Fn() -> Bytes,
}

impl Source<'_> {
    fn error(&self, kind: ErrorKind, message: String) -> Error {
        Error::new(kind, message).with_headers(self.headers).with_body((self.body)())
    }

    /// The error of an answer that was cut off for this reason, if that is what the reason says.
    pub(super) fn cut_off(&self, reason: &str) -> Result<(), Error> {
        let (kind, cause) = match reason {
            "length" | "max_output_tokens" => {
                (ErrorKind::LengthFinishReason, "it reached the length limit; allow more tokens")
            }
            "content_filter" => (ErrorKind::ContentFilterFinishReason, "the content filter stopped it"),
            _ => return Ok(()),
        };
        Err(self.error(kind, format!("the answer was cut off: {cause}")))
    }

    /// The value that a text says.
    pub(super) fn value<T: DeserializeOwned>(&self, text: &str, place: &str) -> Result<T, Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        let read = serde_path_to_error::deserialize(&mut json);
        let read = read.map_err(|error| (error.path().to_string(), error.into_inner()));
        read.and_then(|value| json.end().map_err(|error| (".".to_owned(), error)).map(|()| value))
            .map_err(|(path, error)| self.misfit(std::any::type_name::<T>(), place, &path, &error))
    }

    fn misfit(&self, type_name: &str, place: &str, path: &str, error: &serde_json::Error) -> Error {
        let at = if path == "." { String::new() } else { format!(" at {path}") };
        let message = format!("{place} is no {type_name}{at}: {error}");
        self.error(ErrorKind::ResponseValidation, message)
    }
}
