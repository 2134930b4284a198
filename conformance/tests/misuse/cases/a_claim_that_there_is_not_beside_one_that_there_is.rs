mneme_conformance::store_conformance!(durable, replicated, |_site| mneme::MemoryStore::new());

fn main() {}
