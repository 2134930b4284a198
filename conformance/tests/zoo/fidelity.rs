#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::too_many_lines,
    reason = "the table is as long as the mistakes are many, and some of them are in the casts"
)]

mod lies;

use super::fault::Fault;
use crate::fault;
use lies::{
    CutsKeys, CutsMeta, DeepIsLost, Iterates, ReadsByHash, Refuses, RefusesTooLate, SkipsEqual, Writes, cut,
    depth, each_object, each_value, in_text_order,
};
use mneme::limits;
use serde_json::{Map, Number, Value};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a vector that has no direction is refused",
            volatile(|| Refuses(
                |entry| entry.embedding.len() > 4 && entry.embedding.iter().all(|n| *n == 0.0)
            )),
            fidelity::embedding_bits,
            [],
            "insert"
        ),
        fault!(
            "text is cut at U+0000",
            volatile(|| Writes(|content| {
                for text in [&mut content.query, &mut content.response] {
                    text.truncate(text.find('\0').unwrap_or(text.len()));
                }
            })),
            fidelity::text,
            [],
            "get_by_hash(\"a\", \"query 0\")"
        ),
        fault!(
            "an engine whose text takes no U+0000" from "https://github.com/brianc/node-postgres/issues/2080",
            volatile(|| Refuses(|entry| entry.response.contains('\0'))),
            fidelity::text,
            [],
            "insert(\"a\", \"response 0\", query \"q\", response \"a\\u{0}b\")"
        ),
        fault!(
            "line ends are translated in responses",
            volatile(|| Writes(|content| content.response = content.response.replace("\r\n", "\n"))),
            fidelity::text,
            [],
            "get_by_hash(\"a\", \"response 10\")"
        ),
        fault!(
            "queries are trimmed on the way in",
            volatile(|| Writes(|content| content.query = content.query.trim().to_owned())),
            fidelity::text,
            [],
            "get_by_hash(\"a\", \"query 5\")"
        ),
        fault!(
            "a text that begins with a byte order mark loses it",
            volatile(|| Writes(|content| {
                if let Some(rest) = content.response.strip_prefix('\u{feff}') {
                    content.response = rest.to_owned();
                }
            })),
            fidelity::text,
            [],
            "get_by_hash(\"a\", \"response 15\")"
        ),
        fault!(
            "what is not in the basic plane becomes a question mark",
            volatile(|| Writes(|content| {
                content.response =
                    content.response.chars().map(|c| if c > '\u{ffff}' { '?' } else { c }).collect();
            })),
            fidelity::text,
            [],
            "get_by_hash(\"a\", \"response 24\")"
        ),
        fault!(
            "one read unescapes what was never escaped",
            volatile(|| ReadsByHash(|content| content.response = content.response.replace("\\n", "\n"))),
            fidelity::text,
            [],
            "get_by_hash(\"a\", \"response 31\")"
        ),
        fault!(
            "a TEXT column of 65,535 bytes",
            volatile(|| Writes(|content| cut(&mut content.response, 65_535))),
            fidelity::large_values,
            [fidelity::longer_text_is_kept_or_refused],
            "get_by_hash(\"a\", \"response\")"
        ),
        fault!(
            "an engine that takes rows of half a MiB",
            volatile(|| Refuses(|entry| entry.response.len() + entry.query.len() > 512 * 1024)),
            fidelity::large_values,
            [fidelity::longer_text_is_kept_or_refused],
            "insert(\"a\", \"response\", response"
        ),
        fault!(
            "a dimension in two bytes: the vector is cut",
            volatile(|| Writes(|content| {
                let dimension = content.embedding.len() as u16;
                content.embedding.truncate(usize::from(dimension));
            })),
            fidelity::large_values,
            [],
            "the store holds vectors of 65536, and 0 was supplied"
        ),
        fault!(
            "vectors in blocks of 2,048 numbers: what is left over is lost",
            volatile(|| Writes(|content| {
                let whole = content.embedding.len() / 2_048 * 2_048;
                if whole > 0 {
                    content.embedding[whole..].fill(0.0);
                }
            })),
            fidelity::large_values,
            [],
            "get_by_hash"
        ),
        fault!(
            "chunks of a large text come back in the order of their names",
            volatile(|| ReadsByHash(|content| content.response = in_text_order(&content.response))),
            fidelity::large_values,
            [fidelity::longer_text_is_kept_or_refused],
            "get_by_hash(\"a\", \"response\")"
        ),
        fault!(
            "metadata in a column of 65,535 bytes",
            volatile(|| Refuses(|entry| {
                serde_json::to_string(&entry.metadata).is_ok_and(|text| text.len() > 65_535)
            })),
            fidelity::large_values,
            [fidelity::longer_text_is_kept_or_refused],
            "insert(\"a\", \"one\", metadata"
        ),
        fault!(
            "a response past the limit is cut to it",
            volatile(|| Writes(|content| cut(&mut content.response, limits::MAX_TEXT_BYTES))),
            fidelity::longer_text_is_kept_or_refused,
            [],
            "get_by_hash(\"a\", \"response\")"
        ),
        fault!(
            "what Unicode takes for a space is cut from the end of an answer",
            volatile(|| Writes(|content| {
                let end =
                    content.response.trim_end_matches(|c: char| !c.is_ascii() && c.is_whitespace()).len();
                content.response.truncate(end);
            })),
            fidelity::text,
            [],
            "get_by_hash"
        ),
        fault!(
            "a MEDIUMTEXT column: a response past 16 MiB is cut",
            volatile(|| Writes(|content| cut(&mut content.response, (1 << 24) - 1))),
            fidelity::longer_text_is_kept_or_refused,
            [],
            "get_by_hash(\"a\", \"far longer\")"
        ),
        fault!(
            "a hash past the limit is cut to it",
            volatile(|| CutsKeys),
            fidelity::longer_text_is_kept_or_refused,
            [],
            "expected an id greater than 1"
        ),
        fault!(
            "metadata past the depth that the parser takes is written and not read",
            volatile(|| DeepIsLost),
            fidelity::longer_text_is_kept_or_refused,
            [],
            "get_by_id(1)"
        ),
        fault!(
            "text past the limit fails in the engine",
            volatile(|| Refuses(|entry| entry.query.len() > limits::MAX_TEXT_BYTES)),
            fidelity::longer_text_is_kept_or_refused,
            [],
            "insert(\"a\", \"query\", query"
        ),
        fault!(
            "a refused long text leaves a row without it",
            volatile(|| RefusesTooLate),
            fidelity::longer_text_is_kept_or_refused,
            [],
            "expected version 1"
        ),
        fault!(
            "a meta value past the limit is cut to it",
            volatile(|| CutsMeta),
            fidelity::longer_text_is_kept_or_refused,
            [],
            "expected \"t208L46dbw2BmbCkr7wT…eHXZCCSIuCx\" (1,048,577 bytes)"
        ),
        fault!(
            "vectors as JSON: what is no number becomes 0",
            volatile(|| Writes(|content| {
                for number in content.embedding.iter_mut().filter(|number| !number.is_finite()) {
                    *number = 0.0;
                }
            })),
            fidelity::embedding_bits,
            [],
            "get_by_hash(\"a\", \"2\")"
        ),
        fault!(
            "one NaN stands for all",
            volatile(|| Writes(|content| {
                content
                    .embedding
                    .iter_mut()
                    .filter(|number| number.is_nan())
                    .for_each(|number| *number = f32::NAN);
            })),
            fidelity::embedding_bits,
            [],
            "get_by_hash(\"a\", \"2\")"
        ),
        fault!(
            "a signalling NaN becomes a quiet one in f64",
            volatile(|| Writes(|content| {
                for number in content.embedding.iter_mut().filter(|number| number.is_nan()) {
                    *number = f32::from_bits(number.to_bits() | 0x0040_0000);
                }
            })),
            fidelity::embedding_bits,
            [],
            "get_by_hash(\"a\", \"3\")"
        ),
        fault!(
            "negative zero loses its sign",
            volatile(|| Writes(|content| content.embedding.iter_mut().for_each(|number| *number += 0.0))),
            fidelity::embedding_bits,
            [],
            "get_by_hash(\"a\", \"0\")"
        ),
        fault!(
            "subnormal numbers are flushed to zero",
            volatile(|| Writes(|content| {
                content
                    .embedding
                    .iter_mut()
                    .filter(|number| number.is_subnormal())
                    .for_each(|number| *number = 0.0);
            })),
            fidelity::embedding_bits,
            [],
            "get_by_hash(\"a\", \"5\")"
        ),
        fault!(
            "vectors as text with seven digits",
            volatile(|| Writes(|content| {
                for number in content.embedding.iter_mut().filter(|number| number.is_normal()) {
                    *number = format!("{number:.6e}").parse().unwrap_or(*number);
                }
            })),
            fidelity::embedding_bits,
            [],
            "get_by_hash(\"a\", \"4\")"
        ),
        fault!(
            "vectors are normalised on the way in",
            volatile(|| Writes(|content| {
                let length = content.embedding.iter().map(|number| number * number).sum::<f32>().sqrt();
                if length.is_normal() {
                    content.embedding.iter_mut().for_each(|number| *number /= length);
                }
            })),
            fidelity::embedding_bits,
            [],
            "get_by_hash(\"a\", \"6\")"
        ),
        fault!(
            "an upsert that changes nothing is skipped, zeros compared as numbers",
            volatile(|| SkipsEqual),
            fidelity::embedding_bits,
            [],
            "get_by_hash(\"a\", \"h\")"
        ),
        fault!(
            "iteration decodes vectors in a way of its own",
            volatile(|| Iterates(|content| {
                content
                    .embedding
                    .iter_mut()
                    .filter(|number| number.is_nan())
                    .for_each(|number| *number = f32::NAN);
            })),
            fidelity::embedding_bits,
            [],
            "iter_all()"
        ),
        fault!(
            "serde_json without float_roundtrip" from "https://github.com/serde-rs/json/issues/707",
            volatile(|| Writes(|content| each_value(&mut content.metadata, &|value| {
                if let Some(float) = value.as_f64().filter(|_| value.is_f64()) {
                    // The parser rounds some numbers to their neighbour.
                    if float.to_string().len() > 15 {
                        *value = Value::from(f64::from_bits(float.to_bits() + 1));
                    }
                }
            }))),
            fidelity::metadata,
            [],
            "get_by_hash(\"a\", \"3\")"
        ),
        fault!(
            "a binary JSON column: a whole number is a whole number",
            volatile(|| Writes(|content| each_value(&mut content.metadata, &|value| {
                if let Some(float) = value
                    .as_f64()
                    .filter(|float| value.is_f64() && float.fract() == 0.0 && float.abs() < 1e15)
                {
                    *value = Value::from(float as i64);
                }
            }))),
            fidelity::metadata,
            [],
            "get_by_hash(\"a\", \"0\")"
        ),
        fault!(
            "a document format without u64",
            volatile(|| Writes(|content| each_value(&mut content.metadata, &|value| {
                if value.is_u64() && !value.is_i64() {
                    *value = value.as_f64().and_then(Number::from_f64).map_or(Value::Null, Value::Number);
                }
            }))),
            fidelity::metadata,
            [],
            "get_by_hash(\"a\", \"2\")"
        ),
        fault!(
            "null values are dropped",
            volatile(|| Writes(|content| each_object(&mut content.metadata, &|object| {
                object.retain(|_, value| !value.is_null());
            }))),
            fidelity::metadata,
            [],
            "expected metadata {\"value\":null}"
        ),
        fault!(
            "empty metadata is stored as NULL and read as null",
            volatile(|| Writes(|content| each_object(&mut content.metadata, &|object| {
                for value in object.values_mut().filter(|value| value.as_object().is_some_and(Map::is_empty))
                {
                    *value = Value::Null;
                }
            }))),
            fidelity::metadata,
            [],
            "get_by_hash(\"a\", \"8\")"
        ),
        fault!(
            "keys with a dot are a path",
            volatile(|| Refuses(|entry| {
                let dotted = |value: &Value| {
                    value.as_object().is_some_and(|object| object.keys().any(|key| key.contains('.')))
                };
                entry.metadata.values().any(dotted)
            })),
            fidelity::metadata,
            [],
            "insert(\"a\", \"14\", metadata"
        ),
        fault!(
            "a parser that takes 64 levels",
            volatile(|| Refuses(|entry| entry.metadata.values().map(depth).max() > Some(63))),
            fidelity::metadata,
            [fidelity::longer_text_is_kept_or_refused],
            "insert(\"a\", \"deep\", metadata"
        ),
        fault!(
            "times in 32 bits",
            volatile(|| Writes(|content| content.created_at = u64::from(content.created_at as u32))),
            fidelity::numbers,
            [],
            "get_by_hash(\"a\", \"4294967296\")"
        ),
        fault!(
            "a ttl column of 32 bits with a sign",
            volatile(|| Refuses(|entry| entry.ttl.is_some_and(|ttl| i32::try_from(ttl).is_err()))),
            fidelity::numbers,
            [robust::fails_only_where_a_clause_says],
            "insert(\"a\", \"2147483648\", ttl 2,147,483,648)"
        ),
        fault!(
            "numbers pass through f32",
            volatile(|| Writes(|content| content.created_at = content.created_at as f32 as u64)),
            fidelity::numbers,
            [robust::fails_only_where_a_clause_says],
            "get_by_hash(\"a\", \"2147483647\")"
        ),
        fault!(
            "a ttl of 0 stands for none",
            volatile(|| Writes(|content| content.ttl = content.ttl.filter(|ttl| *ttl != 0))),
            fidelity::numbers,
            [],
            "expected ttl 0"
        ),
        fault!(
            "no ttl is stored as the greatest",
            volatile(|| Writes(|content| {
                content.ttl = content.ttl.filter(|ttl| *ttl != limits::MAX_NUMBER);
            })),
            fidelity::numbers,
            [],
            "get_by_hash(\"a\", \"9007199254740991\")"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}
