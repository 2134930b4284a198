mneme_conformance::store_conformance!(mneme::MemoryStore::new, restore = |_snapshot, _site| Ok(()));

fn main() {}
