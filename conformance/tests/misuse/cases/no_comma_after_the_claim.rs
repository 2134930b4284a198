mneme_conformance::store_conformance!(durable |_site| mneme::MemoryStore::new());

fn main() {}
