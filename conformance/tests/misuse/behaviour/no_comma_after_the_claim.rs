mneme_conformance::behaviour!(durable |_site| mneme::MemoryStore::new());

fn main() {}
