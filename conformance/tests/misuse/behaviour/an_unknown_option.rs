mneme_conformance::behaviour!(mneme::MemoryStore::new, timeout = 30);

fn main() {}
