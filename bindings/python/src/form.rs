//! A multipart body in the making: its fields and its files, as `openai_oxide._files` collects them.

#[cfg(unix)]
use std::sync::Arc;

use openai_oxide::engine::{Body, Part, PartData, multipart_fields};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::encode::encode;
use crate::failure::raise;

/// Field, file name, content type, content.
type File = (String, Option<String>, Option<String>, Content);

#[derive(FromPyObject)]
pub(crate) enum Content {
    #[pyo3(transparent)]
    Bytes(PyBackedBytes),
    /// A path as text, read while it is sent.
    #[pyo3(transparent)]
    Path(String),
    /// The descriptor of an open regular file, and where to start in it: read while it is sent, wherever the file stands.
    #[cfg(unix)]
    #[pyo3(transparent)]
    Open((std::os::fd::RawFd, u64)),
}

/// Fields (a mapping, by the API's rules for nested values), then files.
#[pyclass(module = "openai_oxide._native", frozen)]
pub(crate) struct Form(Vec<Part>);

#[pymethods]
impl Form {
    #[new]
    fn new(fields: &Bound<'_, PyAny>, files: Vec<File>) -> PyResult<Self> {
        let mut parts = multipart_fields(&encode(fields)?).map_err(|error| raise(fields.py(), &error))?;
        for (name, filename, content_type, content) in files {
            let data = match content {
                Content::Bytes(bytes) => PartData::Bytes(bytes::Bytes::from_owner(Owned(bytes))),
                Content::Path(path) => PartData::Path(path.into()),
                #[cfg(unix)]
                Content::Open((descriptor, start)) => {
                    PartData::Open { file: Arc::new(duplicate(descriptor)?), start }
                }
            };
            parts.push(Part { name, filename, content_type, data });
        }
        Ok(Self(parts))
    }
}

impl Form {
    pub(crate) fn body(&self) -> Body {
        Body::Multipart(self.0.clone())
    }
}

/// The same open file under a descriptor of ours, so that the program may close its own.
#[cfg(unix)]
fn duplicate(descriptor: std::os::fd::RawFd) -> std::io::Result<std::fs::File> {
    // SAFETY: the caller has just asked the open file object for it, and holds the GIL until it is duplicated.
    let open = unsafe { std::os::fd::BorrowedFd::borrow_raw(descriptor) };
    Ok(open.try_clone_to_owned()?.into())
}

/// Python's bytes under the engine's hands: no copy of a file that is in memory.
struct Owned(PyBackedBytes);

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
