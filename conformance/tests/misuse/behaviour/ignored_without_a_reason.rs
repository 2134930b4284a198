mneme_conformance::behaviour!(mneme::MemoryStore::new, ignore);

fn main() {}
