use mneme::Entry;

pub(crate) const DIMENSION: usize = 8;
const NAMESPACES: u64 = 10;

/// A key of a realistic shape: one of a few namespaces, and 64 hexadecimal digits.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) namespace: Box<str>,
    pub(crate) query_hash: Box<str>,
}

impl Key {
    pub(crate) fn new(number: u64) -> Self {
        let query_hash = Numbers(number).hex();
        Self { namespace: format!("namespace-{}", number % NAMESPACES).into(), query_hash: query_hash.into() }
    }
}

pub(crate) fn entry(number: u64, second: u64) -> Entry {
    let Key { namespace, query_hash } = Key::new(number);
    Entry::new(namespace, query_hash)
        .query("How do I reset my password?")
        .response("Open the settings, choose Security, and press Reset.")
        .embedding([0.5; DIMENSION])
        .created_at(second)
        .ttl(86_400)
        .last_accessed_at(second)
}

/// Numbers that look random and are the same in every run (splitmix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("it is less than a usize")
    }

    fn hex(mut self) -> String {
        format!("{:016x}{:016x}{:016x}{:016x}", self.next(), self.next(), self.next(), self.next())
    }
}
