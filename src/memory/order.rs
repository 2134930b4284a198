use super::{
    namespaces::NamespaceIndex,
    timeline::{Stamp, Timeline},
};
use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeSet, BinaryHeap, binary_heap::PeekMut},
};

/// The entries of each namespace in order of a time, and through them all entries.
///
/// One tree over all entries would have to be kept besides those of the namespaces, at the price of a second insertion
/// for every write. Instead there is a tree of the namespaces' first stamps only, which a write touches when it changes
/// which stamp is a namespace's first.
#[derive(Debug, Default)]
pub(super) struct Order {
    queues: Vec<Timeline>,
    heads: BTreeSet<(Stamp, NamespaceIndex)>,
}

impl Order {
    pub(super) fn insert(&mut self, namespace: NamespaceIndex, stamp: Stamp) {
        if self.queues.len() <= namespace {
            self.queues.resize_with(namespace + 1, Timeline::default);
        }
        let queue = &mut self.queues[namespace];
        let first = queue.first();
        queue.insert(stamp);
        if first.is_none_or(|first| stamp < first) {
            if let Some(first) = first {
                self.heads.remove(&(first, namespace));
            }
            self.heads.insert((stamp, namespace));
        }
    }

    pub(super) fn remove(&mut self, namespace: NamespaceIndex, stamp: Stamp) {
        let Some(queue) = self.queues.get_mut(namespace) else { return };
        let was_first = queue.first() == Some(stamp);
        queue.remove(stamp);
        if was_first {
            self.heads.remove(&(stamp, namespace));
            self.heads.extend(queue.first().map(|first| (first, namespace)));
        }
    }

    /// Removes a namespace's stamps at once, and answers them.
    pub(super) fn take(&mut self, namespace: NamespaceIndex) -> Timeline {
        let queue = self.queues.get_mut(namespace).map(core::mem::take).unwrap_or_default();
        if let Some(first) = queue.first() {
            self.heads.remove(&(first, namespace));
        }
        queue
    }

    /// The stamps of one namespace.
    pub(super) fn of(&self, namespace: NamespaceIndex) -> Option<&Timeline> {
        self.queues.get(namespace)
    }

    pub(super) fn contains(&self, namespace: NamespaceIndex, stamp: Stamp) -> bool {
        self.of(namespace).is_some_and(|queue| queue.contains(stamp))
    }

    /// The first stamp of all.
    pub(super) fn first(&self) -> Option<Stamp> {
        self.heads.first().map(|&(stamp, _)| stamp)
    }

    /// All stamps in order, merged from the namespaces'.
    ///
    /// A namespace is looked into only when its first stamp is the next of all. So the first k stamps cost k steps,
    /// each the logarithm of how many namespaces they came from, however many namespaces there are.
    pub(super) fn merged(&self) -> impl Iterator<Item = Stamp> {
        let mut unopened = self.heads.iter().peekable();
        let mut opened = BinaryHeap::new();
        core::iter::from_fn(move || {
            let next_opened = opened.peek().map(|Reverse(Source { next, .. })| *next);
            let head = unopened.next_if(|(head, _)| next_opened.is_none_or(|next| *head < next));
            if let Some(&(stamp, namespace)) = head {
                let mut rest = self.queues[namespace].iter();
                rest.next();
                opened.extend(rest.next().map(|next| Reverse(Source { next, rest })));
                return Some(stamp);
            }
            let mut source = opened.peek_mut()?;
            let stamp = source.0.next;
            match source.0.rest.next() {
                Some(next) => source.0.next = next,
                None => drop(PeekMut::pop(source)),
            }
            Some(stamp)
        })
    }

    /// How many stamps there are. It looks at every namespace.
    pub(super) fn len(&self) -> usize {
        self.queues.iter().map(Timeline::len).sum()
    }

    /// Whether the namespaces' stamps are sound, and the heads are the first of them.
    pub(super) fn is_sound(&self) -> bool {
        let firsts =
            self.queues.iter().enumerate().filter_map(|(index, queue)| Some((queue.first()?, index)));
        self.queues.iter().all(Timeline::is_sound) && firsts.collect::<BTreeSet<_>>() == self.heads
    }
}

/// A namespace that the merge has begun to read: the stamp that it would yield next, and those after it.
struct Source<I> {
    next: Stamp,
    rest: I,
}

impl<I> PartialEq for Source<I> {
    fn eq(&self, other: &Self) -> bool {
        self.next == other.next
    }
}

impl<I> Eq for Source<I> {}

impl<I> PartialOrd for Source<I> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<I> Ord for Source<I> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.next.cmp(&other.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(at: u64, id: u64) -> Stamp {
        Stamp { at, id }
    }

    #[test]
    fn the_merge_is_the_order_of_all() {
        let mut order = Order::default();
        let mut all = Vec::new();
        for id in 1..=200 {
            let stamp = stamp(id * 7919 % 31, id);
            order.insert(usize::try_from(id * id % 13).expect("it is small"), stamp);
            all.push(stamp);
        }
        all.sort_unstable();
        assert_eq!(order.merged().collect::<Vec<_>>(), all);
        assert_eq!(order.len(), 200);
        assert!(order.is_sound());
    }

    #[test]
    fn the_heads_follow_every_change_of_a_first() {
        let mut order = Order::default();
        for (namespace, at) in [(2, 50), (2, 40), (2, 60), (0, 45)] {
            order.insert(namespace, stamp(at, at));
            assert!(order.is_sound());
        }
        assert_eq!(order.first(), Some(stamp(40, 40)));
        order.remove(2, stamp(40, 40));
        assert_eq!(order.first(), Some(stamp(45, 45)));
        order.remove(2, stamp(60, 60));
        assert!(order.is_sound());
        assert_eq!(order.take(0).iter().collect::<Vec<_>>(), [stamp(45, 45)]);
        assert_eq!(order.first(), Some(stamp(50, 50)));
        order.remove(2, stamp(50, 50));
        assert_eq!(order.first(), None);
        assert!(order.is_sound());
    }
}
