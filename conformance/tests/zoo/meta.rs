mod lies;

use super::fault::Fault;
use crate::fault;
use lies::{
    ByBeginning, Cached, CountInMeta, CounterInMeta, CountsRows, EntryOrDefault, IgnoresReserved,
    IgnoresTheEmptyKey, InANamespace, InsertOrIgnore, Keyed, LastIdInMeta, NoRows, QuotasInMeta, Read,
    RefusesInternals, RefusesTooLate, ReservesABeginning, Unprotected, Written, is_reserved, numeric,
};
use std::sync::Mutex;

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault!(
            "a meta key that is not written is empty text",
            volatile(|| Read(|_, value| Some(value.unwrap_or_default()))),
            meta::unset_is_none,
            [],
            "expected none"
        ),
        fault!(
            "a meta key that is not written is an error",
            volatile(|| NoRows),
            meta::unset_is_none,
            [robust::fails_only_where_a_clause_says],
            "expected no error"
        ),
        fault!(
            "reading a meta key writes it",
            volatile(|| EntryOrDefault),
            meta::unset_is_none,
            [],
            "expected none"
        ),
        fault!(
            "a meta key is looked for by its beginning",
            volatile(ByBeginning::default),
            meta::unset_is_none,
            [meta::keys_are_compared_by_bytes],
            "expected none"
        ),
        fault!(
            "meta values are trimmed",
            volatile(|| Written(|value| value.trim().to_owned())),
            meta::is_remembered,
            [],
            "expected \" \""
        ),
        fault!(
            "meta values have numeric affinity",
            volatile(|| Written(numeric)),
            meta::is_remembered,
            [],
            "expected \"007\""
        ),
        fault!(
            "an empty meta value is NULL",
            volatile(|| Read(|key, value| value.filter(|value| is_reserved(key) || !value.is_empty()))),
            meta::is_remembered,
            [],
            "expected \"\""
        ),
        fault!(
            "the first meta value stays",
            volatile(|| InsertOrIgnore),
            meta::is_remembered,
            [],
            "expected \"second\""
        ),
        fault!(
            "meta values end at U+0000",
            volatile(|| Written(|value| value.split('\0').next().unwrap_or("").to_owned())),
            meta::is_remembered,
            [],
            "\\u{0}"
        ),
        fault!(
            "meta values are cut at 65,535 bytes",
            volatile(|| Written(|value| value.chars().take(65_535).collect())),
            meta::is_remembered,
            [fidelity::longer_text_is_kept_or_refused],
            "(65,535 bytes)"
        ),
        fault!(
            "line ends are normalised in meta values",
            volatile(|| Written(|value| value.replace("\r\n", "\n"))),
            meta::is_remembered,
            [],
            "expected \"line\\r\\n\""
        ),
        fault!(
            "a meta value that was read is cached",
            volatile(Cached::default),
            meta::is_remembered,
            [],
            "expected \"second\""
        ),
        fault!(
            "the empty meta key is ignored",
            volatile(|| IgnoresTheEmptyKey),
            meta::is_remembered,
            [],
            "expected \"of the empty key\""
        ),
        fault!(
            "meta keys are compared without case"
                from "https://github.com/agentscope-ai/agentscope-java/issues/3217",
            volatile(|| Keyed(str::to_lowercase)),
            meta::keys_are_compared_by_bytes,
            [],
            "\"Setting\""
        ),
        fault!(
            "meta keys are trimmed",
            volatile(|| Keyed(|key| key.trim().to_owned())),
            meta::keys_are_compared_by_bytes,
            [],
            "\"setting \""
        ),
        fault!(
            "meta keys have numeric affinity",
            volatile(|| Keyed(numeric)),
            meta::keys_are_compared_by_bytes,
            [],
            "\"007\""
        ),
        fault!(
            "meta keys are cut at 255 bytes",
            volatile(|| Keyed(|key| key.chars().take(255).collect())),
            meta::keys_are_compared_by_bytes,
            [],
            "bytes)"
        ),
        fault!(
            "meta keys become file names",
            volatile(|| Keyed(|key| key.replace(['/', ':', '*', '%'], "_"))),
            meta::keys_are_compared_by_bytes,
            [],
            "\"a%\""
        ),
        fault!(
            "the version counter is a meta key",
            volatile(|| CounterInMeta),
            meta::internals_are_ordinary_keys,
            [],
            "version_counter"
        ),
        fault!(
            "quotas are meta keys",
            volatile(|| QuotasInMeta),
            meta::internals_are_ordinary_keys,
            [],
            "quota:a"
        ),
        fault!(
            "the last id is a meta key",
            volatile(|| LastIdInMeta),
            meta::internals_are_ordinary_keys,
            [],
            "insert"
        ),
        fault!(
            "a count is cached in a meta key",
            volatile(|| CountInMeta),
            meta::internals_are_ordinary_keys,
            [],
            "count()"
        ),
        fault!(
            "a meta key that looks like an internal one is refused",
            volatile(|| RefusesInternals),
            meta::internals_are_ordinary_keys,
            [],
            "expected no error"
        ),
        fault!(
            "the reserved keys are not protected",
            volatile(|| Unprotected::of(&["embedder_fingerprint", "embedder_dim", "schema_version"])),
            meta::reserved_keys_are_protected,
            [],
            "expected an invalid argument error"
        ),
        fault!(
            "the schema version is not protected",
            volatile(|| Unprotected::of(&["schema_version"])),
            meta::reserved_keys_are_protected,
            [],
            "schema_version"
        ),
        fault!(
            "writing a reserved key is silently ignored",
            volatile(|| IgnoresReserved),
            meta::reserved_keys_are_protected,
            [],
            "expected an invalid argument error"
        ),
        fault!(
            "a reserved key is refused after it was written",
            volatile(|| RefusesTooLate(Mutex::default())),
            meta::reserved_keys_are_protected,
            [],
            "expected \"conformance:v1\""
        ),
        fault!(
            "whatever begins like a reserved key is reserved",
            volatile(|| ReservesABeginning),
            meta::keys_are_compared_by_bytes,
            [],
            "embedder_dim "
        ),
        fault!(
            "meta is kept in a namespace of its own",
            volatile(|| InANamespace("meta")),
            meta::leaves_entries_alone,
            [namespaces::come_from_entries_alone, version::stays_without_a_change],
            "expected []"
        ),
        fault!(
            "meta is kept in the empty namespace",
            volatile(|| InANamespace("")),
            meta::leaves_entries_alone,
            [namespaces::come_from_entries_alone, version::stays_without_a_change],
            "expected []"
        ),
        fault!(
            "a full scan counts meta rows too",
            volatile(|| CountsRows(Mutex::default())),
            meta::leaves_entries_alone,
            [],
            "count()"
        ),
    ]
}

#[test]
fn each_fault_is_named() {
    super::examine(&faults());
}
