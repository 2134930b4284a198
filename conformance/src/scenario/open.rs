use super::indexes;
use crate::{
    contract::clause,
    model::STAMPS,
    operation::{Op, Walk},
    probe::{Check, Probe, Verdict},
    sample::{self, DIMENSION, entry, full},
};
use mneme::{
    Identity,
    limits::{MAX_DIMENSION, MAX_TEXT_BYTES},
};

/// An identity with another fingerprint than the sample's.
fn other_fingerprint() -> Identity {
    Identity::new("conformance:v2", DIMENSION)
}

/// An identity that differs from the sample's in the dimension.
fn other_dimension() -> Identity {
    Identity::new(sample::identity().fingerprint, 8)
}

/// Dimensions that no store may take. The last ones are the sample's in 16 and in 32 bits.
const OUT_OF_RANGE: [usize; 5] =
    [0, MAX_DIMENSION + 1, usize::MAX, (1 << 16) + DIMENSION, (1 << 32) + DIMENSION];

fn refused_opens(s: &mut Probe, identities: impl IntoIterator<Item = Identity>) -> Check {
    identities.into_iter().try_for_each(|identity| s.refused(Op::Open(identity)))
}

fn stamps(s: &mut Probe) -> Check {
    STAMPS.into_iter().try_for_each(|key| s.read_meta(key).map(drop))
}

/// Something of everything that a store keeps.
fn fill(s: &mut Probe) -> Check<u64> {
    let id = s.insert(full("a", "h"))?;
    s.insert(entry("b", "h"))?;
    s.update_access(id, 1_300)?;
    for (namespace, quota) in [("a", 7), ("b", 0)] {
        s.set_namespace_quota(namespace, quota)?;
    }
    for (key, value) in [("key", "kept"), ("empty", "")] {
        s.write_meta(key, value)?;
    }
    s.look_everywhere()?;
    Ok(id)
}

/// A site that was filled and opened again: what a reopen loses by itself is seen here, and is not laid to what follows.
fn reopened(s: &mut Probe) -> Check {
    s.start()?;
    fill(s)?;
    s.reopen()?;
    s.look_everywhere()
}

/// Closes and drops the current handle, and makes another that is not open yet.
fn made_again(s: &mut Probe) -> Check {
    s.close()?;
    s.drop_handle()?;
    s.make_again().map(drop)
}

pub(crate) fn stamps_the_identity(s: &mut Probe) -> Verdict {
    s.start()?;
    stamps(s)?;
    s.note(
        "Dimensions at both ends, and ones that a text format may write otherwise; and text that a \
         column may alter.",
    );
    let identities = [
        Identity::new("x", 1),
        Identity::new("Embedder", 384),
        Identity::new("", 1_000),
        Identity::new("007", MAX_DIMENSION),
        Identity::new(" mod\u{e8}le e\u{301}\r\n ", DIMENSION),
        Identity::new("a\0b", DIMENSION),
        Identity::new(sample::noise(MAX_TEXT_BYTES, 'x'), DIMENSION),
    ];
    for identity in identities {
        s.make()?;
        s.open(&identity)?;
        stamps(s)?;
    }
    s.held()
}

pub(crate) fn same_identity_is_accepted(s: &mut Probe) -> Verdict {
    s.start()?;
    s.look_everywhere()?;
    s.open(&sample::identity())?;
    s.look_everywhere()?;
    s.note(
        "Ids, versions, the order of use and what is due go on as well. First without another open: \
         what goes wrong then too is not its fault.",
    );
    for again in [false, true] {
        s.start()?;
        fill(s)?;
        s.insert(entry("a", "used").created_at(2_000).last_accessed_at(10).ttl(9_000))?;
        s.insert(entry("a", "due").created_at(3).ttl(0))?;
        let newest = s.insert(entry("a", "newest"))?;
        s.delete_by_id(newest)?;
        s.delete_expired(20_000, Some("b"))?;
        s.look_everywhere()?;
        if again {
            s.open(&sample::identity())?;
            s.look_everywhere()?;
            s.open(&sample::identity())?;
        }
        let id = s.insert(entry("a", "after"))?;
        s.get_by_id(id)?;
        s.look_everywhere()?;
        s.delete_expired(20_000, None)?;
        s.look_everywhere()?;
    }
    s.note("The empty fingerprint is no sign of a store without one.");
    s.make()?;
    let empty = Identity::new("", DIMENSION);
    s.open(&empty)?;
    s.insert(entry("a", "h"))?;
    s.open(&empty)?;
    s.look_everywhere()?;
    indexes::are_left_alone(s, &clause::open::same_identity_is_accepted, |s, _| s.open(&sample::identity()))?;
    s.held()
}

pub(crate) fn other_fingerprint_is_refused(s: &mut Probe) -> Verdict {
    s.note("Each on a site of its own: what one refusal does to the next is another clause's.");
    for wrong in [other_fingerprint(), Identity::new("another model", DIMENSION)] {
        for filled in [false, true] {
            s.start()?;
            if filled {
                s.insert(full("a", "h"))?;
            }
            s.refused(Op::Open(wrong.clone()))?;
        }
    }
    s.note("The facts of the error are the fingerprints as they are.");
    s.make()?;
    s.open(&Identity::new(" The \"First\"\n", DIMENSION))?;
    s.refused(Op::Open(Identity::new("the 'Second\u{c9}'\t", DIMENSION)))?;
    s.held()
}

pub(crate) fn other_dimension_is_refused(s: &mut Probe) -> Verdict {
    let with = |dimension| Identity::new(sample::identity().fingerprint, dimension);
    s.start()?;
    s.note(
        "One less and one more; the same in 8 bits, and the same at the beginning as text; both ends \
         of the range.",
    );
    refused_opens(s, [3, 5, 8, 256 + DIMENSION, 40, 1, MAX_DIMENSION].map(with))?;
    s.insert(full("a", "h"))?;
    refused_opens(s, [3, 5, 8].map(with))?;
    for stored in [1, 10, 384, MAX_DIMENSION] {
        s.make()?;
        s.open(&with(stored))?;
        refused_opens(s, [DIMENSION, stored / 2 + 7, 1_000].map(with))?;
    }
    s.held()
}

pub(crate) fn dimension_out_of_range_is_refused(s: &mut Probe) -> Verdict {
    let of = |fingerprint: &'static str| OUT_OF_RANGE.map(|dimension| Identity::new(fingerprint, dimension));
    s.make()?;
    refused_opens(s, of("conformance:v1"))?;
    s.note("Nothing of it is stamped: another identity may still be the first.");
    s.open(&Identity::new("the first", DIMENSION))?;
    stamps(s)?;
    s.note("On an open handle as well, and before the fingerprint is compared.");
    refused_opens(s, of("the first"))?;
    refused_opens(s, of("another"))?;
    stamps(s)?;
    s.insert(entry("a", "h"))?;
    s.note("Both ends are in range.");
    for dimension in [1, MAX_DIMENSION] {
        s.make()?;
        s.open(&Identity::new("conformance:v1", dimension))?;
        s.insert(entry("a", "h").embedding(vec![1.0; dimension]))?;
    }
    s.held()
}

pub(crate) fn fingerprint_is_judged_first(s: &mut Probe) -> Verdict {
    for dimension in [3, 8, 1, MAX_DIMENSION] {
        s.start()?;
        s.refused(Op::Open(Identity::new("conformance:v2", dimension)))?;
    }
    s.start()?;
    s.insert(full("a", "h"))?;
    s.refused(Op::Open(Identity::new("conformance:v2", 8)))?;
    s.held()
}

/// More fingerprints that a store may take for one another, in groups.
const FINGERPRINTS: [&[&str]; 12] = [
    &[
        "e5-large",
        "E5-large",
        "e5-LARGE",
        "e5-large ",
        " e5-large",
        "e5-large\n",
        "e5-large\0",
        "e5_large",
        "e5-%",
    ],
    &["", " ", "\0", "null", "x"],
    &["x", "", "x\0y", "xy"],
    &["caf\u{e9}", "cafe\u{301}", "cafe", "CAF\u{c9}"],
    &["\u{ff45}5", "e5"],
    &["7", "007", "7.0", "+7", " 7"],
    &["1e3", "1000"],
    &["\u{df}", "ss", "\u{1e9e}"],
    &["😀", "😁", "?"],
    // A version, behind whatever stands before it, is as much a part of it as the name.
    &["model@1", "model@2", "model@", "model", "model@1.0", "model@1@1"],
    // Of the same letters, and a quote, an escape or a line more.
    &["abc", "acb", "cab", "\"abc\"", "abc\\", "abc\nx"],
    &["a/m:1#x", "a/m:2#x", "a/m:1#y", "b/m:1#x", "a\\m:1#x", "a/m:1", "m:1#x"],
];

pub(crate) fn fingerprint_is_opaque(s: &mut Probe) -> Verdict {
    let identity = |text: &str| Identity::new(text, DIMENSION);
    for group in FINGERPRINTS {
        for other in &group[1..] {
            s.make()?;
            s.open(&identity(group[0]))?;
            s.refused(Op::Open(identity(other)))?;
        }
        s.open(&identity(group[0]))?;
        if s.is_durable() {
            made_again(s)?;
            refused_opens(s, group[1..].iter().copied().map(identity))?;
            s.open(&identity(group[0]))?;
        }
    }
    for group in sample::ALIKE {
        s.make()?;
        s.open(&identity(group[0]))?;
        refused_opens(s, group[1..].iter().copied().map(identity))?;
    }
    s.note("Those that differ at the end alone, past each length that a column may cut at.");
    for length in [64, 255, 4_096, 70_000] {
        let long = "x".repeat(length);
        s.make()?;
        s.open(&identity(&(long.clone() + "1")))?;
        s.refused(Op::Open(identity(&(long.clone() + "2"))))?;
        s.make()?;
        s.open(&identity(&(long.clone() + "1")))?;
        s.refused(Op::Open(identity(&long)))?;
    }
    s.note("Fingerprint and dimension do not run together.");
    for (stored, supplied) in [(("m1", 6), ("m", 16)), (("m:4", 4), ("m", 4)), (("m", 4), ("m:4", 4))] {
        s.make()?;
        s.open(&Identity::new(stored.0, stored.1))?;
        s.refused(Op::Open(Identity::new(supplied.0, supplied.1)))?;
    }
    s.held()
}

pub(crate) fn refusal_changes_nothing(s: &mut Probe) -> Verdict {
    s.start()?;
    fill(s)?;
    s.open(&sample::identity())?;
    s.look_everywhere()?;
    for wrong in [other_fingerprint(), other_dimension(), Identity::new("conformance:v1", 0)] {
        s.refused(Op::Open(wrong.clone()))?;
        s.look_everywhere()?;
        for _ in 0..3 {
            s.refused(Op::Open(wrong.clone()))?;
        }
        s.open(&sample::identity())?;
        s.look_everywhere()?;
    }
    s.insert(entry("a", "after"))?;
    s.insert(entry("a", "h"))?;
    s.look_everywhere()?;
    s.note(
        "A first open that is refused leaves the site fresh, for an identity that has nothing of the \
         refused one.",
    );
    s.make()?;
    for dimension in OUT_OF_RANGE {
        s.refused(Op::Open(Identity::new("refused", dimension)))?;
    }
    s.open(&Identity::new("right", 2))?;
    s.look_everywhere()?;
    s.insert(entry("a", "h").embedding([1.0, 0.0]))?;
    if s.is_durable() {
        s.note("Also for the next handle.");
        s.make()?;
        s.refused(Op::Open(Identity::new("refused", 0)))?;
        made_again(s)?;
        s.open(&Identity::new("right", 2))?;
        s.look_everywhere()?;
        reopened(s)?;
        made_again(s)?;
        for wrong in [other_fingerprint(), other_dimension()] {
            s.refused(Op::Open(wrong.clone()))?;
            s.refused(Op::Open(wrong))?;
        }
        s.open(&sample::identity())?;
        s.look_everywhere()?;
        s.insert(entry("a", "after"))?;
    }
    indexes::are_left_alone(s, &clause::open::refusal_changes_nothing, |s, _| {
        refused_opens(s, [other_fingerprint(), other_dimension(), Identity::new("conformance:v1", 0)])
    })?;
    s.held()
}

pub(crate) fn refused_handle_stays_unopened(s: &mut Probe) -> Verdict {
    s.make()?;
    s.note("What is answered before any open is not answered because of a refused one.");
    everything_is_not_open(s)?;
    for dimension in [0, MAX_DIMENSION + 1] {
        s.refused(Op::Open(Identity::new("conformance:v1", dimension)))?;
        everything_is_not_open(s)?;
    }
    s.open(&sample::identity())?;
    s.look_everywhere()?;
    if s.is_durable() {
        reopened(s)?;
        for wrong in [other_fingerprint(), other_dimension()] {
            made_again(s)?;
            s.refused(Op::Open(wrong))?;
            everything_is_not_open(s)?;
            s.open(&sample::identity())?;
            s.look_everywhere()?;
        }
    }
    s.held()
}

fn everything_is_not_open(s: &mut Probe) -> Check {
    sample::every_operation(s.site().path()).into_iter().try_for_each(|op| s.refused(op))
}

pub(crate) fn refusal_keeps_an_open_handle_usable(s: &mut Probe) -> Verdict {
    let wrong = [
        other_fingerprint(),
        other_dimension(),
        Identity::new("conformance:v2", 8),
        Identity::new("conformance:v1", 0),
    ];
    for wrong in wrong {
        s.start()?;
        let id = s.insert(full("a", "h"))?;
        s.note("What fails before the refusal already is not its fault.");
        s.look_everywhere()?;
        s.integrity_check()?;
        s.refused(Op::Open(wrong.clone()))?;
        s.get_by_id(id)?;
        let other = s.insert(entry("b", "h"))?;
        s.update_access(id, 1_300)?;
        s.set_namespace_quota("a", 7)?;
        s.write_meta("key", "kept")?;
        s.look_everywhere()?;
        s.integrity_check()?;
        s.delete_by_id(other)?;
        s.delete_expired(5, None)?;
        s.clear_namespace("b")?;
        s.note("A walk that is under way is work of the handle too.");
        s.insert(entry("a", "h2"))?;
        s.walking(Walk::All, |s, live| {
            live.next(s)?;
            s.refused(Op::Open(wrong))?;
            live.rest(s)
        })?;
        s.close()?;
    }
    s.held()
}

pub(crate) fn comes_first(s: &mut Probe) -> Verdict {
    s.note("What is wrong without a call that comes too early is not such a call's fault.");
    s.start()?;
    s.get_by_hash("a", "h")?;
    s.get_namespace_quota("a")?;
    s.read_meta("key")?;
    s.look_everywhere()?;
    s.make()?;
    everything_is_not_open(s)?;
    s.note("A call that answers the error, and does its work all the same, is seen once the handle is open.");
    s.open(&sample::identity())?;
    s.get_by_hash("a", "h")?;
    s.get_namespace_quota("a")?;
    s.read_meta("key")?;
    s.look_everywhere()?;
    if s.is_durable() {
        s.note("The data are there already, and still nobody has said for which embedder.");
        reopened(s)?;
        made_again(s)?;
        everything_is_not_open(s)?;
        s.open(&sample::identity())?;
        s.look_everywhere()?;
    }
    s.note("And now nothing is told that it comes too early.");
    s.insert(entry("a", "h"))?;
    s.look_everywhere()?;
    s.held()
}

pub(crate) fn sites_are_separate(s: &mut Probe) -> Verdict {
    s.note("As many writes on both, to the same keys: nothing but what is in them tells the two apart.");
    let first = s.start()?;
    s.insert(entry("a", "h").response("of the first"))?;
    let second = s.make_beside()?;
    s.open(&sample::identity())?;
    s.insert(entry("a", "h").response("of the second"))?;
    for handle in [first, second, first] {
        s.turn_to(handle);
        s.get_by_hash("a", "h")?;
        s.look_everywhere()?;
    }

    let first = s.start()?;
    let id = fill(s)?;
    s.note("Another site, opened for another embedder: what one identity allows is no matter to the other.");
    let second = s.make_beside()?;
    s.open(&Identity::new("another", 2))?;
    stamps(s)?;
    s.version_counter()?;
    s.get_by_hash("a", "h")?;
    s.get_by_id(id)?;
    s.get_namespace_quota("a")?;
    s.read_meta("key")?;
    s.count(Some("a"))?;
    s.look_everywhere()?;
    s.iter_since(0)?;
    s.note("What is asked of it there does nothing here.");
    s.update_access(id, 9_999)?;
    s.delete_by_id(id)?;
    s.delete_expired(9_999, None)?;
    s.delete_expired(9_999, Some("a"))?;
    s.clear_namespace("a")?;
    s.turn_to(first);
    s.look_everywhere()?;

    s.note("The same keys on both, with other contents.");
    s.turn_to(second);
    let own = s.insert(entry("a", "h").embedding([0.0, 1.0]).response("of the second").ttl(1))?;
    s.insert(entry("only here", "h").embedding([0.0, 1.0]))?;
    s.set_namespace_quota("a", 1)?;
    s.write_meta("key", "of the second")?;
    s.turn_to(first);
    s.look_everywhere()?;
    s.insert(full("a", "h").response("of the first, again"))?;
    s.update_access(id, 1_400)?;
    s.turn_to(second);
    s.look_everywhere()?;

    s.note("What goes on one stays on the other.");
    s.delete_by_id(own)?;
    s.clear_namespace("only here")?;
    s.turn_to(first);
    s.look_everywhere()?;
    s.insert(entry("a", "h3"))?;
    s.turn_to(second);
    s.close()?;
    s.turn_to(first);
    s.look_everywhere()?;
    s.insert(entry("a", "h4"))?;
    s.held()
}
