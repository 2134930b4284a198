use std::hash::Hash;

/// A set of small numbers.
pub(super) trait Set: Clone + Eq + Hash {
    /// The empty set, with room for numbers below `most`.
    fn empty(most: usize) -> Self;
    fn contains(&self, number: usize) -> bool;
    fn with(&self, number: usize) -> Self;
    fn without(&self, number: usize) -> Self;
}

impl Set for u64 {
    fn empty(_: usize) -> Self {
        0
    }

    fn contains(&self, number: usize) -> bool {
        self >> number & 1 == 1
    }

    fn with(&self, number: usize) -> Self {
        self | 1 << number
    }

    fn without(&self, number: usize) -> Self {
        self & !(1 << number)
    }
}

/// A set for numbers past 63.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Slots(Box<[u64]>);

impl Set for Slots {
    fn empty(most: usize) -> Self {
        Self(vec![0; most.div_ceil(64)].into())
    }

    fn contains(&self, number: usize) -> bool {
        self.0[number / 64].contains(number % 64)
    }

    fn with(&self, number: usize) -> Self {
        let mut set = self.clone();
        set.0[number / 64] |= 1 << (number % 64);
        set
    }

    fn without(&self, number: usize) -> Self {
        let mut set = self.clone();
        set.0[number / 64] &= !(1 << (number % 64));
        set
    }
}

/// A set of places in a history that mostly grows from the front.
///
/// As a [key](Self::key) it leaves out what is full at the front, which is nearly everything in a long history.
#[derive(Debug)]
pub(super) struct Taken {
    words: Vec<u64>,
    /// How many words at the front are full.
    full: usize,
    /// One more than the last word that may hold anything.
    end: usize,
}

impl Taken {
    pub(super) fn none(most: usize) -> Self {
        Self { words: vec![0; most.div_ceil(64)], full: 0, end: 0 }
    }

    pub(super) fn insert(&mut self, place: usize) {
        let word = place / 64;
        self.words[word] |= 1 << (place % 64);
        self.end = self.end.max(word + 1);
        while self.words.get(self.full) == Some(&u64::MAX) {
            self.full += 1;
        }
    }

    pub(super) fn remove(&mut self, place: usize) {
        let word = place / 64;
        self.words[word] &= !(1 << (place % 64));
        self.full = self.full.min(word);
        while self.end > 0 && self.words[self.end - 1] == 0 {
            self.end -= 1;
        }
    }

    /// Writes the set so that equal sets, and no others, are written alike.
    pub(super) fn key(&self, key: &mut Vec<u64>) {
        key.clear();
        key.push(self.full as u64);
        key.extend_from_slice(&self.words[self.full.min(self.end)..self.end]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_depends_on_the_set_alone() {
        let key = |places: &[usize], not: &[usize]| {
            let mut taken = Taken::none(300);
            for place in places {
                taken.insert(*place);
            }
            for place in not {
                taken.remove(*place);
            }
            let mut key = Vec::new();
            taken.key(&mut key);
            key
        };
        let front: Vec<usize> = (0..130).collect();
        assert_eq!(key(&front, &[]).len(), 2, "two full words are left out");
        assert_eq!(key(&[5, 200], &[200]), key(&[5], &[]));
        let mut all = front.clone();
        all.push(250);
        assert_eq!(key(&all, &[250, 129]), key(&front[..129], &[]));
        assert_ne!(key(&[64], &[]), key(&[0], &[]));
        assert_ne!(key(&front[..64], &[]), key(&[], &[]));
    }

    #[test]
    fn both_sets_hold_what_was_put_in() {
        fn holds<S: Set>(most: usize) {
            let set = S::empty(most).with(1).with(most - 1);
            assert!(set.contains(1) && set.contains(most - 1) && !set.contains(2));
            assert!(!set.without(1).contains(1) && set.without(1).contains(most - 1));
        }
        holds::<u64>(64);
        holds::<Slots>(64);
        holds::<Slots>(200);
    }
}
