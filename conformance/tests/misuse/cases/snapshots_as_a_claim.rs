mneme_conformance::store_conformance!(durable, snapshots, |_site| mneme::MemoryStore::new());

fn main() {}
