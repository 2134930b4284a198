mneme_conformance::behaviour!(mneme::MemoryStore::new, suite = mine, suite = yours);

fn main() {}
