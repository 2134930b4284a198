use super::{Usage, decode_content, decode_entry, decode_usage, encode_content, encode_usage};
use crate::seal::seal;
use mneme::{Entry, ErrorKind, limits::MAX_NUMBER};
use serde_json::{Value, json};

fn entry() -> Entry {
    let metadata = json!({ "": null, "\0": [1, 1.0, -0.0, 0.1, 5e-324, 1.797_693_134_862_315_7e308, u64::MAX, i64::MIN] });
    Entry::new("a\0b", "\u{10ffff} ")
        .query("q\r\n")
        .response("")
        .embedding([f32::from_bits(0x7fc0_0001), -0.0, f32::MIN_POSITIVE / 2.0, f32::INFINITY])
        .metadata(metadata.as_object().cloned().unwrap_or_default())
        .created_at(MAX_NUMBER)
        .ttl(0)
}

fn usage(entry: &Entry) -> Usage {
    Usage { namespace: 3, last_accessed_at: entry.last_accessed_at, access_count: entry.access_count }
}

#[test]
fn an_entry_comes_back_bit_for_bit() {
    for entry in
        [entry(), entry().ttl(None), entry().ttl(MAX_NUMBER), Entry::new("", "").access_count(MAX_NUMBER)]
    {
        let content = encode_content(7, 12, &entry).expect("it can be kept");
        let stored = decode_entry(7, &content, &encode_usage(7, usage(&entry))).expect("it was not damaged");
        assert_eq!((stored.id, stored.version, stored.entry), (7, 12, entry));
    }
}

#[test]
fn metadata_come_back_as_deep_as_they_may_be() {
    let deep = (1..100).fold(json!(0.5), |value, _| json!({ "deeper": value }));
    let entry = Entry::new("a", "h").metadata([("deep".to_owned(), deep)].into_iter().collect());
    let row = encode_content(1, 1, &entry).expect("it can be kept");
    assert_eq!(decode_content(1, &row).expect("it was not damaged").1, *entry.content);
}

#[test]
fn a_row_under_another_id_is_corrupt() {
    let row = encode_content(7, 12, &entry()).expect("it can be kept");
    assert_eq!(decode_content(8, &row).map_err(|e| e.kind()).err(), Some(ErrorKind::Corrupt));
    assert!(decode_usage(8, &encode_usage(7, usage(&entry()))).is_err());
}

/// The checksum keeps damage away from the decoder; here the decoder stands alone.
#[test]
fn a_damaged_row_with_a_right_checksum_is_no_panic() {
    let sealed = encode_content(7, 12, &entry()).expect("it can be kept");
    let row = &sealed[..sealed.len() - 8];
    for length in 0..row.len() {
        let cut = seal(&7_u64.to_le_bytes(), row[..length].to_vec());
        assert_eq!(decode_content(7, &cut).map_err(|e| e.kind()).err(), Some(ErrorKind::Corrupt), "{length}");
    }
    for place in 0..row.len() {
        for byte in [0, 0x7f, 0xff] {
            let mut changed = row.to_vec();
            changed[place] = byte;
            let _ = decode_content(7, &seal(&7_u64.to_le_bytes(), changed));
        }
    }
    let longer = seal(&7_u64.to_le_bytes(), [row, &[0]].concat());
    assert!(decode_content(7, &longer).is_err());
}

#[test]
fn metadata_that_are_no_object_are_corrupt() {
    let mut entry = entry();
    entry = entry.metadata(mneme::Metadata::new());
    let sealed = encode_content(7, 12, &entry).expect("it can be kept");
    let mut row = sealed[..sealed.len() - 8].to_vec();
    assert!(row.ends_with(b"{}"));
    row.truncate(row.len() - 2);
    row.extend(Value::Array(Vec::new()).to_string().bytes());
    assert!(decode_content(7, &seal(&7_u64.to_le_bytes(), row)).is_err());
}
