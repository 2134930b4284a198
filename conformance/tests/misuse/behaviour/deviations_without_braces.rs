mneme_conformance::behaviour!(
    mneme::MemoryStore::new,
    deviates = lru::ties_break_by_id => "the engine orders equal times by hash"
);

fn main() {}
