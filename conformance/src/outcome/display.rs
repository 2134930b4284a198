//! How outcomes are written in a trace.

use super::{Ending, Outcome};
use crate::operation::display::{Number, Quoted, fields};
use mneme::{Error, StoredEntry};
use std::fmt::{self, Display, Formatter};

/// How many items of a list a trace shows.
pub(crate) const SHOWN: usize = 8;

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("ok"),
            Self::Id(id) => write!(f, "id {}", Number(*id)),
            Self::Number(number) => Number(*number).fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Entry(None) | Self::Quota(None) | Self::Value(None) => f.write_str("none"),
            Self::Entry(Some(entry)) => Shown(entry).fmt(f),
            Self::Entries(entries, ending) => {
                list(f, entries.iter().map(|entry| format!("id {}", Number(entry.id))), entries.len())?;
                match ending {
                    Ending::Ended => Ok(()),
                    Ending::Failed(error) => write!(f, ", then {}", Failed(error)),
                    Ending::Resumed => f.write_str(", and more after the end"),
                    Ending::Endless => f.write_str(", and no end"),
                }
            }
            Self::Names(names) => list(f, names.iter().map(|name| Quoted(name).to_string()), names.len()),
            Self::Ids(ids) => list(f, ids.iter().map(|id| Number(*id).to_string()), ids.len()),
            Self::Quota(Some(quota)) => Number(*quota).fmt(f),
            Self::Value(Some(value)) => Quoted(value).fmt(f),
            Self::Failed(error) => Failed(error).fmt(f),
            Self::NotMade(error) => write!(f, "it failed: {error}"),
            Self::Panicked { message, location } => {
                match message {
                    // Whole, as its end often is what tells.
                    Some(message) => write!(f, "a panic: {message:?}")?,
                    None => f.write_str("a panic without a text")?,
                }
                location.as_ref().map_or(Ok(()), |location| write!(f, " at {location}"))
            }
        }
    }
}

/// An entry as a read shows it: its id, its key, and each field that is not the default.
pub(crate) struct Shown<'a>(pub(crate) &'a StoredEntry);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let entry = self.0;
        write!(f, "id {} ({}, {}", Number(entry.id), Quoted(&entry.namespace), Quoted(&entry.query_hash))?;
        fields(entry, f)?;
        write!(f, ", version {})", Number(entry.version))
    }
}

/// An error by its kind and its text, with its causes.
struct Failed<'a>(&'a Error);

impl Display for Failed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", one_line(&cut(causes(self.0), 2 * MOST_BYTES)))
    }
}

/// An error and its causes, in one line; a cause whose text is there already, as many errors tell it, is not repeated.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(error.source(), |error| error.source());
    // A chain that never ends is no reason to hang.
    chain.take(MOST_CAUSES).map(ToString::to_string).fold(error.to_string(), |text, cause| {
        if text.contains(&cause) { text } else { format!("{text}: {cause}") }
    })
}

pub(super) const MOST_CAUSES: usize = 16;

/// How many bytes of a cause's text are kept; of an error with its causes twice as many are shown.
pub(super) const MOST_BYTES: usize = 4_096;

/// A text's beginning, where it is longer than anybody reads.
pub(super) fn cut(mut text: String, most: usize) -> String {
    let all = text.len();
    if all > most {
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or_default());
        text += &format!("… ({} bytes)", Number(all as u64));
    }
    text
}

/// A text that stays in its column, and tells the terminal nothing.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

/// The list that is due in the place of another one, and the first item that differs, where the lists are cut before it.
pub(crate) fn in_place_of<T: PartialEq + Display>(due: &[T], found: &[T]) -> String {
    let list = Listed(due).to_string();
    let alike = due.iter().zip(found).take_while(|(due, found)| due == found).count();
    if alike < SHOWN {
        return list;
    }
    let item = |items: &[T]| items.get(alike).map_or("the end".to_owned(), ToString::to_string);
    let (due, found) = (item(due), item(found));
    format!("{list}, where {due} comes after the first {}, and not {found}", Number(alike as u64))
}

/// A list with as many items as a trace shows.
struct Listed<'a, T>(&'a [T]);

impl<T: Display> Display for Listed<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        list(f, self.0.iter().map(ToString::to_string), self.0.len())
    }
}

fn list(f: &mut Formatter<'_>, items: impl Iterator<Item = String>, len: usize) -> fmt::Result {
    let shown: Vec<String> = items.take(SHOWN).collect();
    write!(f, "[{}", shown.join(", "))?;
    match len {
        0..=SHOWN => f.write_str("]"),
        _ => write!(f, ", …] of {}", Number(len as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, and a cause that is the next of the texts.
    #[derive(Debug)]
    struct Chained(&'static str, Option<Box<Self>>);

    impl std::error::Error for Chained {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    impl Display for Chained {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    fn chain(texts: &[&'static str]) -> Chained {
        let (first, rest) = texts.split_first().expect("a text");
        Chained(first, (!rest.is_empty()).then(|| Box::new(chain(rest))))
    }

    #[test]
    fn a_list_tells_where_it_differs_if_it_is_cut_before() {
        let numbers = |numbers: std::ops::Range<u64>| numbers.map(Number).collect::<Vec<_>>();
        assert_eq!(in_place_of(&numbers(1..4), &numbers(1..3)), "[1, 2, 3]");
        assert_eq!(in_place_of(&numbers(0..9), &numbers(1..9)), "[0, 1, 2, 3, 4, 5, 6, 7, …] of 9");
        assert_eq!(
            in_place_of(
                &numbers(0..1_200),
                &numbers(0..1_100).into_iter().chain(numbers(7..8)).collect::<Vec<_>>()
            ),
            "[0, 1, 2, 3, 4, 5, 6, 7, …] of 1200, where 1100 comes after the first 1100, and not 7"
        );
        assert_eq!(
            in_place_of(&numbers(0..9), &numbers(0..8)),
            "[0, 1, 2, 3, 4, 5, 6, 7, …] of 9, where 8 comes after the first 8, and not the end"
        );
    }

    #[test]
    fn each_cause_is_told_once() {
        assert_eq!(causes(&chain(&["no store", "no server", "refused"])), "no store: no server: refused");
        assert_eq!(
            causes(&chain(&["no store: no server", "no server", "refused"])),
            "no store: no server: refused"
        );
        assert_eq!(causes(&chain(&["no server (refused)", "refused"])), "no server (refused)");
    }

    #[test]
    fn an_error_is_one_line_of_bounded_length() {
        let engine = "relation does not exist\n  LINE 1: INSERT\u{1b}[31m";
        let shown = Outcome::failed(Error::backend("insert", engine)).to_string();
        assert_eq!(
            shown,
            "error: backend: could not insert: relation does not exist\\n  LINE 1: INSERT\\u{1b}[31m"
        );
        let long = Outcome::failed(Error::backend("insert", "ä".repeat(1_000_000))).to_string();
        assert!(long.len() < 5_000, "{} bytes", long.len());
        assert!(long.contains("ää… (2,000,000 bytes)"), "{}", &long[4_000..]);
    }

    #[test]
    fn a_cause_that_is_its_own_cause_is_told_once() {
        #[derive(Debug)]
        struct Looped;
        impl std::error::Error for Looped {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(self)
            }
        }
        impl Display for Looped {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("round and round")
            }
        }
        assert_eq!(causes(&Looped), "round and round");
    }
}
