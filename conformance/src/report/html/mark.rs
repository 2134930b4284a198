//! How a state is shown: by a sign, by a word, and then by colour.

use crate::status::{State, Status};

/// What stands for a state, or for an engine's or a store's verdict.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    /// The class that the style knows it by.
    pub(super) class: &'static str,
    /// A sign that no other state has, for eyes; a screen reader has the word.
    pub(super) glyph: char,
    pub(super) word: &'static str,
}

impl Mark {
    pub(super) const RIGHT: Self = Self { class: "held", glyph: '✓', word: "right" };
    pub(super) const WRONG: Self = Self { class: "broken", glyph: '✗', word: "not right" };

    pub(super) fn of(state: State) -> Self {
        let (class, glyph) = match state {
            State::Held => ("held", '✓'),
            State::Broken => ("broken", '✗'),
            State::Blocked => ("blocked", '■'),
            State::Deviating => ("deviating", '≠'),
            State::NotApplicable => ("inapplicable", '–'),
            State::NotChecked => ("unchecked", '?'),
        };
        Self { class, glyph, word: state.name() }
    }

    /// The mark as markup.
    pub(super) fn html(self) -> String {
        self.with("")
    }

    /// The mark with a remark after its word, which is markup.
    pub(super) fn with(self, remark: &str) -> String {
        let Self { class, glyph, word } = self;
        format!(
            "<span class=\"mark {class}\"><span aria-hidden=\"true\">{glyph}</span> {word}{remark}</span>"
        )
    }
}

/// What a state means, in a sentence.
pub(super) fn meaning(state: State) -> &'static str {
    match state {
        State::Held => "the store keeps the clause, as far as its check can see",
        State::Broken => "the store breaks it, or is excused from it and keeps it",
        State::Blocked => "another clause was broken first, so that this one could not be judged",
        State::Deviating => "the store breaks it, as its author says",
        State::NotApplicable => "it does not bind a store with these claims",
        State::NotChecked => "nobody looked, or not at everything; the reasons are below",
    }
}

/// Whether somebody has something to do about a clause that ended so.
pub(super) fn is_fine(status: &Status) -> bool {
    matches!(status.state(), State::Held | State::NotApplicable)
}
