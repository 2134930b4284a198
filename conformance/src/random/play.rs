//! Runs a program on a store, through the probe.

use super::program::{Action, Parting, Program};
use crate::{
    operation::Op,
    outcome::Outcome,
    probe::{Check, LiveWalk, Probe, Verdict},
    sample,
};

/// When everything is read and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    AfterEach,
    AtTheEnd,
}

/// Runs a program on a fresh store, reads everything at the end, and answers how many ids were given.
pub(crate) fn play_on(s: &mut Probe, program: &Program) -> Check<usize> {
    run(s, program, Looks::AtTheEnd)
}

/// Runs a program on a fresh store, and opens what outlives the handle once more where the program left it closed.
pub(super) fn play(s: &mut Probe, program: &Program, looks: Looks) -> Verdict {
    run(s, program, looks)?;
    if !s.is_open() && s.is_durable() {
        s.drop_handle()?;
        s.make_again()?;
        s.open(&sample::identity())?;
        s.look_everywhere()?;
    }
    if s.is_open() {
        s.integrity_check()?;
    }
    s.held()
}

fn run(s: &mut Probe, program: &Program, looks: Looks) -> Check<usize> {
    s.start()?;
    let mut player = Player { actions: &program.0, at: 0, given: Vec::new(), looks };
    while player.at < player.actions.len() {
        player.go_on(s, None)?;
    }
    if s.is_open() {
        s.look_everywhere()?;
    }
    Ok(player.given.len())
}

struct Player<'a> {
    actions: &'a [Action],
    at: usize,
    /// The ids that the store has given, each once.
    given: Vec<u64>,
    looks: Looks,
}

/// How many walks may be alive at once.
const WALKS: usize = 3;

impl Player<'_> {
    /// Goes on until the program ends, or the walk that it is inside is left.
    fn go_on(&mut self, s: &mut Probe, mut walk: Option<(&mut LiveWalk<'_>, usize)>) -> Check {
        while let Some(action) = self.actions.get(self.at) {
            self.at += 1;
            let depth = walk.as_ref().map_or(0, |(_, depth)| *depth);
            match action {
                Action::Call(op) => {
                    // What is there before it goes is to be right too.
                    if matches!(op, Op::Close) && s.is_open() {
                        s.look_everywhere()?;
                    }
                    self.call(s, op)?;
                }
                Action::Begin(begun) if depth < WALKS && s.is_open() => {
                    let begun = begun.map_ids(|id| id.resolve(&self.given));
                    s.walking(begun, |s, live| self.go_on(s, Some((live, depth + 1))))?;
                }
                Action::Next => {
                    if let Some((live, _)) = &mut walk {
                        live.next(s)?;
                    }
                }
                Action::Leave if depth > 0 => return Ok(()),
                Action::Reopen(parting) if depth == 0 => {
                    if s.is_open() {
                        s.look_everywhere()?;
                    }
                    if *parting == Parting::Close {
                        s.close()?;
                    }
                    s.drop_handle()?;
                    s.make_again()?;
                    s.open(&sample::identity())?;
                }
                Action::SecondHandle if depth == 0 && s.is_open() => s.try_second_handle()?,
                Action::Begin(_) | Action::Leave | Action::Reopen(_) | Action::SecondHandle => continue,
            }
            if self.looks == Looks::AfterEach && s.is_open() {
                s.look_everywhere()?;
            }
        }
        Ok(())
    }

    fn call(&mut self, s: &mut Probe, op: &Op<super::Ref>) -> Check {
        let op = op.map_ids(|id| id.resolve(&self.given));
        if let Outcome::Id(id) = s.call(op)?
            && !self.given.contains(&id)
        {
            self.given.push(id);
        }
        Ok(())
    }
}
