//! What a stream brings, whether it is events or bytes: batches that become items of a Python list.

use bytes::Bytes;
use http::HeaderMap;
use openai_oxide::engine::{ByteStream, Error, Event, EventStream, HedgeReport};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::decode::decode;

#[expect(clippy::large_enum_variant, reason = "one per stream, moved once")]
pub(crate) enum Source {
    Events(EventStream),
    Bytes(ByteStream),
}

pub(crate) enum Batch {
    Events(Vec<Event>),
    Bytes(Bytes),
}

macro_rules! of_either {
    ($source:expr, $stream:ident => $value:expr) => {
        match $source {
            Source::Events($stream) => $value,
            Source::Bytes($stream) => $value,
        }
    };
}

impl Source {
    pub(crate) fn status(&self) -> u16 {
        of_either!(self, stream => stream.status())
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        of_either!(self, stream => stream.headers())
    }

    pub(crate) fn hedge(&self) -> Option<&HedgeReport> {
        of_either!(self, stream => stream.hedge())
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        of_either!(self, stream => stream.request_id())
    }

    pub(crate) fn attempts(&self) -> u32 {
        of_either!(self, stream => stream.attempts())
    }

    /// What has arrived, at least one item; `None` after the end.
    pub(crate) async fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        match self {
            Self::Events(stream) => Ok(stream.next_batch().await?.map(Batch::Events)),
            Self::Bytes(stream) => Ok(stream.next().await.transpose()?.map(Batch::Bytes)),
        }
    }
}

impl Batch {
    /// Adds the items. The first that cannot be read ends it: its error, after the good items before it.
    pub(crate) fn add_to(&self, list: &Bound<'_, PyList>) -> PyResult<()> {
        match self {
            Self::Bytes(bytes) => list.append(PyBytes::new(list.py(), bytes)),
            Self::Events(events) => {
                events.iter().try_for_each(|event| list.append(decode(list.py(), &event.data)?))
            }
        }
    }
}
