//! JSON that some format or library gives back as something else.

use super::{
    object,
    texts::{WORDS, ascii},
};
use crate::random::Seed;
use serde_json::{Map, Value, json};

/// Lengths at which a format begins to write the length in another way, one less and one more.
const LENGTHS: [usize; 21] =
    [0, 1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 127, 128, 129, 255, 256, 257];

/// Lengths at which an engine cuts a name.
const LONG_LENGTHS: [usize; 6] = [1_000, 1_023, 1_024, 1_025, 4_096, 4_097];

/// Objects that metadata must come back equal to, each with what it is made of.
pub(crate) fn documents() -> Vec<(&'static str, Map<String, Value>)> {
    let names = |from: &str, values: Vec<Value>| -> Map<String, Value> {
        values.into_iter().enumerate().map(|(n, value)| (format!("{from}{n}"), value)).collect()
    };
    let text = |length: usize| "s".repeat(length);
    let nothings = || {
        json!({
            "false": false, "true": true, "null": null, "zero": 0, "point": 0.0, "text": "", "list": [], "object": {},
            "lists": [[], [[]], [{}], [null], [false], [0], [""]],
        })
    };
    vec![
        ("nothings", object(nothings())),
        ("nothings inside", object(json!({ "in": nothings(), "list": [nothings()] }))),
        ("words", names("k", WORDS.iter().map(|word| json!(word)).collect())),
        ("words as keys", WORDS.iter().enumerate().map(|(n, word)| ((*word).to_owned(), json!(n))).collect()),
        ("characters", names("k", ascii().map(Value::from).collect())),
        ("characters as keys", ascii().map(|c| (c, json!(1))).collect()),
        ("text lengths", names("k", LENGTHS.map(|n| json!(text(n))).into())),
        ("key lengths", LENGTHS.map(|n| (text(n), json!(n))).into_iter().collect()),
        (
            "long lists",
            object(json!({ "numbers": (0..5_000).collect::<Vec<_>>(), "lists": vec![json!([]); 2_000] })),
        ),
        (
            "long keys and texts",
            LONG_LENGTHS.into_iter().map(|n| (text(n), json!({ "text": text(n) }))).collect(),
        ),
        // What is read back by rules for the first levels alone, or for lists of one kind.
        ("levels", object(json!({ "a": { "B": { "C": { "d": "7", "E": ["true", ["8"]] }, "c": "9" } } }))),
        (
            "lists of pairs and of several kinds",
            object(json!({
                "pair": [["a", 1]], "pairs": [["a", 1], ["b", 2]], "twice": [["a", 1], ["a", 2]],
                "numbers": [1, "a"], "texts": ["a", 1], "flags": [true, "true", 1], "floats": [1, 1.5], "nulls": [null, "null"],
            })),
        ),
        // What a format writes in place of a number, a date or a reference, or may put into another order.
        (
            "marks",
            object(json!({
                "long": { "$numberLong": "5" }, "date": { "$date": 5 }, "id": { "$oid": "5f0000000000000000000000" },
                "binary": { "$binary": "QQ==", "$type": "00" }, "type": { "@type": "int", "@value": 5 },
                "class": { "__type__": "datetime", "value": "2020-01-01" }, "reference": { "$ref": "#/long" },
                "bytes": { "type": "Buffer", "data": [1, 2] }, "tag": { "!": "set", "value": [1] },
            })),
        ),
        (
            "orders",
            object(json!({
                "descending": [3, 2, 1], "twice": [1, 1], "texts": ["b", "a", "b"], "pair": ["z", "a"], "inside": [[2, 1]],
                "z": { "b": 1, "a": 2 }, "a": { "b": 1, "a": 2 },
            })),
        ),
        ("list lengths", names("k", LENGTHS.map(|n| (0..n).collect()).into())),
        (
            "object lengths",
            names("k", LENGTHS.map(|n| Value::Object(names("m", (0..n).map(Value::from).collect()))).into()),
        ),
        ("keys that are places", object(json!({ "0": "a", "1": "b" }))),
        (
            "keys that are places, inside",
            object(json!({ "in": { "0": "a", "1": "b" }, "1": { "1": "a", "2": "b" } })),
        ),
        ("whole numbers", names("k", integers())),
        ("numbers", names("k", floats())),
    ]
}

/// Where each width of a whole number ends, one less and one more, of both signs.
fn integers() -> Vec<Value> {
    let powers = (0..64).map(|bits| 1_u64 << bits);
    let positive = powers.flat_map(|power| [power - 1, power, power + 1]).chain([u64::MAX]);
    positive
        .flat_map(|number| {
            let negative = 0_i64.checked_sub_unsigned(number).filter(|negative| *negative < 0);
            [Some(json!(number)), negative.map(|negative| json!(negative))]
        })
        .flatten()
        .collect()
}

/// Powers of ten and of two, and numbers of any bits.
fn floats() -> Vec<Value> {
    let tens = (-30..31).map(|exponent| 10_f64.powi(exponent));
    let twos = (-80..81).map(|exponent| 2_f64.powi(exponent) * 1.5);
    let mut luck = Seed::nth(0, 0);
    let any = std::iter::repeat_with(move || f64::from_bits(luck.next())).filter(|number| number.is_finite());
    let whole = (0..70).map(|exponent| 2_f64.powi(exponent));
    let least = [f64::MIN_POSITIVE, f64::from_bits(1), f64::from_bits(0x000f_ffff_ffff_ffff), -0.0];
    tens.chain(twos)
        .chain(whole)
        .chain(any.take(300))
        .chain(least)
        .flat_map(|number| [json!(number), json!(-number)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mneme::limits::check_metadata;

    #[test]
    fn each_must_be_kept() {
        for (name, document) in documents() {
            assert!(check_metadata(&document).is_ok(), "{name}");
            assert!(!document.is_empty(), "{name}");
        }
    }

    #[test]
    fn each_is_its_own_text_read_again() {
        for (name, document) in documents() {
            let text = serde_json::to_string(&document).expect("JSON");
            assert_eq!(serde_json::from_str::<Map<String, Value>>(&text).expect("JSON"), document, "{name}");
        }
    }
}
