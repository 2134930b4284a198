mneme_conformance::behaviour!(durable, |_site| mneme::MemoryStore::new(), newer = |_site| Ok::<_, String>(()));

fn main() {}
