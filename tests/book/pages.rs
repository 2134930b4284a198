//! The pages of the book as text: one for each area, the first one, and the list of them.

use crate::{
    faults::{self, Mistake},
    prose, transcripts,
};
use mneme_conformance::{Area, Binds, Certainty, Clause, contract};
use std::fmt::Write as _;

/// How many lines of a transcript are shown at once; one that is not much longer is shown whole.
const SHOWN: usize = 24;
const A_LITTLE_MORE: usize = 12;
/// How many lines of the rest are there to be unfolded.
const UNFOLDED: usize = 160;

/// Each page with the name of its file.
pub(crate) fn pages() -> Vec<(String, String)> {
    let areas = contract().areas().iter().map(|area| (file(area), page(area)));
    [("README.md".to_owned(), first_page()), ("SUMMARY.md".to_owned(), summary())]
        .into_iter()
        .chain(areas)
        .collect()
}

fn file(area: &Area) -> String {
    format!("{}.md", area.name())
}

fn summary() -> String {
    let mut text = "# Summary\n\n[What a store does](README.md)\n\n".to_owned();
    for area in contract().areas() {
        let _ = writeln!(text, "- [{}]({})", area.title(), file(area));
    }
    text
}

const INTRODUCTION: &str = r#"# What a store does

This book tells how a store of the mneme cache behaves, clause by clause. Each clause is one sentence of a contract that a
store keeps or breaks. With it stand the reason for it, what the check of it did to a store and what the store answered, the
mistake that is most likely where it is broken, and the planted mistakes that its check is known to find.

Nothing in here is written from memory. The sentences are the table that the harness checks by, and the transcripts
are what happened when the checks ran: on `MemoryStore`, and where a clause is about files, other processes or snapshots, on
`SqliteStore` in a file, or on `RedbStore`, which one handle at a time may use. A test compares every line with what happens now.

## How to read a transcript

A line has a call and, beside it, the answer:

```text
open()                                ok
insert("a", "h1", response "first")   id 1
get_by_hash("a", "h1")                id 1 ("a", "h1", response "first", version 1)
get_by_hash("a", "h2")                none
```

- `insert("a", "h1", ..)` stores an entry in the namespace `a` under the hash `h1`. Fields that are empty, zero or none are left
  out. *every field* stands for an entry with a question, an answer, an embedding, metadata, times and a count.
- A lookup answers an entry with its id and its version, a stream or a list the ids.
- `open()` is an open with the identity that all checks use where identities do not matter: the fingerprint
  `conformance:v1` and the dimension 4.
- *Everything is read, in every way* stands for a lookup of each entry by id and by key, each stream, the counts, the namespaces, the
  order of use, quotas, meta keys and the version counter, all of which were compared with what they must be.
- `# ..` says what the next calls are about. After an empty line a fresh store is at work.
- A long run of calls alike is cut: its ends are shown, and how many there are between.
- Where several handles are at work each has a letter.

Gaps between ids, the steps of the version counter, and the texts of errors are the store's own choice. Everything else is
the contract's.

## The pages

"#;

fn first_page() -> String {
    let mut text = INTRODUCTION.to_owned();
    text += "| page | clauses | planted mistakes |\n|---|---|---|\n";
    for area in contract().areas() {
        let mistakes: usize = area.clauses().iter().map(|clause| faults::of(clause).len()).sum();
        let _ =
            writeln!(text, "| [{}]({}) | {} | {mistakes} |", area.title(), file(area), area.clauses().len());
    }
    text += "\n## Every clause\n";
    for area in contract().areas() {
        let _ = writeln!(text, "\n**[{}]({})**\n", area.title(), file(area));
        for clause in area.clauses() {
            let _ =
                writeln!(text, "- [{}]({}#{}): {}", title(clause), file(area), anchor(clause), clause.says());
        }
    }
    text
}

fn page(area: &Area) -> String {
    let mut text = format!("# {}\n\n<!-- Written by `just book`. -->\n\n", area.title());
    text += &wrapped(prose::of_area(area));
    for clause in area.clauses() {
        text += "\n";
        text += &of_clause(clause);
    }
    text
}

fn of_clause(clause: &Clause) -> String {
    let mut text = format!("## {}\n\n", title(clause));
    let _ = writeln!(text, "`{clause}` · {}\n", binds(clause));
    let _ = writeln!(text, "> {}\n", clause.says());
    text += &wrapped(&format!("**Why.** {}", clause.because()));
    text += "\n";
    text += &what_happens(clause);
    let (mistake, remedy) = clause.look_at().split_once("; ").unwrap_or((clause.look_at(), ""));
    text += &wrapped(&format!("**The likely mistake.** {}.", capital(mistake)));
    if !remedy.is_empty() {
        text += "\n";
        text += &wrapped(&format!("**How to get it right.** {}.", capital(remedy)));
    }
    let mistakes = faults::of(clause);
    if !mistakes.is_empty() {
        let many = if mistakes.len() == 1 { "planted mistake" } else { "planted mistakes" };
        let _ = write!(
            text,
            "\n<details>\n<summary>{} {many} that its check finds</summary>\n\n",
            mistakes.len()
        );
        for Mistake { name, report } in mistakes {
            let seen = report.map_or(String::new(), |report| {
                let short = report.trim_start_matches("https://github.com/");
                format!(", as in [{short}]({report})")
            });
            let _ = writeln!(text, "- {name}{seen}");
        }
        text += "\n</details>\n";
    }
    text
}

/// What the check of a clause did and saw, or what it does where that is not the same at each run.
fn what_happens(clause: &Clause) -> String {
    if let Some(reviewed) = transcripts::reviewed(clause) {
        let place = match reviewed.store.as_str() {
            "MemoryStore" => String::new(),
            "SqliteStore" => "On `SqliteStore`, in a file:\n\n".to_owned(),
            other => format!("On `{other}`:\n\n"),
        };
        let words = prose::of_check(clause);
        // A check may do more than is the same at each run.
        let words = if words.is_empty() {
            String::new()
        } else {
            wrapped(&format!("**What is done.** {words}")) + "\n"
        };
        return words + &place + &transcript(&reviewed.text);
    }
    let checked = if clause.is_checked() {
        "**What is done.**"
    } else {
        "**No check of it exists yet.** What one has to do:"
    };
    wrapped(&format!("{checked} {}", prose::of_check(clause))) + "\n"
}

/// A transcript, of which the beginning is shown and the rest can be unfolded.
fn transcript(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().map(without_checksum).collect();
    let fenced = |lines: &[String]| format!("```text\n{}\n```\n\n", lines.join("\n").trim_end());
    if lines.len() <= SHOWN + A_LITTLE_MORE {
        return fenced(&lines);
    }
    let (shown, rest) = lines.split_at(end_of_a_step(&lines, SHOWN));
    let unfolded = &rest
        [..if rest.len() > UNFOLDED + A_LITTLE_MORE { end_of_a_step(rest, UNFOLDED) } else { rest.len() }];
    let left = rest.len() - unfolded.len();
    let last = if left == 0 {
        String::new()
    } else {
        format!("The snapshot of the transcript has {left} more lines.\n\n")
    };
    format!(
        "{}<details>\n<summary>… and {} more lines</summary>\n\n{}{last}</details>\n\n",
        fenced(shown),
        rest.len(),
        fenced(unfolded)
    )
}

/// Where a step ends, at a line or not long after it: what is indented belongs to the line before.
fn end_of_a_step(lines: &[String], at: usize) -> usize {
    let ends =
        |end: &usize| lines.get(*end).is_none_or(|line| !line.starts_with(' ') && !line.starts_with('…'));
    (at..=lines.len()).find(ends).unwrap_or(lines.len())
}

/// The checksum of what is not shown is for those who compare.
fn without_checksum(line: &str) -> String {
    match line.split_once(" more like these (") {
        Some((count, _)) if line.starts_with('…') => format!("{count} more like these"),
        _ => line.to_owned(),
    }
}

/// `upsert_keeps_the_id` becomes `Upsert keeps the id`.
fn title(clause: &Clause) -> String {
    capital(&clause.name().replace('_', " ").replace("callers", "caller's"))
}

/// The heading's anchor, as every common renderer makes it.
pub(crate) fn anchor(clause: &Clause) -> String {
    clause.name().replace('_', "-")
}

fn binds(clause: &Clause) -> String {
    let whom = match clause.binds() {
        Binds::Every => "binds every store",
        Binds::Volatile => "binds stores that claim neither `durable` nor `shared`",
        Binds::Durable => "binds stores that claim `durable`",
        Binds::Exclusive => "binds stores that claim `durable` and not `shared`",
        Binds::Shared => "binds stores that claim `shared`",
        Binds::Files => "binds stores that claim `files`",
        Binds::Snapshots => "binds stores that take snapshots",
        Binds::NoSnapshots => "binds stores that take no snapshots",
        other => panic!("{other:?} has no words in the book"),
    };
    match clause.certainty() {
        Certainty::Exact => whom.to_owned(),
        Certainty::Sampled => format!("{whom} · a check can only try many cases"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Text in lines of a readable width, with one line end.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 110;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a first line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_owned());
        } else {
            *line += &format!(" {word}");
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn every_area_and_every_check_without_a_transcript_is_told_of() {
    let missing = contract().areas().iter().filter(|area| prose::of_area(area).is_empty());
    assert_eq!(missing.map(Area::name).collect::<Vec<_>>(), Vec::<&str>::new());
    let untold =
        |clause: &&Clause| transcripts::reviewed(clause).is_none() && prose::of_check(clause).is_empty();
    assert_eq!(contract().clauses().filter(untold).collect::<Vec<_>>(), Vec::<&Clause>::new());
}
