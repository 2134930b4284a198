mneme_conformance::behaviour!(mneme::MemoryStore::new, suit = mine);

fn main() {}
