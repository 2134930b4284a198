//! A trace in scenes: what was done to one store, until a fresh one is made.

use crate::{
    operation::Step,
    trace::{Beside, Row, Trace, handle_name},
};
use std::collections::{BTreeMap, BTreeSet};

/// What was done to one store, or to several by turns.
#[derive(Debug, Default)]
pub(super) struct Scene<'a> {
    pub(super) items: Vec<Item<'a>>,
    /// How many sites there are in it.
    sites: BTreeSet<usize>,
    /// The name of each handle, where several are at work at once.
    names: BTreeMap<usize, String>,
}

#[derive(Debug)]
pub(super) enum Item<'a> {
    Note(&'static str),
    Row(&'a Row),
}

impl Scene<'_> {
    /// How a handle is called, where it must be told from others.
    pub(super) fn name(&self, row: &Row) -> Option<&str> {
        let of_a_handle = !matches!(
            row.step,
            Step::Tamper(..)
                | Step::Restore(_)
                | Step::Put(..)
                | Step::Exists(_)
                | Step::Altered(_)
                | Step::Meanwhile
        );
        self.names.get(&row.handle).filter(|_| of_a_handle).map(String::as_str)
    }

    /// Whether a row is the first one on its site.
    pub(super) fn begins_site(&self, row: &Row) -> bool {
        self.rows().find(|other| other.site == row.site).is_some_and(|first| std::ptr::eq(first, row))
    }

    /// Whether it is about more than one site.
    pub(super) fn has_many_sites(&self) -> bool {
        self.sites.len() > 1
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.items.iter().filter_map(|item| match item {
            Item::Row(row) => Some(*row),
            Item::Note(_) => None,
        })
    }
}

/// The scenes of a trace, in their order, without what was not to be told and without the drops that end a scene.
pub(super) fn scenes(trace: &Trace) -> Vec<Scene<'_>> {
    let mut scenes = Vec::new();
    let mut part: Vec<Item<'_>> = Vec::new();
    let mut beside: Vec<&(usize, Beside)> = trace.beside().iter().collect();
    beside.sort_by_key(|(after, _)| *after);
    let mut beside = beside.into_iter().peekable();
    let untold: Vec<(usize, usize)> = trace
        .beside()
        .iter()
        .filter_map(|(from, beside)| match beside {
            Beside::Untold(to) => Some((*from, *to)),
            _ => None,
        })
        .collect();
    let is_told = |at: usize| !untold.iter().any(|(from, to)| (*from..*to).contains(&at));
    for at in 0..=trace.rows().len() {
        while let Some((after, what)) = beside.next_if(|(after, _)| *after <= at) {
            match what {
                Beside::Note(text) if is_told(*after) => part.push(Item::Note(text)),
                Beside::Aside(rows) => {
                    // Notes that come right before it are about it.
                    let notes = part.iter().rev().take_while(|item| matches!(item, Item::Note(_))).count();
                    let notes = part.split_off(part.len() - notes);
                    scenes.extend(split(std::mem::take(&mut part)));
                    scenes.extend(split(notes.into_iter().chain(rows.iter().map(Item::Row)).collect()));
                }
                _ => {}
            }
        }
        if let Some(row) = trace.rows().get(at).filter(|_| is_told(at)) {
            part.push(Item::Row(row));
        }
    }
    scenes.extend(split(part));
    scenes
}

/// Splits items where all sites before are left for good.
fn split(items: Vec<Item<'_>>) -> Vec<Scene<'_>> {
    let mut last = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        if let Item::Row(row) = item
            && !matches!(row.step, Step::Drop)
        {
            last.insert(row.site, at);
        }
    }
    let mut scenes: Vec<Scene<'_>> = Vec::new();
    let mut notes = Vec::new();
    // Where the sites of the scene so far are at work for the last time.
    let mut until = None;
    for (at, item) in items.into_iter().enumerate() {
        let Item::Row(row) = item else {
            notes.push(item);
            continue;
        };
        let Some(end) = last.get(&row.site).copied().filter(|end| at <= *end) else { continue };
        if until.is_none_or(|until| at > until) {
            scenes.push(Scene::default());
        }
        until = until.max(Some(end));
        let scene = scenes.last_mut().expect("one was just pushed");
        scene.items.append(&mut notes);
        scene.items.push(item);
        scene.sites.insert(row.site);
    }
    if let Some(scene) = scenes.last_mut() {
        scene.items.append(&mut notes);
    }
    for scene in &mut scenes {
        scene.names = names(scene);
    }
    scenes
}

/// A name for each handle of a scene, if one of them is at work before another one is done.
fn names(scene: &Scene<'_>) -> BTreeMap<usize, String> {
    let mut spans: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (at, row) in scene.rows().enumerate() {
        if !matches!(row.step, Step::Tamper(..) | Step::Restore(_)) {
            spans.entry(row.handle).or_insert((at, at)).1 = at;
        }
    }
    let mut spans: Vec<_> = spans.into_iter().collect();
    spans.sort_by_key(|(_, (first, _))| *first);
    let overlap = spans.windows(2).any(|two| two[1].1.0 < two[0].1.1);
    let number = |(number, (handle, _)): (usize, &(usize, _))| (*handle, handle_name(number));
    if overlap { spans.iter().enumerate().map(number).collect() } else { BTreeMap::new() }
}
