//! How the macros read `deviates { .. }`, and what they refuse there.

/// Reads the deviations, one after the other: `[what the options go on with] [the deviations so far]` and what is left.
#[doc(hidden)]
#[macro_export]
macro_rules! __deviates {
    ([$macro:ident $subject:tt $suite:tt $ignore:tt $($options:tt)*] [$($read:tt)+]) => {
        $crate::__options! { $macro $subject $suite $ignore [$($read)+] $($options)* }
    };
    ($back:tt []) => {
        ::core::compile_error!(
            "no deviation is listed: write `deviates { lru::ties_break_by_id => \"why the store breaks it\" }`, or nothing"
        );
    };
    ($back:tt [$($read:tt)*] $area:ident :: $clause:ident => $why:literal $(, $($rest:tt)*)?) => {
        $crate::__deviates! { $back [$($read)* ($area $clause $why)] $($($rest)*)? }
    };
    ($back:tt $read:tt $area:ident :: $clause:ident => $why:literal $($rest:tt)+) => {
        ::core::compile_error!(::core::concat!("a comma is missing after ", ::core::stringify!($why)));
    };
    ($back:tt $read:tt $area:ident :: $clause:ident $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "a deviation needs its reason as a text: write `",
            ::core::stringify!($area),
            "::",
            ::core::stringify!($clause),
            " => \"why the store breaks it\"`"
        ));
    };
    ($back:tt $read:tt $other:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($other),
            "` is no clause's full name, which is its area's and its own: write `deviates { lru::ties_break_by_id => \"why the store breaks it\" }`"
        ));
    };
}

/// A deviation as its author wrote it, and what there may be to say of it: a constant cannot make a text of its own.
#[doc(hidden)]
#[derive(Debug)]
pub struct WrittenDeviation {
    /// `area::clause`.
    pub clause: &'static str,
    /// The reason as it stands in the source, with its quotation marks.
    pub reason: &'static str,
    /// What to say where the clause is listed once more.
    pub twice: &'static str,
    /// What to say where the reason is empty.
    pub silent: &'static str,
}

/// Refuses a clause that is listed twice, and one without a reason. A macro cannot compare names, so a constant does.
///
/// # Panics
///
/// With what to write; in a constant that is a compile error, which `track_caller` lets point at the macro's call.
#[doc(hidden)]
#[track_caller]
pub const fn each_deviation_is_told_once(deviations: &[WrittenDeviation]) {
    let mut at = 0;
    while at < deviations.len() {
        let deviation = &deviations[at];
        assert!(says_something(deviation.reason), "{}", deviation.silent);
        let mut earlier = 0;
        while earlier < at {
            assert!(!is_same(deviations[earlier].clause, deviation.clause), "{}", deviation.twice);
            earlier += 1;
        }
        at += 1;
    }
}

/// Whether a literal has anything but quotation marks and white space.
const fn says_something(literal: &str) -> bool {
    let bytes = literal.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'"' && !bytes[at].is_ascii_whitespace() {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
