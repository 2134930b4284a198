mneme_conformance::behaviour!(mneme::MemoryStore::new, durable);

fn main() {}
