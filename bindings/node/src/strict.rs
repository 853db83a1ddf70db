//! Strict schemas: the core's conversion over JSON text.

use napi::{Error, Result};
use napi_derive::napi;

use crate::failure::describe;

/// The strict form of a JSON schema. Throws what strict mode has no form for.
#[napi(catch_unwind)]
pub(crate) fn strict_schema(schema: String) -> Result<String> {
    let strict = openai_oxide::strict::strict_schema(schema.as_bytes())
        .map_err(|error| Error::from_reason(describe(&error)))?;
    String::from_utf8(strict.into()).map_err(|error| Error::from_reason(error.to_string()))
}
