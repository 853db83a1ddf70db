//! Forms that strict mode lacks and that another form says exactly: `oneOf` of branches that exclude each other, `allOf` of objects.
//!
//! What cannot be proved is left alone; the check refuses it by name.

use super::{ANNOTATIONS, Converter, resolve};
use serde_json::{Map, Value};

/// `$ref`s behind `$ref`s that are followed.
const FOLLOWED: usize = 16;

impl Converter<'_> {
    pub(super) fn join(&self, map: &mut Map<String, Value>) {
        if let Some(parts) = self.parts(map)
            && let Some(joined) = join_objects(map, parts)
        {
            *map = joined;
        }
        let Some(Value::Array(branches)) = map.get("oneOf") else { return };
        let tag = map.get("discriminator").and_then(|told| told.get("propertyName")).and_then(Value::as_str);
        let apart = branches
            .iter()
            .enumerate()
            .all(|(index, one)| branches[index + 1..].iter().all(|other| self.apart(one, other, tag)));
        if map.contains_key("anyOf") || !apart {
            return;
        }
        let renamed = std::mem::take(map).into_iter().filter(|(key, _)| key != "discriminator");
        *map = renamed
            .map(|(key, value)| (if key == "oneOf" { "anyOf".to_owned() } else { key }, value))
            .collect();
    }

    /// The objects whose properties this schema joins: those of an `allOf`, or a `$ref` and the properties beside it.
    fn parts(&self, map: &Map<String, Value>) -> Option<Vec<Map<String, Value>>> {
        let object = |schema: &Value| Some(self.followed(schema)?.as_object()?.clone());
        match (map.get("allOf"), map.get("$ref")) {
            (Some(Value::Array(branches)), None) if branches.len() > 1 || map.contains_key("properties") => {
                branches.iter().map(object).collect()
            }
            (None, Some(Value::String(reference))) if map.contains_key("properties") => {
                // A definition that holds itself beside other properties has no end.
                if self.within.contains(reference) {
                    return None;
                }
                Some(vec![object(resolve(self.source, reference)?)?])
            }
            _ => None,
        }
    }

    /// The schema itself, behind all `$ref`s that stand alone or beside annotations.
    fn followed<'a>(&'a self, mut schema: &'a Value) -> Option<&'a Value> {
        for _ in 0..FOLLOWED {
            let Some(Value::String(reference)) = schema.get("$ref") else { return Some(schema) };
            let alone = |key: &String| key == "$ref" || ANNOTATIONS.contains(&key.as_str());
            if !schema.as_object()?.keys().all(alone) {
                return None;
            }
            schema = resolve(self.source, reference)?;
        }
        None
    }

    /// Whether no value can match both schemas.
    fn apart(&self, one: &Value, other: &Value, tag: Option<&str>) -> bool {
        // What stands beside a `$ref` holds whatever is behind it.
        let (one, other) = (self.followed(one).unwrap_or(one), self.followed(other).unwrap_or(other));
        if let (Some(ones), Some(others)) = (literals(one), literals(other)) {
            return ones.iter().all(|value| !others.contains(value));
        }
        if let (Some(ones), Some(others)) = (types(one), types(other)) {
            let same =
                |a: &str, b: &str| a == b || matches!((a, b), ("integer", "number") | ("number", "integer"));
            if !ones.iter().any(|a| others.iter().any(|b| same(a, b))) {
                return true;
            }
        }
        let (Some(ones), Some(others)) = (properties(one), properties(other)) else { return false };
        let told_apart = ones.iter().any(|(name, value)| {
            let Some(counterpart) = others.get(name) else { return false };
            let always = |schema| requires(schema, name) || tag == Some(name.as_str());
            always(one) && always(other) && self.apart(value, counterpart, None)
        });
        let excludes = |closed: &Value, names: &Map<String, Value>, open: &Value| {
            closed.get("additionalProperties") == Some(&Value::Bool(false))
                && open.get("required").and_then(Value::as_array).is_some_and(|required| {
                    required.iter().filter_map(Value::as_str).any(|name| !names.contains_key(name))
                })
        };
        told_apart || excludes(one, ones, other) || excludes(other, others, one)
    }
}

/// One object with the properties of all; none if they cannot be joined without changing what they say.
fn join_objects(outer: &Map<String, Value>, parts: Vec<Map<String, Value>>) -> Option<Map<String, Value>> {
    let mut joined = outer.clone();
    joined.shift_remove("allOf");
    joined.shift_remove("$ref");
    let own = |key: &str| key == "$defs" || key == "definitions" || key == "$schema" || key == "$id";
    if !joined.keys().all(|key| own(key) || joinable(key)) || !is_closed_or_silent(&joined) {
        return None;
    }
    let mut properties = match joined.get("properties") {
        Some(Value::Object(properties)) => properties.clone(),
        _ => Map::new(),
    };
    // A closed part forbids the properties of the others.
    let mut closed: Vec<Map<String, Value>> = Vec::new();
    if joined.contains_key("additionalProperties") {
        closed.push(properties.clone());
    }
    joined.insert("type".to_owned(), Value::from("object"));
    for part in parts {
        if !part.keys().all(|key| joinable(key)) || !is_closed_or_silent(&part) {
            return None;
        }
        let declared = match part.get("properties") {
            Some(Value::Object(declared)) => declared.clone(),
            _ => Map::new(),
        };
        for (name, schema) in &declared {
            if properties.get(name).is_some_and(|known| known != schema) {
                return None;
            }
            properties.insert(name.clone(), schema.clone());
        }
        if part.contains_key("additionalProperties") {
            closed.push(declared);
        }
        for (key, value) in part {
            if ANNOTATIONS.contains(&key.as_str()) && !joined.contains_key(&key) {
                joined.insert(key, value);
            }
        }
    }
    if !closed.iter().all(|names| properties.keys().all(|name| names.contains_key(name))) {
        return None;
    }
    joined.shift_remove("unevaluatedProperties");
    joined.insert("properties".to_owned(), Value::Object(properties));
    Some(joined)
}

fn joinable(key: &str) -> bool {
    let structure = ["type", "properties", "required", "additionalProperties", "unevaluatedProperties"];
    ANNOTATIONS.contains(&key) || structure.contains(&key)
}

/// An object, that says `false` about further properties or nothing.
fn is_closed_or_silent(map: &Map<String, Value>) -> bool {
    map.get("type").is_none_or(|name| name == "object")
        && ["additionalProperties", "unevaluatedProperties"]
            .iter()
            .all(|key| map.get(*key).is_none_or(|value| value == &Value::Bool(false)))
}

/// The only values that a schema allows, where it lists them.
fn literals(schema: &Value) -> Option<Vec<&Value>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => Some(vec![value]),
        (None, Some(Value::Array(values))) => Some(values.iter().collect()),
        _ => None,
    }
}

fn types(schema: &Value) -> Option<Vec<&str>> {
    match schema.get("type")? {
        Value::String(name) => Some(vec![name]),
        Value::Array(names) => names.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    (types(schema)? == ["object"]).then_some(())?;
    schema.get("properties")?.as_object()
}

fn requires(schema: &Value, name: &str) -> bool {
    schema
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(|required| required.iter().any(|told| told == name))
}
