//! The parts of a form as the TypeScript package gives them (ts/core/uploads.ts).

use std::sync::Arc;

use napi::bindgen_prelude::Uint8Array;
use napi::{Error, Result};
use napi_derive::napi;
use openai_oxide::engine::{Part, PartData, multipart_fields};

use crate::failure::describe;
use crate::feed::Feeds;

/// `fields` is a JSON object of parts without files; else it is one part, with one of `text`, `bytes`, `path` and `feed`.
#[napi(object, object_to_js = false)]
pub struct FormPart {
    pub fields: Option<String>,
    pub name: Option<String>,
    pub filename: Option<String>,
    pub content_type: Option<String>,
    pub text: Option<String>,
    pub bytes: Option<Uint8Array>,
    pub path: Option<String>,
    pub feed: Option<FormFeed>,
}

/// Content that is handed over while it is sent.
#[napi(object, object_to_js = false)]
pub struct FormFeed {
    /// In bytes, where it is known.
    pub length: Option<f64>,
}

/// The engine's parts, in the same order.
pub(crate) fn encode(parts: Vec<FormPart>, feeds: &Arc<Feeds>) -> Result<Vec<Part>> {
    let mut fed = 0..;
    let mut encoded = Vec::with_capacity(parts.len());
    for part in parts {
        if let Some(fields) = part.fields {
            let fields = multipart_fields(fields.as_bytes());
            encoded.extend(fields.map_err(|error| Error::from_reason(describe(&error)))?);
            continue;
        }
        let data = if let Some(bytes) = part.bytes {
            // Copied: JavaScript may change the buffer while the request is under way.
            PartData::Bytes(bytes.to_vec().into())
        } else if let Some(path) = part.path {
            PartData::Path(path.into())
        } else if let Some(feed) = part.feed {
            PartData::Feed(
                feeds.source(fed.next().unwrap_or(u32::MAX), feed.length.map(|length| length as u64)),
            )
        } else {
            PartData::Text(part.text.unwrap_or_default())
        };
        let name = part.name.unwrap_or_default();
        encoded.push(Part { name, filename: part.filename, content_type: part.content_type, data });
    }
    Ok(encoded)
}
