mneme_conformance::store_conformance!(mneme::MemoryStore::new, deviates { lru::ties_break_by_id => " " });

fn main() {}
