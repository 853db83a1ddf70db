//! What becomes of a schema, and what is refused where.

use super::*;
use serde_json::json;

fn strict(schema: Value) -> Result<String, String> {
    strict_schema(schema.to_string().as_bytes())
        .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
        .map_err(|error| error.message().to_owned())
}

fn text() -> Value {
    json!({"type": "string"})
}

#[test]
fn schemas_become_strict() {
    let table = [
        (
            "an object is closed, its properties required in their order, whatever was required before",
            json!({"type": "object", "properties": {"b": text(), "a": {"type": "integer"}}, "required": ["a"]}),
            json!({"type": "object", "properties": {"b": text(), "a": {"type": "integer"}}, "required": ["b", "a"], "additionalProperties": false}),
        ),
        (
            "below lists, unions and definitions too",
            json!({"type": "object", "properties": {
                "list": {"type": "array", "items": {"type": "object", "properties": {}}},
                "either": {"anyOf": [{"type": ["object", "null"], "properties": {"x": text()}}, {"$ref": "#/$defs/D"}]}},
                "$defs": {"D": {"type": "object", "properties": {"y": text()}}}}),
            json!({"type": "object", "properties": {
                "list": {"type": "array", "items": {"type": "object", "properties": {}, "additionalProperties": false, "required": []}},
                "either": {"anyOf": [
                    {"type": ["object", "null"], "properties": {"x": text()}, "additionalProperties": false, "required": ["x"]},
                    {"$ref": "#/$defs/D"}]}},
                "$defs": {"D": {"type": "object", "properties": {"y": text()}, "additionalProperties": false, "required": ["y"]}},
                "additionalProperties": false, "required": ["list", "either"]}),
        ),
        (
            "a reference beside other keywords is replaced, and they win",
            json!({"$defs": {"D": {"title": "D", "description": "theirs", "type": "string"}}, "type": "object",
                "properties": {"d": {"$ref": "#/$defs/D", "description": "ours", "default": null}}}),
            json!({"$defs": {"D": {"title": "D", "description": "theirs", "type": "string"}}, "type": "object",
                "properties": {"d": {"description": "ours", "title": "D", "type": "string"}},
                "additionalProperties": false, "required": ["d"]}),
        ),
        (
            "a reference to a reference is followed to its end",
            json!({"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"type": "string"}}, "type": "object",
                "properties": {"a": {"$ref": "#/$defs/A", "description": "d"}}}),
            json!({"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"type": "string"}}, "type": "object",
                "properties": {"a": {"description": "d", "type": "string"}},
                "additionalProperties": false, "required": ["a"]}),
        ),
        (
            "a root that is a reference becomes what it points to; recursion stays",
            json!({"$defs": {"T": {"type": "object", "properties": {"c": {"type": "array", "items": {"$ref": "#/$defs/T"}}}}}, "$ref": "#/$defs/T"}),
            json!({"$defs": {"T": {"type": "object", "properties": {"c": {"type": "array", "items": {"$ref": "#/$defs/T"}}}, "additionalProperties": false, "required": ["c"]}},
                "type": "object", "properties": {"c": {"type": "array", "items": {"$ref": "#/$defs/T"}}}, "additionalProperties": false, "required": ["c"]}),
        ),
        (
            "a recursive reference loses the annotations beside it",
            json!({"type": "object", "properties": {"left": {"$ref": "#", "description": "smaller"}}}),
            json!({"type": "object", "properties": {"left": {"$ref": "#"}}, "additionalProperties": false, "required": ["left"]}),
        ),
        (
            "an intersection of one is that one",
            json!({"type": "object", "properties": {"x": {"description": "d", "allOf": [{"type": "object", "properties": {}}]}}}),
            json!({"type": "object", "properties": {"x": {"description": "d", "type": "object", "properties": {}, "additionalProperties": false, "required": []}},
                "additionalProperties": false, "required": ["x"]}),
        ),
        (
            "an intersection of objects is one object",
            json!({"type": "object", "properties": {"x": {"allOf": [{"$ref": "#/$defs/A"}, {"type": "object", "properties": {"b": text()}}], "description": "d"}},
                "$defs": {"A": {"type": "object", "properties": {"a": text()}}}}),
            json!({"type": "object", "properties": {"x": {"description": "d", "type": "object", "properties": {"a": text(), "b": text()}, "additionalProperties": false, "required": ["a", "b"]}},
                "$defs": {"A": {"type": "object", "properties": {"a": text()}, "additionalProperties": false, "required": ["a"]}},
                "additionalProperties": false, "required": ["x"]}),
        ),
        (
            "properties beside a reference join those behind it",
            json!({"type": "object", "properties": {"x": {"type": "object", "properties": {"kind": {"const": "a"}}, "$ref": "#/$defs/A", "required": ["kind"]}},
                "$defs": {"A": {"type": "object", "properties": {"a": text()}}}}),
            json!({"type": "object", "properties": {"x": {"type": "object", "properties": {"kind": {"const": "a"}, "a": text()}, "required": ["kind", "a"], "additionalProperties": false}},
                "$defs": {"A": {"type": "object", "properties": {"a": text()}, "additionalProperties": false, "required": ["a"]}},
                "additionalProperties": false, "required": ["x"]}),
        ),
        (
            "`oneOf` of branches with different constants is `anyOf`",
            json!({"type": "object", "properties": {"s": {"oneOf": [
                {"type": "object", "properties": {"k": {"const": "a"}}, "required": ["k"]},
                {"type": "object", "properties": {"k": {"enum": ["b", "c"]}}, "required": ["k"]}], "discriminator": {"propertyName": "k"}}}}),
            json!({"type": "object", "properties": {"s": {"anyOf": [
                {"type": "object", "properties": {"k": {"const": "a"}}, "required": ["k"], "additionalProperties": false},
                {"type": "object", "properties": {"k": {"enum": ["b", "c"]}}, "required": ["k"], "additionalProperties": false}]}},
                "additionalProperties": false, "required": ["s"]}),
        ),
        (
            "and of branches of different types",
            json!({"type": "object", "properties": {"s": {"oneOf": [{"type": "string"}, {"type": ["integer", "null"]}]}}}),
            json!({"type": "object", "properties": {"s": {"anyOf": [{"type": "string"}, {"type": ["integer", "null"]}]}}, "additionalProperties": false, "required": ["s"]}),
        ),
        (
            "literal values are no schemas",
            json!({"type": "object", "properties": {"c": {"const": {"type": "object", "not": 1}}}}),
            json!({"type": "object", "properties": {"c": {"const": {"type": "object", "not": 1}}}, "additionalProperties": false, "required": ["c"]}),
        ),
        (
            "names that look like keywords are names, and names are found as they stand and escaped",
            json!({"type": "object", "properties": {"not": {"$ref": "#/$defs/a~1b"}, "$ref": {"$ref": "#/$defs/c%20d"}}, "$defs": {"a/b": text(), "c d": text()}}),
            json!({"type": "object", "properties": {"not": {"$ref": "#/$defs/a~1b"}, "$ref": {"$ref": "#/$defs/c%20d"}}, "$defs": {"a/b": text(), "c d": text()},
                "additionalProperties": false, "required": ["not", "$ref"]}),
        ),
        (
            "escapes are undone in their order",
            json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/a~01b", "description": "d"}}, "$defs": {"a~1b": text(), "a/b": {"type": "null"}}}),
            json!({"type": "object", "properties": {"x": {"description": "d", "type": "string"}}, "$defs": {"a~1b": text(), "a/b": {"type": "null"}},
                "additionalProperties": false, "required": ["x"]}),
        ),
        (
            "properties say that it is an object; a default that is a value stays, and so does the id of the whole",
            json!({"$id": "https://example.com/s", "type": "object", "properties": {"x": {"properties": {"y": {"type": "integer", "default": 3}}}}}),
            json!({"$id": "https://example.com/s", "type": "object", "properties": {"x": {"properties": {"y": {"type": "integer", "default": 3}}, "additionalProperties": false, "required": ["y"]}},
                "additionalProperties": false, "required": ["x"]}),
        ),
        (
            "a definition that holds itself is recursion too, and not replaced in itself",
            json!({"type": "object", "properties": {"t": {"$ref": "#/$defs/T"}}, "$defs": {"T": {"type": "object", "properties": {"c": {"$ref": "#/$defs/T", "description": "d"}}}}}),
            json!({"type": "object", "properties": {"t": {"$ref": "#/$defs/T"}}, "$defs": {"T": {"type": "object", "properties": {"c": {"$ref": "#/$defs/T"}}, "additionalProperties": false, "required": ["c"]}},
                "additionalProperties": false, "required": ["t"]}),
        ),
        (
            "a closed branch excludes those with other required properties, wherever it stands",
            json!({"type": "object", "properties": {"s": {"oneOf": [
                {"type": "object", "properties": {"a": text()}, "required": ["a"]},
                {"type": "object", "properties": {"b": text()}, "additionalProperties": false}]}}}),
            json!({"type": "object", "properties": {"s": {"anyOf": [
                {"type": "object", "properties": {"a": text()}, "required": ["a"], "additionalProperties": false},
                {"type": "object", "properties": {"b": text()}, "additionalProperties": false, "required": ["b"]}]}},
                "additionalProperties": false, "required": ["s"]}),
        ),
    ];
    for (name, given, expected) in table {
        assert_eq!(strict(given).as_ref(), Ok(&expected.to_string()), "{name}");
        assert_eq!(
            strict(expected.clone()),
            Ok(expected.to_string()),
            "{name}: a strict schema stays as it is"
        );
    }
}

#[test]
fn what_cannot_be_strict_is_refused_by_place_and_keyword() {
    let inside =
        |schema: Value| json!({"type": "object", "properties": {"a": {"type": "array", "items": schema}}});
    let at = "#/properties/a/items";
    let open = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let table = [
        (inside(open), at, "`additionalProperties`"),
        (inside(json!({"type": "object", "additionalProperties": true})), at, "`additionalProperties`"),
        (inside(json!({"type": "object", "patternProperties": {}})), at, "`patternProperties`"),
        (inside(json!({"type": "string", "not": {"const": "x"}})), at, "`not`"),
        (inside(json!({"if": {}, "type": "string"})), at, "`if`"),
        (inside(json!({"type": "array", "prefixItems": []})), at, "`prefixItems`"),
        (inside(json!({"type": "array"})), at, "`items`"),
        (inside(json!({"type": "array", "items": [text()]})), at, "`items`"),
        (inside(json!({"oneOf": [text(), text()]})), at, "`oneOf`"),
        (inside(json!({"oneOf": [{"type": "integer"}, {"type": "number"}]})), at, "`oneOf`"),
        (inside(json!({"allOf": [text(), {"pattern": "x"}]})), at, "`allOf`"),
        (
            inside(
                json!({"allOf": [{"type": "object", "properties": {"x": text()}, "additionalProperties": false}, {"type": "object", "properties": {"y": text()}}]}),
            ),
            at,
            "`allOf`",
        ),
        (
            inside(json!({"allOf": [
                {"type": "object", "properties": {"x": text()}, "unevaluatedProperties": text()},
                {"type": "object", "properties": {"y": text()}}]})),
            at,
            "`allOf`",
        ),
        (inside(json!({"oneOf": [text(), {"type": "null"}], "anyOf": [text()]})), at, "`oneOf`"),
        (
            inside(json!({"oneOf": [
                {"type": "object", "properties": {"k": {"const": "a"}}, "required": ["k"]},
                {"type": "object", "properties": {"k": {"const": "b"}}}]})),
            at,
            "`oneOf`",
        ),
        (inside(json!({"type": "string", "$id": "https://example.com/s"})), at, "`$id`"),
        (inside(json!({"$ref": "#/type"})), at, "`$ref` to `#/type`"),
        (inside(json!({"$ref": "#/$defs/Gone"})), at, "`$ref` to `#/$defs/Gone`"),
        (inside(json!({"$ref": "#/$defs/Gone", "title": "T"})), at, "`$ref` to `#/$defs/Gone`"),
        (inside(json!({"$ref": "other.json"})), at, "`$ref` to `other.json`"),
        (inside(json!({"description": "anything"})), at, "`type`"),
        (inside(json!(true)), at, "not `true`"),
        (inside(json!({"type": "object", "required": ["x"]})), at, "`required`: \"x\""),
        (
            inside(json!({"type": "object", "properties": {"x": text()}, "anyOf": [{"type": "object"}]})),
            at,
            "`anyOf`",
        ),
        (
            json!({"type": "object", "properties": {"a/b": {"type": "object", "minProperties": 1}}}),
            "#/properties/a~1b",
            "`minProperties`",
        ),
        (
            json!({"type": "object", "properties": {"a~b": {"type": "string", "not": {}}}}),
            "#/properties/a~0b:",
            "`not`",
        ),
        (json!({"type": "array", "items": text()}), "#:", "`type`"),
        (json!({"anyOf": [{"type": "object"}]}), "#:", "`anyOf`"),
        (json!({"$ref": "#", "type": "object"}), "#:", "recursive"),
        (json!("text"), "#:", "an object"),
        (
            json!({"type": "object", "properties": {"x": {"$ref": "#", "minimum": 1}}}),
            "#/properties/x",
            "recursive",
        ),
    ];
    for (given, place, told) in table {
        let error = strict(given.clone()).expect_err(&given.to_string());
        assert!(error.contains(place) && error.contains(told), "{given}: {error}");
    }
    let error = strict_schema(b"{").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("not JSON"), "{error}");
}

#[test]
fn documented_limits_hold() {
    let wide = |count: usize| {
        let properties: Map<String, Value> = (0..count).map(|index| (format!("p{index}"), text())).collect();
        json!({"type": "object", "properties": properties})
    };
    assert!(strict(wide(MOST)).is_ok());
    assert!(strict(wide(MOST + 1)).unwrap_err().contains("5001 in all"));
    let deep = |levels: usize| {
        (0..levels).fold(text(), |inner, _| json!({"type": "object", "properties": {"x": inner}}))
    };
    assert!(strict(deep(10)).is_ok());
    assert!(strict(deep(11)).unwrap_err().contains("deeper than 10"));
    let defined =
        json!({"type": "object", "properties": {"d": {"$ref": "#/$defs/D"}}, "$defs": {"D": deep(10)}});
    assert!(strict(defined).is_ok(), "a definition has levels of its own");
}
const MOST: usize = 5_000;

#[test]
fn references_that_multiply_each_other_end() {
    let definitions: Map<String, Value> = (0..40)
        .map(|index| {
            let next = json!({"$ref": format!("#/$defs/D{}", index + 1), "title": "t"});
            (format!("D{index}"), json!({"type": "object", "properties": {"a": next, "b": next}}))
        })
        .chain([("D40".to_owned(), text())])
        .collect();
    let schema = json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/D0"}}, "$defs": definitions});
    assert!(strict(schema).unwrap_err().contains("beyond all limits"));
}

#[test]
fn the_lenient_form_leaves_what_is_refused() {
    let given = json!({"type": "object", "properties": {"m": {"type": "object", "additionalProperties": text()}, "o": {"oneOf": [text(), text()]}}});
    let mut expected = given.clone();
    expected["additionalProperties"] = json!(false);
    expected["required"] = json!(["m", "o"]);
    assert_eq!(lenient_schema(given.to_string().as_bytes()).unwrap(), expected.to_string());
}
