//! What one wrong answer says of several clauses, beside what the own check of each found.

use super::Battery;
use crate::{
    blame,
    contract::{Certainty, Clause, clause},
    probe::Finding,
};

/// What the own check of a clause says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// It found the clause broken, and no other comes before it.
    First,
    /// It found the clause broken.
    Broken,
    /// It found the clause broken, after all that is the clause's alone was right.
    Further,
    /// It could not be judged, was not checked, or only sampled.
    None,
    /// It looked, and the store keeps it.
    Held,
}

impl Battery {
    /// The clauses that one wrong answer may break, in the light of what the checks of these clauses found themselves.
    ///
    /// One answer often leaves open which of several clauses is broken. The check of each was written to tell, so those
    /// whose own check found them broken come first, before all those that it names first itself; and those whose own
    /// check held are dropped: from the clauses of a check if any other is left, and from those of an engine, which sees
    /// what no check was written for, if one of the others was found broken.
    pub(super) fn weighed(
        &self,
        checking: Option<&'static Clause>,
        clauses: Vec<&'static Clause>,
    ) -> Vec<&'static Clause> {
        if clauses.is_empty() || checking.is_some_and(|checked| clauses == [checked]) {
            return clauses;
        }
        let mut known: Vec<_> = clauses.iter().map(|clause| (self.evidence(clause), *clause)).collect();
        known.sort_by_key(|(evidence, _)| *evidence);
        let others = match checking {
            Some(_) => known[0].0 != Evidence::Held,
            None => known[0].0 <= Evidence::Further,
        };
        if others {
            let is_plain = known[0].0 <= Evidence::Broken;
            known.retain(|(evidence, _)| match evidence {
                Evidence::Held => false,
                Evidence::Further => !is_plain,
                _ => true,
            });
        } else if checking.is_none() {
            return clauses;
        }
        let clauses: Vec<_> = known.iter().map(|(_, clause)| *clause).collect();
        if let Some(checked) = checking
            && [&clause::durable::survives_kill, &clause::files::full_disk_loses_nothing].contains(&checked)
            && let others @ [_, ..] = &found_elsewhere(checked, &known)[..]
        {
            return others.to_vec();
        }
        match checking {
            Some(_) if known[0].0 == Evidence::None => self.with_what_is_in_the_way(&clauses),
            Some(checked) => self.without_the_accused(checked, clauses),
            None => clauses,
        }
    }

    /// Without the clause that is being checked, where it is only inferred and another one accounts for what was seen.
    ///
    /// A clause of which the answer itself tells stays broken, whatever the reason for the answer. One that was inferred
    /// from what was called before is not, if a narrower one is named before it that comes first in its own check and
    /// does without it there: then there is no sign of two mistakes. Where neither is narrower, as among what was done to
    /// an entry and what a view makes of it, one that is named behind it accounts for it as well.
    fn without_the_accused(
        &self,
        checked: &'static Clause,
        mut clauses: Vec<&'static Clause>,
    ) -> Vec<&'static Clause> {
        if !blame::is_inferred(checked) {
            return clauses;
        }
        let possible = self.possible(checked);
        let place = possible.iter().position(|other| *other == checked).unwrap_or(possible.len());
        let is_narrow = ["access", "key"].contains(&checked.area());
        let accounts = |(at, other): &(usize, &&'static Clause)| {
            (*at < place || *at > place && !is_narrow && other.area() != "robust")
                && self.evidence(other) == Evidence::First
                && !self.possible(other).contains(&checked)
        };
        let account = possible.iter().enumerate().find(accounts).map(|(_, other)| *other);
        if let Some(other) = account {
            clauses.retain(|clause| *clause != checked && *clause != other);
            clauses.insert(0, other);
        }
        clauses
    }

    /// The clauses that the own check of one names, without those that were found kept by their own.
    fn possible(&self, clause: &'static Clause) -> Vec<&'static Clause> {
        match &self.found(clause).0 {
            Finding::Violated { clauses, .. } => {
                let known = self.evidence_of(clause);
                let is_kept = |other: &&'static Clause| match self.evidence_of(other) {
                    Some(Evidence::Held) => true,
                    Some(Evidence::Further) => known != Some(Evidence::Further),
                    _ => false,
                };
                clauses.iter().copied().filter(|other| !is_kept(other)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What the own check of a clause says by itself, whatever else it names.
    fn evidence_of(&self, clause: &'static Clause) -> Option<Evidence> {
        match &self.found(clause).0 {
            Finding::Held if clause.certainty() == Certainty::Exact => Some(Evidence::Held),
            Finding::Violated { clauses, further: true, .. } if clauses.contains(&clause) => {
                Some(Evidence::Further)
            }
            _ if self.is_kept_by_itself(clause) && clause.certainty() == Certainty::Exact => {
                Some(Evidence::Held)
            }
            _ => None,
        }
    }

    /// Whether all that is the clause's alone was right, and what was wrong after it is another clause's, whose own check
    /// says so: the clause need not wait until that one is mended.
    pub(super) fn is_kept_by_itself(&self, clause: &'static Clause) -> bool {
        let broken = |clause: &'static Clause, further| match &self.found(clause).0 {
            Finding::Violated { clauses, further: when, .. } if *when == further => &**clauses,
            _ => &[],
        };
        let clauses = broken(clause, true);
        !clauses.contains(&clause) && clauses.iter().any(|other| broken(other, false).contains(other))
    }

    /// Clauses of which none is known to be broken, behind those that are, where these kept the check of one of them
    /// from telling.
    fn with_what_is_in_the_way(&self, clauses: &[&'static Clause]) -> Vec<&'static Clause> {
        let found = clauses.iter().map(|clause| &self.found(clause).0);
        let in_the_way = found.flat_map(|finding| match finding {
            Finding::Violated { clauses, .. } => &**clauses,
            _ => &[],
        });
        let mut all: Vec<&'static Clause> = Vec::new();
        let broken = in_the_way.filter(|clause| self.evidence(clause) <= Evidence::Further);
        for clause in broken.chain(clauses) {
            if !all.contains(clause) {
                all.push(clause);
            }
        }
        all
    }

    pub(super) fn evidence(&self, clause: &'static Clause) -> Evidence {
        match &self.found(clause).0 {
            Finding::Violated { clauses, further: false, .. } if clauses.contains(&clause) => {
                if self.possible(clause).first() == Some(&clause) {
                    Evidence::First
                } else {
                    Evidence::Broken
                }
            }
            _ => self.evidence_of(clause).unwrap_or(Evidence::None),
        }
    }
}

/// What a kill, or a disk that is full, is not needed for: of the clauses that are named after one, those that their own checks
/// found broken.
fn found_elsewhere(checked: &'static Clause, known: &[(Evidence, &'static Clause)]) -> Vec<&'static Clause> {
    let is_other = |(evidence, clause): &&(Evidence, &'static Clause)| {
        *evidence <= Evidence::Broken && *clause != checked
    };
    known.iter().filter(is_other).map(|(_, clause)| *clause).collect()
}
