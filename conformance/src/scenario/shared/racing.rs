//! Handles, here and in other processes, that insert or open at the same moment.

use super::join;
use crate::{
    operation::Op,
    outcome::Outcome,
    probe::{Calls, Check, Probe, Racer, Ran, Verdict, Who},
    sample::{self, DIMENSION, entry, full},
};
use mneme::Identity;
use std::{iter::Peekable, time::Instant, vec};

/// How many entries each racer inserts at once.
const INSERTS: usize = 8;
/// A planted race between two inserts shows once in so many of them.
const INSERTS_SHOW_IN: u32 = 60;
/// A planted race between two first opens shows once in so many of them.
const OPENS_SHOW_IN: u32 = 20;
/// How many entries there may be before they are cleared: all are looked at after each race.
const MOST: usize = 60;

pub(crate) fn ids_never_collide(s: &mut Probe) -> Verdict {
    let here = s.start()?;
    let beside = join(s, None)?;
    let (first, second) = (s.start_child()?, s.start_child()?);
    let (there, elsewhere) = (join(s, Some(first))?, join(s, Some(second))?);
    // What is wrong when they take turns is no race.
    take_turns(s, &[here, there, beside, elsewhere])?;

    let plan = s.settings().race_that_shows_in(INSERTS_SHOW_IN);
    let pairs = [[there, elsewhere], [here, beside], [there, here], [elsewhere, there]];
    let (start, mut inserts, mut met, mut round) = (Instant::now(), 0, 0, 0);
    while inserts < plan.overlapping && start.elapsed() < plan.time {
        let pair = pairs[round % pairs.len()];
        // Now and then somebody looks on, at the price of a processor.
        let onlooker = (round % 3 == 0 && !pair.contains(&beside)).then_some(beside);
        met += usize::from(insert_at_once(s, pair, onlooker, round)?);
        insert_one_key(s, pair, round)?;
        inserts += 2 * (INSERTS + 1);
        // Whoever took part and whoever did not see the same.
        for handle in [pair[0], if round % 2 == 0 { here } else { elsewhere }] {
            s.turn_to(handle);
            s.look_everywhere()?;
        }
        if s.data().entries.len() > MOST {
            s.turn_to(pair[1]);
            s.clear_namespace("race")?;
        }
        round += 1;
    }
    for handle in [here, beside, there, elsewhere] {
        s.turn_to(handle);
        s.look_everywhere()?;
        s.integrity_check()?;
    }
    if met == 0 {
        return s.held_in_part(format!("in none of {round} races did two handles insert at the same time"));
    }
    if inserts < plan.overlapping {
        let (all, miss) = (plan.overlapping, plan.miss_after(inserts));
        return s.held_in_part(format!(
            "{inserts} of {all} inserts raced in the time: such a race is missed with a chance of {miss:.3}"
        ));
    }
    s.held()
}

/// Handles insert one after the other, so that each id must be greater than all before.
fn take_turns(s: &mut Probe, handles: &[usize]) -> Check {
    for n in 0..3 {
        for handle in handles {
            s.turn_to(*handle);
            s.insert(entry("turns", &format!("{handle} {n}")))?;
            if n == 1 {
                let id = s.insert(entry("turns", "deleted"))?;
                s.delete_by_id(id)?;
            }
        }
    }
    for handle in handles {
        s.turn_to(*handle);
        s.look_everywhere()?;
    }
    s.clear_namespace("turns").map(drop)
}

/// Two handles insert new entries at once; answers whether they did so at the same time, as the ids show.
///
/// An onlooker asks for all ids meanwhile. Who has seen some id must have seen every smaller one.
fn insert_at_once(s: &mut Probe, pair: [usize; 2], onlooker: Option<usize>, round: usize) -> Check<bool> {
    let new = |handle: usize, n: usize| {
        let name = format!("round {round} of {handle}: {n}");
        Op::Insert(entry("race", &name).response(name))
    };
    let racers = pair.map(|handle| Racer {
        who: Who::Handle(handle),
        calls: Calls::Each((0..INSERTS).map(|n| new(handle, n)).collect()),
    });
    let look = Op::IterLruIds(usize::MAX, Some("race".into()));
    let mut looks: Vec<Outcome> = Vec::new();
    s.turn_to(pair[0]);
    let mut look_on = onlooker.map(|onlooker| {
        let (look, looks) = (&look, &mut looks);
        move |s: &Probe| {
            let seen = s.peek(onlooker, look);
            if looks.last().is_none_or(|last| last.to_string() != seen.to_string()) {
                looks.push(seen);
            }
        }
    });
    let ran = s.at_once(s.site_index(), &racers, look_on.as_mut().map(|look| look as _))?;

    let mut queues = std::iter::zip(pair, ran)
        .map(|(handle, ran)| Queue { handle, calls: ran.calls.into_iter().peekable() })
        .collect::<Vec<_>>();
    let mut looks = looks.into_iter().peekable();
    let mut turns: Vec<usize> = Vec::new();
    // Inserts take effect in the order of their ids; each handle made its own in their order.
    while let Some((handle, op, outcome)) = next(&mut queues) {
        while let (Some(id), Some(onlooker)) = (id_of(&outcome), onlooker) {
            let Some(seen) = looks.next_if(|seen| greatest(seen) < id) else { break };
            s.witness_call(onlooker, look.clone(), seen)?;
        }
        s.witness_call(handle, op, outcome)?;
        if turns.last() != Some(&handle) {
            turns.push(handle);
        }
    }
    for seen in looks {
        s.witness_call(onlooker.unwrap_or(pair[0]), look.clone(), seen)?;
    }
    Ok(turns.len() > 2)
}

/// The calls of one handle that are still to be judged.
struct Queue {
    handle: usize,
    calls: Peekable<vec::IntoIter<(Op, Outcome)>>,
}

/// The call that took effect next: of those that are each handle's next, the one with the smallest id. What has no id
/// comes first.
fn next(queues: &mut [Queue]) -> Option<(usize, Op, Outcome)> {
    let waiting = |(at, queue): (usize, &mut Queue)| Some((id_of(&queue.calls.peek()?.1), at));
    let (_, at) = queues.iter_mut().enumerate().filter_map(waiting).min()?;
    let (op, outcome) = queues[at].calls.next()?;
    Some((queues[at].handle, op, outcome))
}

fn id_of(outcome: &Outcome) -> Option<u64> {
    match outcome {
        Outcome::Id(id) => Some(*id),
        _ => None,
    }
}

fn greatest(seen: &Outcome) -> u64 {
    match seen {
        Outcome::Ids(ids) => ids.iter().copied().max().unwrap_or(0),
        _ => 0,
    }
}

/// Two handles insert under one new key at once: it is one entry with one id, and one of them wrote it last.
fn insert_one_key(s: &mut Probe, pair: [usize; 2], round: usize) -> Check {
    let key = format!("both {round}");
    let racers = pair.map(|handle| Racer {
        who: Who::Handle(handle),
        calls: Calls::Each(vec![Op::Insert(
            entry("race", &key).response(format!("round {round} of {handle}")),
        )]),
    });
    s.turn_to(pair[0]);
    let ran = s.at_once(s.site_index(), &racers, None)?;
    let stored = s.peek(pair[0], &Op::GetByHash("race".into(), key.into()));
    let is_stored = |op: &Op| match (op, &stored) {
        (Op::Insert(entry), Outcome::Entry(Some(stored))) => entry.response == stored.response,
        _ => false,
    };
    let mut calls: Vec<_> = std::iter::zip(pair, ran)
        .flat_map(|(handle, ran)| ran.calls.into_iter().map(move |(op, outcome)| (handle, op, outcome)))
        .collect();
    calls.sort_by_key(|(_, op, _)| is_stored(op));
    calls.into_iter().try_for_each(|(handle, op, outcome)| s.witness_call(handle, op, outcome))
}

pub(crate) fn first_opens_may_race(s: &mut Probe) -> Verdict {
    // What is wrong when one opens after the other is no race.
    let first = s.start()?;
    s.make_again()?;
    s.refused(Op::Open(another(0)))?;
    s.open(&sample::identity())?;
    s.drop_handle()?;
    s.turn_to(first);
    s.look_everywhere()?;

    let children = [s.start_child()?, s.start_child()?];
    let plan = s.settings().race_that_shows_in(OPENS_SHOW_IN);
    let (start, mut opens, mut round) = (Instant::now(), 0, 0);
    while opens < plan.overlapping && start.elapsed() < plan.time {
        opens += open_at_once(s, children, round)?;
        round += 1;
    }
    if opens < plan.overlapping {
        let (all, miss) = (plan.overlapping, plan.miss_after(opens));
        return s.held_in_part(format!(
            "{opens} of {all} first opens ran beside another one in the time: such a race is missed with a chance of {miss:.3}"
        ));
    }
    s.held()
}

/// Another identity than the sample's: by its fingerprint, or by its dimension alone.
fn another(round: usize) -> Identity {
    match round % 2 {
        0 => Identity::new("conformance:v2", DIMENSION),
        _ => Identity::new(sample::identity().fingerprint, DIMENSION * 2),
    }
}

/// Handles open fresh data at once, and then all that were let in work. Answers how many opens ran beside another one.
fn open_at_once(s: &mut Probe, [child, sibling]: [usize; 2], round: usize) -> Check<usize> {
    // By turns two processes, this one and another, two handles of one, and all.
    let places: &[Option<usize>] = match round % 4 {
        0 => &[Some(child), Some(sibling)],
        1 => &[None, Some(sibling)],
        2 => &[None, None],
        _ => &[None, Some(child), Some(sibling), None],
    };
    // By turns all have one identity, and there are two.
    let other = if round / 4 % 3 == 2 { sample::identity() } else { another(round / 4) };
    let identities = [sample::identity(), other];
    // Where the factories race too, they race for the file.
    let makes = round % 3 == 1;
    let site = s.fresh_site();
    let mut raced = 0;
    s.aside(|s| {
        let mut racers = Vec::new();
        for (at, place) in places.iter().enumerate() {
            let who = match place {
                _ if makes => Who::New(*place),
                None => Who::Handle(s.make_on(site)?),
                Some(child) => Who::Handle(s.make_on_in_child(site, *child)?),
            };
            racers.push(Racer { who, calls: Calls::Each(vec![Op::Open(identities[at % 2].clone())]) });
        }
        let ran = s.at_once(site, &racers, None)?;
        raced = overlapping(&ran);
        let Some((winner, others)) = judge_opens(s, site, &racers, ran)? else { return Ok(()) };
        let Winner { handle, identity } = winner;
        s.turn_to(handle);
        s.look_everywhere()?;
        for handle in others.into_iter().chain([handle]) {
            s.turn_to(handle);
            s.insert(full("a", &format!("{handle}")).embedding(sample::plain(identity.dimension)))?;
        }
        s.look_everywhere()?;
        s.integrity_check()?;
        // Whoever comes later finds the one that won.
        s.make_again()?;
        let wrong = identities.into_iter().find(|other| *other != identity);
        s.refused(Op::Open(wrong.unwrap_or_else(|| another(round))))?;
        s.open(&identity)?;
        s.look_everywhere()
    })?;
    Ok(raced)
}

/// How many of the racers had a call under way while another one had.
fn overlapping(ran: &[Ran]) -> usize {
    let overlap = |one: &Ran, other: &Ran| {
        let mut others = other.spans.iter().flatten();
        others.any(|other| one.spans.iter().flatten().any(|span| span.overlaps(*other)))
    };
    let is_beside = |at: &usize| (0..ran.len()).any(|other| other != *at && overlap(&ran[*at], &ran[other]));
    (0..ran.len()).filter(is_beside).count()
}

/// The handle that was let in first, and what the data are for since then.
struct Winner {
    handle: usize,
    identity: Identity,
}

/// Judges a race of opens, the winner's first; answers it, and the other handles that are open.
fn judge_opens(
    s: &mut Probe,
    site: usize,
    racers: &[Racer],
    ran: Vec<Ran>,
) -> Check<Option<(Winner, Vec<usize>)>> {
    let mut ran: Vec<_> = racers.iter().zip(ran).collect();
    // One factory that succeeds shows that it is not the site why another one fails.
    ran.sort_by_key(|(_, ran)| matches!(ran.made, Some((_, None))));
    let mut opens = Vec::new();
    for (racer, ran) in ran {
        let handle = match (racer.who, ran.made) {
            (Who::New(child), Some(made)) => s.witness_made(site, child, made)?,
            (Who::Handle(handle), _) => handle,
            (Who::New(_), None) => unreachable!("a racer without a handle makes one"),
        };
        opens.extend(ran.calls.into_iter().map(|(op, outcome)| (handle, op, outcome)));
    }
    opens.sort_by_key(|(.., outcome)| !matches!(outcome, Outcome::Done));
    let (mut winner, mut others) = (None, Vec::new());
    for (handle, op, outcome) in opens {
        if let (Op::Open(identity), Outcome::Done) = (&op, &outcome) {
            match winner {
                None => winner = Some(Winner { handle, identity: identity.clone() }),
                Some(_) => others.push(handle),
            }
        }
        s.witness_call(handle, op, outcome)?;
    }
    Ok(winner.map(|winner| (winner, others)))
}
