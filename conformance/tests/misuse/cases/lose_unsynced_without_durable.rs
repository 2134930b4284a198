mneme_conformance::store_conformance!(shared, |_site| mneme::MemoryStore::new(), lose_unsynced = |_site| Ok::<_, String>(()));

fn main() {}
