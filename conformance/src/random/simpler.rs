//! Plainer actions in the place of one.

use super::program::{Action, Parting, Program, filled};
use crate::{
    operation::{Op, Text, Walk},
    sample,
};
use mneme::{Entry, Identity, Metadata};
use std::collections::BTreeSet;

/// Plainer actions that may do in the place of this one, the plainest first.
pub(super) fn simpler(action: &Action) -> Vec<Action> {
    match action {
        Action::Call(op) => operations(op).into_iter().map(Action::Call).collect(),
        Action::Elsewhere(op) => std::iter::once(Action::Call(op.clone()))
            .chain(operations(op).into_iter().map(Action::Elsewhere))
            .collect(),
        Action::Fill(entries, namespaces) => {
            let mut plainer: Vec<Action> = Vec::new();
            if *entries == 1 {
                let (namespace, hash) = filled(0, *namespaces);
                plainer.push(Action::Call(Op::Insert(sample::entry(&namespace, &hash))));
            }
            plainer.extend(
                smaller(u64::from(*entries)).into_iter().map(|n| Action::Fill(small(n), *namespaces)),
            );
            plainer.extend((*namespaces != 1).then_some(Action::Fill(*entries, 1)));
            plainer.extend((*namespaces > *entries).then_some(Action::Fill(*entries, *entries)));
            plainer
        }
        Action::Next(items) => {
            smaller(u64::from(*items)).into_iter().map(|n| Action::Next(small(n))).collect()
        }
        Action::Rest => vec![Action::Next(1)],
        Action::Unwind => vec![Action::Leave],
        Action::Remake(parting) => vec![Action::Reopen(*parting)],
        Action::Reopen(parting) => {
            // Where nothing was opened before, that it opens was all that it was there for.
            let mut plainer = vec![Action::Call(Op::Open(sample::identity()))];
            plainer.extend((*parting != Parting::Close).then_some(Action::Reopen(Parting::Close)));
            plainer
        }
        Action::Begin(walk) if *walk != Walk::All => vec![Action::Begin(Walk::All)],
        _ => Vec::new(),
    }
}

fn small(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Numbers below this one, the smallest first.
fn smaller(number: u64) -> Vec<u64> {
    let mut numbers: Vec<u64> =
        [0, 1, 2, 5, 10, number / 4, number / 2, number - number / 8, number.saturating_sub(1)].into();
    numbers.retain(|smaller| *smaller < number);
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn operations(op: &Op<super::Ref>) -> Vec<Op<super::Ref>> {
    match op {
        Op::Open(identity) => {
            let plain = sample::identity();
            let plainer = [
                plain.clone(),
                Identity::new(&*identity.fingerprint, plain.dimension),
                Identity::new("other", identity.dimension),
            ];
            plainer.into_iter().take_while(|plainer| plainer != identity).map(Op::Open).collect()
        }
        Op::Insert(entry) => entries(entry).into_iter().map(Op::Insert).collect(),
        Op::Count(Some(_)) => vec![Op::Count(None)],
        Op::IterLruIds(limit, scope) => {
            let mut plainer: Vec<_> = scope.iter().map(|_| Op::IterLruIds(*limit, None)).collect();
            let limits = smaller(*limit as u64).into_iter().filter_map(|n| usize::try_from(n).ok());
            plainer.extend(limits.map(|limit| Op::IterLruIds(limit, scope.clone())));
            plainer
        }
        Op::UpdateAccess(id, now) => {
            smaller(*now).into_iter().map(|now| Op::UpdateAccess(*id, now)).collect()
        }
        Op::DeleteExpired(now, scope) => {
            let mut plainer: Vec<_> = scope.iter().map(|_| Op::DeleteExpired(*now, None)).collect();
            plainer.extend(smaller(*now).into_iter().map(|now| Op::DeleteExpired(now, scope.clone())));
            plainer
        }
        Op::SetNamespaceQuota(namespace, quota) => smaller(*quota)
            .into_iter()
            .map(|quota| Op::SetNamespaceQuota(Text::clone(namespace), quota))
            .collect(),
        Op::WriteMeta(key, value) => {
            shorter(value).into_iter().map(|value| Op::WriteMeta(Text::clone(key), value.into())).collect()
        }
        _ => Vec::new(),
    }
}

/// Shorter texts, the shortest first.
fn shorter(text: &str) -> Vec<String> {
    let mut texts = vec![String::new(), "x".to_owned()];
    let length = text.chars().count();
    if length > 1 {
        texts.push(text.chars().skip(length / 2).collect());
        texts.push(text.chars().take(length / 2).collect());
        texts.push(text.chars().skip(1).collect());
        texts.push(text.chars().take(length - 1).collect());
    }
    texts.retain(|shorter| shorter.len() < text.len());
    texts
}

fn entries(entry: &Entry) -> Vec<Entry> {
    let plain = sample::entry(&entry.namespace, &entry.query_hash);
    let mut plainer = vec![
        plain,
        entry.clone().embedding(sample::plain(entry.embedding.len())),
        entry.clone().embedding(sample::plain(sample::DIMENSION)),
        entry.clone().metadata(Metadata::new()),
        entry.clone().ttl(None),
        entry.clone().access_count(0),
    ];
    plainer.extend(shorter(&entry.query).into_iter().map(|text| entry.clone().query(text)));
    plainer.extend(shorter(&entry.response).into_iter().map(|text| entry.clone().response(text)));
    plainer.extend(smaller(entry.created_at).into_iter().map(|time| entry.clone().created_at(time)));
    plainer
        .extend(smaller(entry.last_accessed_at).into_iter().map(|time| entry.clone().last_accessed_at(time)));
    plainer.extend(entry.ttl.into_iter().flat_map(smaller).map(|ttl| entry.clone().ttl(ttl)));
    for key in entry.metadata.keys() {
        let mut fewer = entry.metadata.clone();
        fewer.remove(key);
        plainer.push(entry.clone().metadata(fewer));
    }
    plainer.retain(|plainer| plainer != entry);
    plainer
}

/// The names that texts become in a program that is made plain.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const HASHES: [&str; 4] = ["h1", "h2", "h3", "h4"];

/// The same program with one namespace or one hash renamed everywhere, for each that has no plain name yet.
pub(super) fn renamed(program: &Program) -> Vec<Program> {
    let mut namespaces = BTreeSet::new();
    let mut hashes = BTreeSet::new();
    for action in &program.0 {
        match action {
            Action::Call(op) | Action::Elsewhere(op) => {
                let _ =
                    rename(op, &mut |text| note(&mut namespaces, text), &mut |text| note(&mut hashes, text));
            }
            _ => {}
        }
    }
    let free = |taken: &BTreeSet<Text>, names: [&'static str; 4]| {
        names.into_iter().find(|name| !taken.iter().any(|text| **text == **name))
    };
    let plan = |texts: &BTreeSet<Text>, names: [&'static str; 4]| -> Vec<(Text, &'static str)> {
        let is_plain = |text: &Text| names.contains(&&**text);
        free(texts, names).map_or_else(Vec::new, |name| {
            texts.iter().filter(|text| !is_plain(text)).map(|text| (Text::clone(text), name)).collect()
        })
    };
    let in_place = |of: &Text, name: &'static str| {
        let of = Text::clone(of);
        move |text: &Text| if *text == of { Text::from(name) } else { Text::clone(text) }
    };
    let keep = |text: &Text| Text::clone(text);
    let namespaces = plan(&namespaces, NAMES)
        .into_iter()
        .map(|(of, name)| map(program, &mut |op| rename(op, &mut in_place(&of, name), &mut { keep })));
    let hashes = plan(&hashes, HASHES)
        .into_iter()
        .map(|(of, name)| map(program, &mut |op| rename(op, &mut { keep }, &mut in_place(&of, name))));
    namespaces.chain(hashes).collect()
}

fn note(texts: &mut BTreeSet<Text>, text: &Text) -> Text {
    texts.insert(Text::clone(text));
    Text::clone(text)
}

fn map(program: &Program, with: &mut dyn FnMut(&Op<super::Ref>) -> Op<super::Ref>) -> Program {
    Program(
        program
            .0
            .iter()
            .map(|action| match action {
                Action::Call(op) => Action::Call(with(op)),
                Action::Elsewhere(op) => Action::Elsewhere(with(op)),
                other => other.clone(),
            })
            .collect(),
    )
}

/// An operation with its namespaces and its hashes written in another way.
fn rename(
    op: &Op<super::Ref>,
    namespace: &mut dyn FnMut(&Text) -> Text,
    hash: &mut dyn FnMut(&Text) -> Text,
) -> Op<super::Ref> {
    match op {
        Op::GetByHash(a, b) => Op::GetByHash(namespace(a), hash(b)),
        Op::Count(Some(a)) => Op::Count(Some(namespace(a))),
        Op::IterLruIds(limit, Some(a)) => Op::IterLruIds(*limit, Some(namespace(a))),
        Op::DeleteExpired(now, Some(a)) => Op::DeleteExpired(*now, Some(namespace(a))),
        Op::ClearNamespace(a) => Op::ClearNamespace(namespace(a)),
        Op::SetNamespaceQuota(a, quota) => Op::SetNamespaceQuota(namespace(a), *quota),
        Op::GetNamespaceQuota(a) => Op::GetNamespaceQuota(namespace(a)),
        Op::Insert(entry) => {
            let mut content = (*entry.content).clone();
            content.namespace = namespace(&content.namespace.as_str().into()).to_string();
            content.query_hash = hash(&content.query_hash.as_str().into()).to_string();
            let mut renamed = Entry::from(content);
            renamed.last_accessed_at = entry.last_accessed_at;
            renamed.access_count = entry.access_count;
            Op::Insert(renamed)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reopen_is_an_open_where_nothing_was_to_be_left() {
        let open = Action::Call(Op::Open(sample::identity()));
        assert_eq!(simpler(&Action::Reopen(Parting::Drop)), [open.clone(), Action::Reopen(Parting::Close)]);
        assert_eq!(simpler(&Action::Reopen(Parting::Close)), [open]);
    }

    #[test]
    fn a_fill_of_one_entry_is_an_insert_of_it() {
        let plainer = simpler(&Action::Fill(1, 3));
        let insert =
            |action: &Action| matches!(action, Action::Call(Op::Insert(entry)) if entry.query_hash == "f0");
        assert!(plainer.iter().any(insert), "{plainer:?}");
        // What is more than one shrinks to fewer first.
        assert!(!simpler(&Action::Fill(2, 1)).iter().any(insert));
        assert!(simpler(&Action::Fill(2, 1)).contains(&Action::Fill(1, 1)));
    }
}
