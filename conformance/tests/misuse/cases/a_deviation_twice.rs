mneme_conformance::store_conformance!(
    mneme::MemoryStore::new,
    deviates {
        lru::ties_break_by_id => "the engine orders equal times by hash",
        lru::is_scoped => "one order for all namespaces",
        lru::ties_break_by_id => "the engine orders equal times by hash",
    }
);

fn main() {}
