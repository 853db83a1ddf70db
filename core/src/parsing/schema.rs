//! A type's schema, as the API takes it.

use crate::engine::Error;
use crate::strict::strict_schema_value;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// Formats of text that the API knows.
const FORMATS: [&str; 9] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];
/// The API takes names of at most this many letters, digits, `_` and `-`.
const LONGEST_NAME: usize = 64;

/// The strict JSON schema of a type, as [`parse`](crate::parsing) sends it.
///
/// Formats that the API does not know, such as schemars' `int32`, and default values are left out: the limits of numbers are told
/// by `minimum` and `maximum`, and strict mode leaves no value out.
///
/// # Errors
/// Kind `invalid_request`: strict mode has no form for the type; the message names the place and the keyword.
pub fn strict_schema_of<T: JsonSchema + ?Sized>() -> Result<Value, Error> {
    let mut generator = generator();
    let schema = generator.root_schema_for::<T>();
    strict_schema_value(schema.into())
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .with(|settings| settings.meta_schema = None)
        .with_transform(RecursiveTransform(only_known))
        .into_generator()
}

fn only_known(schema: &mut Schema) {
    schema.remove("default");
    if schema.get("format").and_then(Value::as_str).is_some_and(|format| !FORMATS.contains(&format)) {
        schema.remove("format");
    }
}

/// A schema with the name that the API is told.
pub(super) struct Format {
    pub(super) name: String,
    pub(super) schema: Value,
}

impl Format {
    pub(super) fn of<T: JsonSchema + ?Sized>() -> Result<Self, Error> {
        Ok(Self { name: api_name(&T::schema_name()), schema: strict_schema_of::<T>()? })
    }
}

fn api_name(name: &str) -> String {
    let allowed = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    name.chars().take(LONGEST_NAME).map(allowed).collect()
}
