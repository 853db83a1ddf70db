//! What types become as schemas, and what answers become as values.

use super::source::Source;
use super::*;
use crate::engine::ErrorKind;
use bytes::Bytes;
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(dead_code)]
enum Shape {
    Circle { radius: f64 },
    Square(Square),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Square {
    side: u8,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code)]
enum Mood {
    /// Smiling.
    Happy,
    Sad,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Everything {
    shape: Shape,
    mood: Mood,
    boxed: Option<Box<Everything>>,
    #[serde(default = "five")]
    count: i32,
}

fn five() -> i32 {
    5
}

#[test]
fn types_have_strict_schemas() {
    let schema = strict_schema_of::<Everything>().unwrap();
    assert_eq!(schema["required"], json!(["shape", "mood", "boxed", "count"]));
    assert_eq!(schema["properties"]["count"], json!({"type": "integer"}));
    assert_eq!(schema["properties"]["boxed"]["anyOf"][1], json!({"type": "null"}));
    assert_eq!(
        schema["$defs"]["Shape"]["anyOf"][1],
        json!({"type": "object", "properties": {
            "kind": {"type": "string", "const": "square"},
            "side": {"type": "integer", "minimum": 0, "maximum": 255},
            "name": {"type": ["string", "null"]}
        }, "required": ["kind", "side", "name"], "additionalProperties": false}),
    );
    assert_eq!(
        schema["$defs"]["Mood"]["anyOf"][1],
        json!({"description": "Smiling.", "type": "string", "const": "Happy"})
    );
}

#[test]
fn types_without_a_strict_schema_are_told() {
    #[derive(JsonSchema)]
    #[allow(dead_code)]
    struct Open {
        tags: std::collections::HashMap<String, String>,
    }
    let error = strict_schema_of::<Open>().unwrap_err();
    assert!(error.message().contains("#/properties/tags: `additionalProperties`"), "{error}");
    for (error, told) in [
        (strict_schema_of::<Vec<String>>().unwrap_err(), "the whole must be an object"),
        (strict_schema_of::<Shape>().unwrap_err(), "the whole must be an object"),
    ] {
        assert!(error.message().contains(told), "{error}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_told_by_its_place() {
    let (headers, body) = (HeaderMap::new(), Bytes::from_static(b"{}"));
    let source = Source { headers: &headers, body: &|| body.clone() };
    let error = source.value::<Square>(r#"{"side": "one"}"#, "the text").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResponseValidation);
    assert!(
        error.message().contains("the text is no ") && error.message().contains("at side: invalid type"),
        "{error}"
    );
    assert!(source.value::<Square>(r#"{"side": 1} x"#, "the text").is_err());
    assert_eq!(source.value::<Square>(r#"{"side": 1}"#, "the text").unwrap().side, 1);
}
