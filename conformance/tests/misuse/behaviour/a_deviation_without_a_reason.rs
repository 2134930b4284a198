mneme_conformance::behaviour!(mneme::MemoryStore::new, deviates { lru::ties_break_by_id });

fn main() {}
