//! What strict mode refuses, found before the server finds it: the first fault, with its place.
//!
//! The rules are those that the API documents: the subset of JSON Schema, 5,000 properties, 10 levels of objects.

use super::{below, dangling, refused, resolve};
use crate::engine::Error;
use serde_json::{Map, Value};

const MOST_PROPERTIES: usize = 5_000;
/// Objects within objects below the root.
const MOST_LEVELS: usize = 10;

/// Keywords without a strict form, each with what to do instead.
const UNSUPPORTED: [(&str, &str); 32] = [
    (
        "oneOf",
        "its branches may overlap; use `anyOf`, or give each object a property with a different constant",
    ),
    ("allOf", "its branches cannot be joined; write one schema that says it all"),
    ("not", NO_LOGIC),
    ("if", NO_LOGIC),
    ("then", NO_LOGIC),
    ("else", NO_LOGIC),
    ("dependentRequired", NO_LOGIC),
    ("dependentSchemas", NO_LOGIC),
    ("dependencies", NO_LOGIC),
    ("patternProperties", NO_MAPS),
    ("propertyNames", NO_MAPS),
    ("minProperties", NO_MAPS),
    ("maxProperties", NO_MAPS),
    ("unevaluatedProperties", NO_MAPS),
    ("prefixItems", NO_TUPLES),
    ("additionalItems", NO_TUPLES),
    ("unevaluatedItems", NO_TUPLES),
    ("contains", NO_COUNTS),
    ("minContains", NO_COUNTS),
    ("maxContains", NO_COUNTS),
    ("uniqueItems", NO_COUNTS),
    ("contentEncoding", NO_CONTENT),
    ("contentMediaType", NO_CONTENT),
    ("contentSchema", NO_CONTENT),
    ("$anchor", NO_SCOPES),
    ("$dynamicAnchor", NO_SCOPES),
    ("$dynamicRef", NO_SCOPES),
    ("$recursiveAnchor", NO_SCOPES),
    ("$recursiveRef", NO_SCOPES),
    ("nullable", "it is OpenAPI's; say `\"type\": [\"string\", \"null\"]`"),
    ("discriminator", "it is OpenAPI's, and belongs to `oneOf`; leave it out"),
    ("$id", "only the whole schema may have an id"),
];
const NO_LOGIC: &str = "there are no conditions in strict mode; check them in the value you get";
const NO_MAPS: &str =
    "names of properties are fixed in strict mode; use a list of objects with a name and a value";
const NO_TUPLES: &str = "there are no tuples in strict mode; use an object with a property for each position";
const NO_COUNTS: &str = "strict mode does not count like this; check it in the value you get";
const NO_CONTENT: &str = "strict mode knows strings only as text; leave it out";
const NO_SCOPES: &str = "strict mode knows `$ref` to a place of the same schema only";

/// # Errors
/// The first fault.
pub(super) fn check(root: &Value) -> Result<(), Error> {
    let kind = root.get("type").map_or("nothing".to_owned(), |kind| format!("`{kind}`"));
    if root.get("anyOf").is_some() || root.get("oneOf").is_some() {
        return Err(refused(
            "#",
            "`anyOf`: the whole must be an object, not a union; put the union in a property",
        ));
    }
    let properties = Checker { root, properties: 0 }.walk(root)?;
    if root.get("type") != Some(&Value::from("object")) {
        let what =
            format!("`type`: the whole must be an object, but it says {kind}; put the value in a property");
        return Err(refused("#", &what));
    }
    if properties > MOST_PROPERTIES {
        let what = format!("`properties`: {properties} in all, of at most {MOST_PROPERTIES}");
        return Err(refused("#", &what));
    }
    Ok(())
}

struct Checker<'a> {
    root: &'a Value,
    properties: usize,
}

impl Checker<'_> {
    /// How many properties there are in all.
    fn walk(mut self, root: &Value) -> Result<usize, Error> {
        self.schema(root, "#", 0)?;
        Ok(self.properties)
    }

    /// `level`: in how many objects this schema lies.
    fn schema(&mut self, schema: &Value, path: &str, level: usize) -> Result<(), Error> {
        let Value::Object(map) = schema else {
            return Err(refused(
                path,
                &format!("a schema is an object here, not `{schema}`; say which type it is"),
            ));
        };
        if level > MOST_LEVELS {
            return Err(refused(
                path,
                &format!("`properties`: objects nest deeper than {MOST_LEVELS} levels"),
            ));
        }
        for (keyword, advice) in UNSUPPORTED {
            if map.contains_key(keyword) && !(keyword == "$id" && path == "#") {
                return Err(refused(path, &format!("`{keyword}`: {advice}")));
            }
        }
        self.object(map, path, level)?;
        self.array(map, path, level)?;
        if let Some(branches) = map.get("anyOf") {
            let path = below(path, "anyOf");
            let Value::Array(branches) = branches else {
                return Err(refused(&path, "a list of schemas belongs here"));
            };
            for (index, branch) in branches.iter().enumerate() {
                self.schema(branch, &below(&path, &index.to_string()), level)?;
            }
        }
        for keyword in ["$defs", "definitions"] {
            if let Some(Value::Object(definitions)) = map.get(keyword) {
                for (name, definition) in definitions {
                    self.schema(definition, &below(&below(path, keyword), name), 0)?;
                }
            }
        }
        match map.get("$ref") {
            Some(Value::String(reference))
                if resolve(self.root, reference).is_none_or(|found| !found.is_object()) =>
            {
                return Err(dangling(path, reference));
            }
            Some(Value::String(_)) | None => {}
            Some(_) => return Err(refused(path, "`$ref`: text belongs here")),
        }
        let says_what = ["type", "$ref", "anyOf", "enum", "const", "properties"];
        if !says_what.iter().any(|keyword| map.contains_key(*keyword)) {
            return Err(refused(
                path,
                "`type`: it is not said what the value is; strict mode has no value of any type",
            ));
        }
        Ok(())
    }

    fn object(&mut self, map: &Map<String, Value>, path: &str, level: usize) -> Result<(), Error> {
        if let Some(open) = map.get("additionalProperties")
            && open != &Value::Bool(false)
        {
            return Err(refused(path, &format!("`additionalProperties`: {NO_MAPS}")));
        }
        let Some(properties) = map.get("properties") else {
            return match map.get("required").and_then(Value::as_array).and_then(|names| names.first()) {
                Some(name) => Err(refused(path, &format!("`required`: {name} is not among the properties"))),
                None => Ok(()),
            };
        };
        let place = below(path, "properties");
        let Value::Object(properties) = properties else {
            return Err(refused(&place, "an object belongs here"));
        };
        if map.contains_key("anyOf") {
            return Err(refused(
                path,
                "`anyOf`: an object cannot have properties and a union of others beside them; put the union in a property",
            ));
        }
        self.properties += properties.len();
        for (name, property) in properties {
            self.schema(property, &below(&place, name), level + 1)?;
        }
        Ok(())
    }

    fn array(&mut self, map: &Map<String, Value>, path: &str, level: usize) -> Result<(), Error> {
        let is_array = match map.get("type") {
            Some(Value::Array(names)) => names.iter().any(|name| name == "array"),
            Some(name) => name == "array",
            None => false,
        };
        match map.get("items") {
            Some(Value::Array(_)) => Err(refused(path, &format!("`items`: {NO_TUPLES}"))),
            Some(items) => self.schema(items, &below(path, "items"), level),
            None if is_array => Err(refused(path, "`items`: a list must say what it holds")),
            None => Ok(()),
        }
    }
}
