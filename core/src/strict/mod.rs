//! JSON schemas in the form that the API's strict mode takes, the same for every language.
//!
//! Strict mode wants every object closed (`additionalProperties: false`) and every property required; a value that may be
//! missing is one that may be `null`. [`strict_schema`] brings a generator's schema (pydantic's, zod's, schemars') into that form:
//!
//! - objects are closed and all their properties required, in the order in which they are declared;
//! - `$ref` beside other keywords is replaced by what it points to, whose keywords give way to those beside it;
//! - an `allOf` of one is taken apart, one of several objects is joined; `oneOf` becomes `anyOf` where no value can match two branches;
//! - `default: null` is dropped, for the value is required now;
//! - recursion stays as `$ref`.
//!
//! What strict mode cannot express (open maps, conditions, tuples, …) is an error of kind `invalid_request` that names the place
//! and the keyword. Nothing is dropped silently but annotations beside a recursive `$ref`. Nothing is said about what only the
//! server can tell: which formats a model knows, say.
//!
//! The same schema always gives the same bytes; the order of keys is kept. The work is linear in the size of the result.

mod check;
mod join;
#[cfg(test)]
mod tests;

use crate::engine::{Error, ErrorKind};
use bytes::Bytes;
use serde_json::{Map, Value};

/// More than the documented 5,000 properties can need; `$ref`s that multiply each other end here.
const LARGEST: usize = 100_000;
/// Far more than the documented 10 levels.
const DEEPEST: usize = 120;

/// What may stand beside a `$ref` without saying anything about a value.
const ANNOTATIONS: [&str; 8] =
    ["$comment", "default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly"];

/// Brings a JSON schema, as JSON text, into the form of strict mode.
///
/// # Errors
/// Kind `invalid_request`: the text is not JSON, or says something that strict mode has no form for; the message names the
/// place (`#/properties/tags`), the keyword, and what to do.
pub fn strict_schema(schema: &[u8]) -> Result<Bytes, Error> {
    through_text(schema, strict_schema_value)
}

/// [`strict_schema`] of a value.
///
/// # Errors
/// As [`strict_schema`].
pub fn strict_schema_value(mut schema: Value) -> Result<Value, Error> {
    Converter { source: &schema.clone(), joins: true, within: Vec::new(), left: LARGEST }
        .root(&mut schema)?;
    check::check(&schema)?;
    Ok(schema)
}

/// What the official Python package makes of a schema: the first and second rule above, `allOf` of one, and `default: null`.
/// What strict mode refuses stays as it is, for the server to judge.
///
/// # Errors
/// As [`strict_schema`], where a schema is no object or a `$ref` to be replaced points nowhere.
pub fn lenient_schema(schema: &[u8]) -> Result<Bytes, Error> {
    through_text(schema, |mut schema| {
        Converter { source: &schema.clone(), joins: false, within: Vec::new(), left: LARGEST }
            .root(&mut schema)?;
        Ok(schema)
    })
}

fn through_text(schema: &[u8], convert: impl FnOnce(Value) -> Result<Value, Error>) -> Result<Bytes, Error> {
    let schema = serde_json::from_slice(schema).map_err(|error| {
        Error::new(ErrorKind::InvalidRequest, format!("the JSON schema is not JSON: {error}"))
    })?;
    Ok(convert(schema)?.to_string().into())
}

/// An error about one place of a schema.
fn refused(path: &str, what: &str) -> Error {
    Error::new(ErrorKind::InvalidRequest, format!("the JSON schema cannot be strict: {path}: {what}"))
}

struct Converter<'a> {
    /// The schema as it was given; what `$ref`s point into.
    source: &'a Value,
    /// Whether `oneOf` and `allOf` of several are converted.
    joins: bool,
    /// The `$ref`s that are being replaced and the definitions that are being walked: to meet one again is recursion.
    within: Vec<String>,
    /// How many more values may be copied.
    left: usize,
}

impl Converter<'_> {
    fn root(&mut self, schema: &mut Value) -> Result<(), Error> {
        self.within.push("#".to_owned());
        self.schema(schema, "#")
    }

    fn schema(&mut self, schema: &mut Value, path: &str) -> Result<(), Error> {
        let Value::Object(map) = schema else {
            return Err(refused(
                path,
                &format!("a schema is an object here, not `{schema}`; say which type it is"),
            ));
        };
        if path.bytes().filter(|byte| *byte == b'/').count() > 2 * DEEPEST {
            return Err(refused(path, "the schema nests too deeply"));
        }
        for keyword in ["$defs", "definitions"] {
            if let Some(Value::Object(definitions)) = map.get_mut(keyword) {
                for (name, definition) in definitions {
                    let place = below(&below(path, keyword), name);
                    self.within.push(place.clone());
                    self.schema(definition, &place)?;
                    self.within.pop();
                }
            }
        }
        if self.joins {
            self.join(map);
        }
        self.object(map, path)?;
        if let Some(items @ Value::Object(_)) = map.get_mut("items") {
            self.schema(items, &below(path, "items"))?;
        }
        if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
            self.each(branches, &below(path, "anyOf"))?;
        }
        self.intersection(map, path)?;
        if map.get("default").is_some_and(Value::is_null) {
            map.shift_remove("default");
        }
        self.reference(schema, path)
    }

    /// Closes an object and requires its properties.
    fn object(&mut self, map: &mut Map<String, Value>, path: &str) -> Result<(), Error> {
        let is_object = match map.get("type") {
            Some(Value::String(name)) => name == "object",
            Some(Value::Array(names)) => self.joins && names.iter().any(|name| name == "object"),
            None => self.joins && map.contains_key("properties"),
            _ => false,
        };
        if is_object && !map.contains_key("additionalProperties") {
            map.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        if let Some(Value::Object(properties)) = map.get("properties") {
            let required = properties.keys().cloned().map(Value::String).collect();
            map.insert("required".to_owned(), Value::Array(required));
        }
        if let Some(Value::Object(properties)) = map.get_mut("properties") {
            let path = below(path, "properties");
            for (name, property) in properties {
                self.schema(property, &below(&path, name))?;
            }
        }
        Ok(())
    }

    /// An `allOf` of one says what its only branch says. The branch's keywords go over those beside it, as they always have in Python.
    fn intersection(&mut self, map: &mut Map<String, Value>, path: &str) -> Result<(), Error> {
        let Some(Value::Array(branches)) = map.get_mut("allOf") else { return Ok(()) };
        let path = below(path, "allOf");
        if branches.len() != 1 {
            return self.each(branches, &path);
        }
        let mut only = branches.remove(0);
        self.schema(&mut only, &below(&path, "0"))?;
        if let Value::Object(only) = only {
            map.extend(only);
        }
        map.shift_remove("allOf");
        Ok(())
    }

    fn each(&mut self, branches: &mut [Value], path: &str) -> Result<(), Error> {
        branches
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, branch)| self.schema(branch, &below(path, &index.to_string())))
    }

    /// Replaces a `$ref` beside other keywords by what it points to.
    fn reference(&mut self, schema: &mut Value, path: &str) -> Result<(), Error> {
        let Value::Object(map) = schema else { return Ok(()) };
        let Some(Value::String(reference)) = map.get("$ref") else { return Ok(()) };
        if map.len() == 1 {
            return Ok(());
        }
        let reference = reference.clone();
        let Some(target @ Value::Object(keywords)) = resolve(self.source, &reference) else {
            return Err(dangling(path, &reference));
        };
        if self.within.contains(&reference) {
            let all_annotations = map.keys().all(|key| key == "$ref" || ANNOTATIONS.contains(&key.as_str()));
            if !all_annotations {
                let what =
                    format!("a recursive `$ref` to `{reference}` cannot have other keywords beside it");
                return Err(refused(path, &what));
            }
            map.retain(|key, _| key == "$ref");
            return Ok(());
        }
        self.left = self.left.saturating_sub(size(target));
        if self.left == 0 || self.within.len() > DEEPEST {
            return Err(refused(path, "the schema grows beyond all limits when its `$ref`s are replaced"));
        }
        map.shift_remove("$ref");
        for (key, value) in keywords {
            if !map.contains_key(key) {
                map.insert(key.clone(), value.clone());
            }
        }
        self.within.push(reference);
        let done = self.schema(schema, path);
        self.within.pop();
        done
    }
}

fn dangling(path: &str, reference: &str) -> Error {
    refused(
        path,
        &format!("`$ref` to `{reference}` points nowhere in this schema; put its definition below `$defs`"),
    )
}

/// What a `$ref` of this document points to. Names are taken as they stand first, for generators seldom escape them.
fn resolve<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    let path = reference.strip_prefix('#')?;
    if path.is_empty() {
        return Some(document);
    }
    path.strip_prefix('/')?.split('/').try_fold(document, |value, name| match value {
        Value::Object(map) => map.get(name).or_else(|| {
            let name = percent_encoding::percent_decode_str(name).decode_utf8().ok()?;
            map.get(&name.replace("~1", "/").replace("~0", "~"))
        }),
        Value::Array(list) => list.get(name.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The place of a member, as a JSON pointer.
fn below(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// How many values a value has.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Object(map) => map.values().map(size).sum::<usize>(),
        Value::Array(list) => list.iter().map(size).sum(),
        _ => 0,
    }
}
