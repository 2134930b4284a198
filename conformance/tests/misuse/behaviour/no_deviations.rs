mneme_conformance::behaviour!(mneme::MemoryStore::new, deviates {});

fn main() {}
