//! Draws entries.

use super::{
    pools::{self, Pools, Sizes},
    seed::Seed,
};
use crate::sample;
use mneme::{Entry, Metadata};
use serde_json::{Value, json};

/// Numbers of an embedding that a conversion to text, to another width or to whole numbers changes, as bits.
const BITS: [u32; 20] = [
    0x0000_0000,
    0x8000_0000,
    // Subnormal, the least normal, the greatest.
    0x0000_0001,
    0x007f_ffff,
    0x0080_0000,
    0x7f7f_ffff,
    0xff7f_ffff,
    // Infinities, and a NaN of each kind and sign.
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_0000,
    0x7fc0_0001,
    0xffc0_1234,
    0x7f80_0001,
    0xffbf_ffff,
    // 0.1, 1/3, 16,777,217 as near as it gets, 0.99999994, 1.0000001, 1e-45's neighbour.
    0x3dcc_cccd,
    0x3eaa_aaab,
    0x4b80_0001,
    0x3f7f_ffff,
    0x3f80_0001,
    0x0000_0002,
];

pub(super) fn entry(seed: &mut Seed, pools: &Pools, dimension: usize, sizes: Sizes) -> Entry {
    let (namespace, hash) = pools.key(seed);
    let mut entry = Entry::new(&*namespace, &*hash).response(&*pools.text(seed));
    entry = entry.embedding(embedding(seed, dimension));
    if seed.percent(30) {
        entry = entry.query(&*pools.text(seed));
    }
    if seed.percent(25) {
        entry = entry.metadata(metadata(seed, pools, sizes));
    }
    if seed.percent(70) {
        entry = entry.created_at(pools.time(seed));
    }
    if seed.percent(60) {
        entry = entry.ttl(ttl(seed));
    }
    if seed.percent(70) {
        entry = entry.last_accessed_at(pools.time(seed));
    }
    if seed.percent(20) {
        entry = entry.access_count(pools::number(seed));
    }
    if seed.percent(4) {
        let number = *seed.pick(&[mneme::limits::MAX_NUMBER + 1, 1 << 63, u64::MAX]);
        entry = match seed.below(4) {
            0 => entry.created_at(number),
            1 => entry.ttl(number),
            2 => entry.last_accessed_at(number),
            _ => entry.access_count(number),
        };
    }
    entry
}

/// The same entry with another value in one field.
pub(super) fn one_field_changed(seed: &mut Seed, pools: &Pools, entry: Entry, sizes: Sizes) -> Entry {
    match seed.below(10) {
        0 => entry.query(&*pools.text(seed)),
        1 => entry.response(&*pools.text(seed)),
        2 => {
            let mut numbers = entry.embedding.clone();
            if let Some(last) = numbers.last_mut() {
                // Another bit, which as a number may be the same.
                *last = f32::from_bits(last.to_bits() ^ *seed.pick(&[1, 1 << 31, 1 << 22]));
            }
            entry.embedding(numbers)
        }
        3 => entry.metadata(metadata(seed, pools, sizes)),
        4 => entry.metadata(Metadata::new()),
        5 => entry.created_at(pools.time(seed)),
        6 => entry.ttl(ttl(seed)),
        7 => entry.ttl(None),
        8 => entry.last_accessed_at(pools.time(seed)),
        _ => entry.access_count(pools::number(seed)),
    }
}

fn ttl(seed: &mut Seed) -> u64 {
    pools::number(seed)
}

fn embedding(seed: &mut Seed, dimension: usize) -> Vec<f32> {
    match seed.below(12) {
        0 | 1 => (0..dimension).map(|_| f32::from_bits(*seed.pick(&BITS))).collect(),
        2 => {
            // Of another length, near it, or the same in a byte or two.
            let wrong = [0, 1, dimension - 1, dimension + 1, 2 * dimension, dimension + 256];
            vec![1.0; *seed.pick(&wrong)]
        }
        3 => (0..dimension).map(|_| f32::from_bits(u32::try_from(seed.next() >> 32).unwrap_or(0))).collect(),
        _ => sample::plain(dimension),
    }
}

fn metadata(seed: &mut Seed, pools: &Pools, sizes: Sizes) -> Metadata {
    let text = pools.text(seed);
    let value = match seed.below(14) {
        0 => json!({ "a": 1, "b": null }),
        1 => json!({ "a": 1.0, "": [-0.0, 0.1, { "n": 9_007_199_254_740_993_u64 }] }),
        2 => json!({ "b": 5e-324, "k\0": "v\0" }),
        3 => json!({ "c": i64::MIN, "d": u64::MAX, "e": {}, "f": [] }),
        4 => json!({ "a.b": 1, "a": { "b": 2, "c.d": { "": 3 } }, "$set": { "x": true } }),
        5 => {
            json!({ "f": 1.797_693_134_862_315_7e308, "g": 2.225_073_858_507_201e-308, "h": 1e21, "i": 100.0 })
        }
        6 => json!({ "z": 1, "a": 2, "_id": "x", "id": 7, "namespace": "other", "ttl": null, "version": 9 }),
        7 => json!({ "s": &*text, "t": [[], [null], [false, 0, "", {}]] }),
        8 => json!({ &*text: &*text, "number": "7", "bool": "true" }),
        9 => json!({ "p": 0.1, "q": 0.300_000_000_000_000_04, "r": 123_456_789.123_456_78, "m": -1 }),
        10 => json!({ "u": "\u{1f600}\u{7f}\u{85}\u{2028}", "e": "e\u{301}", "b": "\\\"/\u{8}" }),
        11 if sizes == Sizes::Short => deep(*seed.pick(&[10, 40])),
        11 => deep(*seed.pick(&[63, 64, 65, 98, 99])),
        12 if sizes == Sizes::Huge => json!({ "t": "m".repeat(mneme::limits::MAX_METADATA_BYTES - 8) }),
        _ => json!({}),
    };
    value.as_object().cloned().unwrap_or_default()
}

/// An object with so many levels below it, lists and objects in turn.
fn deep(levels: usize) -> Value {
    (0..levels).fold(json!({}), |inner, level| {
        // `json!` would write what is inside once more at each level.
        if (levels - level) % 2 == 1 {
            Value::Object([("d".to_owned(), inner)].into_iter().collect())
        } else {
            Value::Array(vec![inner])
        }
    })
}
