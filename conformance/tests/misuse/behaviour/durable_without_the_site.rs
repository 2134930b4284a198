mneme_conformance::behaviour!(durable, || mneme::MemoryStore::new());

fn main() {}
