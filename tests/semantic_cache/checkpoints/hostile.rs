use super::forge::{
    Part, Sample, edit, load, load_database, pack, pack_tar, part, sealed, tar_of, with_manifest,
};
use crate::doubles::Outcome;
use mneme::{CacheError, ErrorKind, SemanticCache, embedder_fn};
use std::error::Error as _;

/// That loading is a checkpoint error with a reason, into a store in memory and into a database, and leaves nothing.
fn refused(sample: &Sample, bytes: &[u8], reason: &str) {
    let error = load(bytes).expect_err(reason);
    assert_eq!(error.store_kind(), Some(ErrorKind::Checkpoint), "{reason}: {error:?}");
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    assert!(text.contains(reason), "{reason:?} is not in {text:?}");

    let forged = sample.path("forged");
    std::fs::write(&forged, bytes).expect("it is written");
    let error = load_database(&forged, &sample.path("restored.db")).expect_err(reason);
    assert_eq!(error.store_kind(), Some(ErrorKind::Checkpoint), "{reason}: {error:?}");
    let others: Vec<_> = sample.listing().into_iter().filter(|name| name != "backup.tar.gz").collect();
    assert_eq!(others, ["forged"], "{reason}");
}

/// What makes a right archive wrong.
type Edit<'a> = &'a dyn Fn(&mut Vec<Part>);

/// Each edit of a right archive, whose manifest is made to fit, and the reason for which it is refused.
fn edited(cases: &[(&str, Edit<'_>)]) -> Outcome {
    let sample = Sample::new()?;
    for (reason, edit) in cases {
        let mut parts = sample.parts()?;
        edit(&mut parts);
        refused(&sample, &pack(&with_manifest(parts)), reason);
    }
    Ok(())
}

fn line(replace: &'static str, by: &'static str) -> impl Fn(&mut Vec<Part>) {
    move |parts| edit(parts, "entries/000001.jsonl", |lines| lines.replacen(replace, by, 1))
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused() -> Outcome {
    let sample = Sample::new()?;
    let bytes = sample.bytes()?;
    for length in 0..bytes.len() {
        let error = sample.load(&bytes[..length]).expect_err("it is cut");
        assert_eq!(error.store_kind(), Some(ErrorKind::Checkpoint), "{length} bytes: {error:?}");
    }
    refused(&sample, &[], "0 bytes are too few");
    Ok(())
}

#[test]
fn a_file_with_a_bit_flipped_anywhere_is_refused() -> Outcome {
    let sample = Sample::new()?;
    let mut bytes = sample.bytes()?;
    for at in 0..bytes.len() {
        let bit = 1 << (at % 8);
        bytes[at] ^= bit;
        let error = sample.load(&bytes).expect_err("a bit is flipped");
        assert_eq!(error.store_kind(), Some(ErrorKind::Checkpoint), "byte {at}, bit {bit}: {error:?}");
        bytes[at] ^= bit;
    }
    Ok(())
}

#[test]
fn a_file_with_something_after_it_is_refused() -> Outcome {
    let sample = Sample::new()?;
    let bytes = sample.bytes()?;
    refused(&sample, &[&bytes[..], b"x"].concat(), "its seal is not right");
    let archive = &bytes[..bytes.len() - 85];
    refused(&sample, &sealed([archive, b"x"].concat()), "1 bytes lie between the archive and its seal");
    refused(&sample, &sealed([archive, archive].concat()), "bytes lie between the archive and its seal");
    let mut tar = tar_of(&sample.parts()?);
    tar.extend_from_slice(&[1; 512]);
    refused(&sample, &pack_tar(&tar), "the archive goes on after its end");
    Ok(())
}

#[test]
fn a_foreign_file_is_refused() -> Outcome {
    let sample = Sample::new()?;
    refused(&sample, &[b'x'; 500], "it does not begin as one");
    refused(&sample, b"SQLite format 3\0", "too few");
    refused(&sample, &pack_tar(&[]), "the archive ends where header.json is due");
    refused(&sample, &pack_tar(&[b'x'; 5_000]), "where header.json is due");
    refused(&sample, &pack(&[part("README.md", "# Hello")]), "\"README.md\" where header.json is due");
    let folder = SemanticCache::loads(
        sample.folder.path(),
        sample.path("restored.db"),
        crate::doubles::Numbers::default(),
    );
    assert_eq!(folder.expect_err("a folder").store_kind(), Some(ErrorKind::Checkpoint));
    let missing = load_database(&sample.path("no such file"), &sample.path("restored.db"));
    assert_eq!(missing.expect_err("nothing there").store_kind(), Some(ErrorKind::Checkpoint));
    Ok(())
}

#[test]
fn another_version_format_or_dimension_is_refused() -> Outcome {
    let header = |replace: &'static str, by: &'static str| {
        move |parts: &mut Vec<Part>| edit(parts, "header.json", |header| header.replace(replace, by))
    };
    edited(&[
        ("this build reads version 1, and the file has version 2", &header("\"version\":1", "\"version\":2")),
        ("this build reads version 1, and the file has version 0", &header("\"version\":1", "\"version\":0")),
        ("version is not a number in range", &header("\"version\":1", "\"version\":1.0")),
        ("version is missing", &header("\"version\"", "\"v\"")),
        ("the format is \"other\"", &header("mneme-checkpoint", "other")),
        ("the dimension is out of range", &header("\"dimension\":3", "\"dimension\":0")),
        ("the dimension is out of range", &header("\"dimension\":3", "\"dimension\":65537")),
        ("there is a \"more\"", &header("{", "{\"more\":1,")),
        ("it is no JSON", &header("}", "")),
    ])
}

#[test]
fn a_checkpoint_of_another_embedder_is_refused() -> Outcome {
    let sample = Sample::new()?;
    let path = sample.dump()?;
    let cases = [
        (("other:v1", 3), "the store was made with \"numbers:v1\""),
        (("numbers:v1", 4), "the store holds vectors of 3, and 4 was supplied"),
    ];
    for ((fingerprint, dimension), cause) in cases {
        let embedder = embedder_fn(fingerprint, dimension, move |_: &str| Ok(vec![1.0; dimension]));
        let error = SemanticCache::loads(&path, sample.path("restored.db"), embedder).expect_err(cause);
        assert_eq!(error.store_kind(), Some(ErrorKind::Checkpoint));
        let source = error.source().expect("the mismatch").to_string();
        assert!(source.contains(cause), "{source}");
        assert_eq!(sample.listing(), ["backup.tar.gz"]);
    }
    Ok(())
}

#[test]
fn names_and_kinds_of_parts_are_those_of_the_format() -> Outcome {
    let named = |name: &'static str| move |parts: &mut Vec<Part>| parts[1].name = name.into();
    let of_kind = |kind: tar::EntryType| {
        move |parts: &mut Vec<Part>| {
            parts[1].kind = kind;
            parts[1].link = Some("/etc/passwd".into());
        }
    };
    edited(&[
        ("\"../000001.f32\" where", &named("../000001.f32")),
        ("\"/etc/passwd\" where", &named("/etc/passwd")),
        ("where entries/000001.f32 or quotas.jsonl is due", &named("./entries/000001.f32")),
        ("\"entries/000002.f32\" where", &named("entries/000002.f32")),
        ("entries/000001.f32 is not a regular file", &of_kind(tar::EntryType::Symlink)),
        ("entries/000001.f32 is not a regular file", &of_kind(tar::EntryType::Link)),
        ("entries/000001.f32 is not a regular file", &of_kind(tar::EntryType::Directory)),
        ("entries/000001.f32 is not a regular file", &of_kind(tar::EntryType::Fifo)),
        ("\"more\" where manifest.json is due", &|parts| parts.insert(5, part("more", ""))),
        ("\"meta.jsonl\" where entries/000002.f32 or quotas.jsonl is due", &|parts| parts.swap(3, 4)),
        ("where entries/000001.jsonl is due", &|parts| drop(parts.remove(2))),
        ("the archive goes on after its manifest", &|parts| {
            let manifest = parts.remove(5);
            parts.push(part("more", ""));
            parts.push(manifest);
            parts.swap(5, 6);
            parts.push(part("manifest.json", "{}"));
        }),
    ])
}

/// Headers that the library would read whole into memory before it gives out the part that they name.
#[test]
fn a_header_that_names_the_next_part_is_a_part_that_is_not_due() -> Outcome {
    let sample = Sample::new()?;
    for kind in [
        tar::EntryType::GNULongName,
        tar::EntryType::GNULongLink,
        tar::EntryType::XHeader,
        tar::EntryType::XGlobalHeader,
    ] {
        let mut parts = sample.parts()?;
        let mut long = part("././@LongLink", "entries/000001.f32\0");
        (long.kind, long.claimed_size) = (kind, Some(1 << 40));
        parts.insert(1, long);
        refused(&sample, &pack(&parts), "\"././@LongLink\" where entries/000001.f32 or quotas.jsonl is due");
    }
    Ok(())
}

#[test]
fn entries_are_those_of_the_format() -> Outcome {
    edited(&[
        ("there is a \"more\"", &line("{", "{\"more\":1,")),
        ("query is missing", &line("\"query\":", "\"Query\":")),
        ("query is not a text", &line("\"query\":\"1 0\"", "\"query\":7")),
        ("metadata is not an object", &line("\"metadata\":{}", "\"metadata\":[]")),
        ("created_at is null", &line("\"created_at\":1000", "\"created_at\":null")),
        ("created_at is not a number in range", &line("\"created_at\":1000", "\"created_at\":-1")),
        (
            "created_at is not a number in range",
            &line("\"created_at\":1000", "\"created_at\":9007199254740992"),
        ),
        ("ttl is not a number in range", &line("\"ttl\":60", "\"ttl\":1e3")),
        ("id is not a number in range", &line("\"id\":1,", "\"id\":\"1\",")),
        ("entry 0 comes after entry 0", &line("\"id\":1,", "\"id\":0,")),
        ("entry 2 comes after entry 9", &line("\"id\":1,", "\"id\":9,")),
        ("entry 1 comes after entry 1", &line("\"id\":2,", "\"id\":1,")),
        ("it is no JSON", &line("{", "")),
        ("it is no JSON", &|parts| parts[2].content[10] = 0xff),
        ("there is no JSON object", &|parts| {
            edit(parts, "entries/000001.jsonl", |lines| format!("[]\n{lines}"));
        }),
        ("it is no JSON", &|parts| edit(parts, "entries/000001.jsonl", |lines| format!("\n{lines}"))),
        ("its last line has no end", &|parts| assert_eq!(parts[2].content.pop(), Some(b'\n'))),
        ("it has more entries than vectors", &|parts| parts[1].content.truncate(24)),
        ("it has fewer entries than vectors", &|parts| parts[1].content.extend([0; 12])),
        ("it has fewer entries than vectors", &|parts| parts[1].content.extend([0; 1])),
        ("a line is longer than 16777216 bytes", &|parts| {
            let long = format!("\"response\":\"{}\"", "x".repeat(17 << 20));
            edit(parts, "entries/000001.jsonl", |lines| lines.replace("\"response\":\"b\"", &long));
        }),
        ("it is no JSON", &|parts| {
            let deep = "[".repeat(100_000);
            edit(parts, "entries/000001.jsonl", |lines| {
                lines.replacen("\"metadata\":{}", &format!("\"metadata\":{{\"a\":{deep}"), 1)
            });
        }),
    ])
}

/// The archive is right in all that its parts can show; that two entries are one shows only when they are inserted.
#[test]
fn a_key_that_comes_twice_is_refused_and_the_first_one_removed() -> Outcome {
    edited(&[("two entries have one namespace and one hash", &|parts| {
        edit(parts, "entries/000001.jsonl", |lines| {
            let lines: Vec<_> = lines.lines().collect();
            let twice = lines[1].replace("\"id\":2", "\"id\":3");
            format!("{}\n{}\n{twice}\n", lines[0], lines[1])
        });
    })])
}

#[test]
fn quotas_and_meta_are_those_of_the_format() -> Outcome {
    let quotas = |replace: &'static str, by: &'static str| {
        move |parts: &mut Vec<Part>| edit(parts, "quotas.jsonl", |lines| lines.replacen(replace, by, 1))
    };
    let meta = |replace: &'static str, by: &'static str| {
        move |parts: &mut Vec<Part>| edit(parts, "meta.jsonl", |lines| lines.replacen(replace, by, 1))
    };
    edited(&[
        ("quota is not a number in range", &quotas("5", "9007199254740992")),
        ("namespace is not a text", &quotas("\"n\"", "null")),
        ("the key \"embedder_dim\" is written by the store alone", &meta("made by", "embedder_dim")),
        ("there is a \"more\"", &meta("{", "{\"more\":1,")),
        ("value is missing", &meta("value", "VALUE")),
    ])
}

#[test]
fn a_manifest_that_lies_is_refused() -> Outcome {
    let sample = Sample::new()?;
    let cases: [(&str, &str, &str); 8] = [
        ("it counts 4 entries, and the archive holds 3", "\"entries\":3", "\"entries\":4"),
        ("it counts 0 entries, and the archive holds 3", "\"entries\":3", "\"entries\":0"),
        ("it counts 1 quotas, and the archive holds 2", "\"quotas\":2", "\"quotas\":1"),
        ("it counts 9 meta, and the archive holds 2", "\"meta\":2", "\"meta\":9"),
        ("header.json is not what it says", "\"bytes\":", "\"bytes\":1"),
        ("header.json is not what it says", "\"sha256\":\"", "\"sha256\":\"0"),
        ("header.json is not what it says", "\"name\":\"header.json\"", "\"name\":\"other.json\""),
        ("parts is missing", "\"parts\"", "\"part\""),
    ];
    for (reason, replace, by) in cases {
        let mut parts = sample.parts()?;
        edit(&mut parts, "manifest.json", |manifest| manifest.replacen(replace, by, 1));
        refused(&sample, &pack(&parts), reason);
    }
    let mut parts = sample.parts()?;
    edit(&mut parts, "manifest.json", |manifest| {
        let (before, _) = manifest.split_once("\"parts\"").expect("it lists parts");
        format!("{before}\"parts\":[],\"quotas\":2}}")
    });
    refused(&sample, &pack(&parts), "it lists 0 parts, and the archive holds 5");
    // The other way round: the manifest is right, and a part was changed in a way that it alone can see.
    let mut parts = sample.parts()?;
    edit(&mut parts, "entries/000001.jsonl", |lines| {
        lines.replace("\"response\":\"b\"", "\"response\":\"x\"")
    });
    refused(&sample, &pack(&parts), "entries/000001.jsonl is not what it says");
    Ok(())
}

#[test]
fn a_part_that_claims_to_be_huge_is_refused_before_it_is_read() -> Outcome {
    let sample = Sample::new()?;
    for (at, reason) in [
        (0, "header.json has 1099511627776 bytes, and at most 7340032 are due"),
        (1, "entries/000001.f32 has 1099511627776 bytes, and at most 4194316 are due"),
        (2, "entries/000001.jsonl has 1099511627776 bytes, and at most 20971520 are due"),
        (5, "manifest.json has 1099511627776 bytes, and at most 8388608 are due"),
    ] {
        let mut parts = sample.parts()?;
        parts[at].claimed_size = Some(1 << 40);
        refused(&sample, &pack(&parts), reason);
    }
    Ok(())
}

/// Each entry is right and all have long responses, which pack a thousand to one.
#[test]
fn a_small_file_that_unpacks_to_very_much_is_refused() -> Outcome {
    let sample = Sample::new()?;
    let mut parts = sample.parts()?;
    let response = "a".repeat(3 << 20);
    let template = parts[2].content.split(|&byte| byte == b'\n').nth(1).expect("three lines").to_vec();
    let template = String::from_utf8(template).expect("UTF-8");
    parts.drain(1..3);
    for number in (1..=30).rev() {
        let entry = template
            .replace("\"id\":2", &format!("\"id\":{number}"))
            .replace("\"query_hash\":\"", &format!("\"query_hash\":\"{number} "))
            .replace("\"response\":\"b\"", &format!("\"response\":\"{response}\""));
        parts.insert(1, part(&format!("entries/{number:06}.jsonl"), entry + "\n"));
        parts.insert(1, part(&format!("entries/{number:06}.f32"), [0; 12]));
    }
    edit(&mut parts.as_mut_slice()[61..], "quotas.jsonl", |lines| lines.replace('5', "6"));
    let bytes = pack(&with_manifest(parts));
    assert!(bytes.len() < 700_000, "{} bytes", bytes.len());
    refused(&sample, &bytes, "which no checkpoint of its size does");
    Ok(())
}

#[test]
fn an_error_names_the_file() -> Outcome {
    let sample = Sample::new()?;
    let path = sample.path("some file");
    std::fs::write(&path, [b'x'; 200]).expect("it is written");
    let error = load_database(&path, &sample.path("restored.db")).expect_err("it is no checkpoint");
    assert!(matches!(&error, CacheError::Store(_)));
    assert!(error.to_string().contains("some file: this is not a checkpoint"), "{error}");
    Ok(())
}
