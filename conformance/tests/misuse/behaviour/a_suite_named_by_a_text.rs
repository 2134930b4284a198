mneme_conformance::behaviour!(mneme::MemoryStore::new, suite = "mine");

fn main() {}
