//! The page about two stores.

use super::{Choice, Difference, Parted, parting::parting};
use crate::subject::Claims;
use std::fmt::Write as _;

/// How many texts are shown side by side.
const TEXTS: usize = 24;

impl Difference {
    /// The page; none where nothing differs.
    pub(super) fn page(&self) -> Option<String> {
        let differs = self.claims[0] != self.claims[1]
            || self.ids.clauses + self.versions.clauses + self.texts.len() + self.parted.len() > 0
            || !self.unknown.is_empty();
        differs.then(|| {
            let mut page = self.head();
            self.claims(&mut page);
            self.choice(&mut page, &self.ids, "Ids", "ids");
            self.choice(&mut page, &self.versions, "Versions", "versions, and the version counter,");
            self.texts(&mut page);
            self.parted(&mut page);
            self.rest(&mut page);
            page
        })
    }

    fn head(&self) -> String {
        let [a, b] = &self.names;
        let verdict = if self.parted.iter().all(|parted| parted.right == [true, true]) {
            "Every answer was one that the contract allows."
        } else {
            "Not every answer was one that the contract allows: see below."
        };
        format!(
            "# Where {a} and {b} differ\n\n\
             The checks of {} clauses that bind both were compared, call by call; {} of them saw something else. {verdict}\n",
            self.compared,
            self.parted.len()
        )
    }

    fn claims(&self, page: &mut String) {
        if self.claims[0] == self.claims[1] {
            return;
        }
        let [a, b] = &self.names;
        let _ = write!(page, "\n## What they claim\n\n| | {} | {} |\n|---|---|---|\n", cell(a), cell(b));
        let said = |claims: Claims| [claims.durable, claims.shared, claims.files, claims.snapshots];
        let words = [
            "the data outlive the handle",
            "several handles work on the data at once",
            "the data are files in the site",
            "it can copy itself",
        ];
        let yes = |claimed: bool| if claimed { "yes" } else { "no" };
        for (what, (a, b)) in words.iter().zip(said(self.claims[0]).into_iter().zip(said(self.claims[1]))) {
            let _ = writeln!(page, "| {what} | {} | {} |", yes(a), yes(b));
        }
    }

    fn choice(&self, page: &mut String, choice: &Choice, title: &str, what: &str) {
        let Some((clause, lines)) = &choice.example else { return };
        let [a, b] = &self.names;
        let _ = write!(
            page,
            "\n## {title}\n\nThe stores choose {what} in other ways, which the contract leaves to them; the checks of {} clauses \
             show it, `{clause}` first (`-` is {a}, `+` is {b}):\n\n```diff\n{}```\n",
            choice.clauses,
            parting(&lines[0], &lines[1])
        );
    }

    fn texts(&self, page: &mut String) {
        if self.texts.is_empty() {
            return;
        }
        let [a, b] = &self.names;
        let _ = write!(page, "\n## Texts\n\n| call | {} | {} |\n|---|---|---|\n", cell(a), cell(b));
        for [call, a, b] in self.texts.iter().take(TEXTS) {
            let _ = writeln!(page, "| {} | {} | {} |", code(call), cell(a), cell(b));
        }
        if self.texts.len() > TEXTS {
            let _ = writeln!(page, "\nAnd {} more.", self.texts.len() - TEXTS);
        }
    }

    fn parted(&self, page: &mut String) {
        let [a, b] = &self.names;
        for Parted { clause, lines, right } in &self.parted {
            let _ = write!(page, "\n## `{clause}`\n\n> {}\n", clause.says());
            let broken = [(a, right[0]), (b, right[1])].into_iter().filter(|(_, right)| !right);
            for (name, _) in broken {
                let _ = write!(page, "\n**{name} breaks it.**\n");
            }
            let text = parting(&lines[0], &lines[1]);
            let _ = write!(page, "\n`-` is {a}, `+` is {b}:\n\n```diff\n{text}```\n");
        }
    }

    fn rest(&self, page: &mut String) {
        for (name, alone) in self.names.iter().zip(&self.alone) {
            if !alone.is_empty() {
                let clauses: Vec<_> = alone.iter().map(|clause| format!("`{clause}`")).collect();
                let _ = write!(page, "\n## What binds {name} alone\n\n{}\n", clauses.join(", "));
            }
        }
        if !self.unknown.is_empty() {
            *page += "\n## What could not be compared\n\n";
            for (clause, why) in &self.unknown {
                let _ = writeln!(page, "- `{clause}`: {why}");
            }
        }
    }
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;")
}

/// A call in a cell of a table.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|").replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::Claim;

    #[test]
    fn claims_alone_are_a_difference() {
        let claims = [Claims::default(), [Claim::Durable].into_iter().collect()];
        let names = ["One".to_owned(), "Two".to_owned()];
        let difference = Difference { names, claims, ..Difference::default() };
        let page = difference.page().expect("other claims");
        assert!(page.contains("| the data outlive the handle | no | yes |\n"), "{page}");
        assert_eq!(Difference { claims: [claims[0]; 2], ..difference }.page(), None);
    }
}
