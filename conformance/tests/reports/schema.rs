//! As much of JSON Schema (draft 2020-12) as the report's schema uses.

use serde_json::Value;
use std::collections::BTreeSet;

/// A schema, and which of its properties have occurred.
pub(super) struct Schema {
    root: Value,
    seen: BTreeSet<String>,
}

/// The words that [`Schema`] knows; of any other it would not know what it asks for.
const KNOWN: [&str; 13] = [
    "$schema",
    "$id",
    "$defs",
    "$ref",
    "title",
    "description",
    "type",
    "const",
    "enum",
    "properties",
    "required",
    "items",
    "additionalProperties",
];

impl Schema {
    pub(super) fn new(text: &str) -> Self {
        let root: Value = serde_json::from_str(text).expect("the schema is JSON");
        assert_known(&root);
        Self { root, seen: BTreeSet::new() }
    }

    /// What is wrong with a document.
    pub(super) fn complaints(&mut self, document: &Value) -> Vec<String> {
        let mut complaints = Vec::new();
        let root = self.root.clone();
        self.check("$", &root, document, &mut complaints);
        complaints
    }

    /// The properties that the schema has, and no document had.
    pub(super) fn unseen(&self) -> Vec<String> {
        let mut all = BTreeSet::new();
        properties(&self.root, &mut all);
        all.difference(&self.seen).cloned().collect()
    }

    fn check(&mut self, at: &str, schema: &Value, value: &Value, complaints: &mut Vec<String>) {
        if let Some(target) = schema["$ref"].as_str() {
            let pointer = target.strip_prefix('#').expect("a reference inside the schema");
            let target = self.root.pointer(pointer).expect("what the reference names").clone();
            return self.check(at, &target, value, complaints);
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|name| is_of_type(value, name)) {
            complaints.push(format!("{at} is {value}, and no {types:?}"));
        }
        if schema.get("const").is_some_and(|only| only != value) {
            complaints.push(format!("{at} is {value}, and not {}", schema["const"]));
        }
        if schema["enum"].as_array().is_some_and(|allowed| !allowed.contains(value)) {
            complaints.push(format!("{at} is {value}, and none of {}", schema["enum"]));
        }
        for item in value.as_array().into_iter().flatten() {
            self.check(&format!("{at}[]"), &schema["items"], item, complaints);
        }
        let Some(object) = value.as_object() else { return };
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                complaints.push(format!("{at} has no {name}"));
            }
        }
        for (name, value) in object {
            match schema["properties"].get(name) {
                Some(property) => {
                    self.seen.insert(key(name, property));
                    self.check(&format!("{at}.{name}"), property, value, complaints);
                }
                None if schema["additionalProperties"] == Value::Bool(false) => {
                    complaints.push(format!("{at}.{name} is not in the schema"));
                }
                None => {
                    self.check(&format!("{at}.{name}"), &schema["additionalProperties"], value, complaints);
                }
            }
        }
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

/// A property by its name and what the schema says of it.
fn key(name: &str, schema: &Value) -> String {
    let says = schema["description"].as_str().unwrap_or_else(|| panic!("{name} has no description"));
    format!("{name}: {says}")
}

fn properties(schema: &Value, all: &mut BTreeSet<String>) {
    if !schema.is_object() {
        return;
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        all.insert(key(name, property));
        properties(property, all);
    }
    for inner in schema["$defs"].as_object().into_iter().flat_map(|defs| defs.values()) {
        properties(inner, all);
    }
    for inner in [&schema["items"], &schema["additionalProperties"]] {
        properties(inner, all);
    }
}

fn assert_known(schema: &Value) {
    for (word, value) in schema.as_object().into_iter().flatten() {
        assert!(KNOWN.contains(&&**word), "{word} is no word that is checked here");
        match (&**word, value) {
            ("properties" | "$defs", Value::Object(schemas)) => schemas.values().for_each(assert_known),
            ("items" | "additionalProperties", schema) => assert_known(schema),
            _ => {}
        }
    }
}

#[test]
fn what_is_not_as_the_schema_says_is_told() {
    let text = r#"{
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {
            "a": { "description": "a number", "type": "integer" },
            "b": { "description": "texts", "type": "array", "items": { "enum": ["x", "y"] } },
            "c": { "description": "never", "const": 1 }
        }
    }"#;
    let mut schema = Schema::new(text);
    let told =
        |schema: &mut Schema, text: &str| schema.complaints(&serde_json::from_str(text).expect("JSON"));
    assert!(told(&mut schema, r#"{ "a": 1, "b": ["x"] }"#).is_empty());
    for (wrong, says) in [
        (r#"{ "b": [] }"#, "$ has no a"),
        (r#"{ "a": "1" }"#, "$.a is \"1\""),
        (r#"{ "a": 1, "b": ["z"] }"#, "$.b[] is \"z\""),
        (r#"{ "a": 1, "d": 1 }"#, "$.d is not in the schema"),
        ("[]", "and no [\"object\"]"),
    ] {
        let told = told(&mut schema, wrong);
        assert!(told.iter().any(|told| told.contains(says)), "{wrong}: {told:?}");
    }
    assert_eq!(schema.unseen(), ["c: never"]);
}
