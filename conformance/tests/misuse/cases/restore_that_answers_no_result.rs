mneme_conformance::store_conformance!(durable, |_site| mneme::MemoryStore::new(), restore = |_snapshot, _site| ());

fn main() {}
