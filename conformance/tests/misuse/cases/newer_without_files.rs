mneme_conformance::store_conformance!(durable, |_site| mneme::MemoryStore::new(), newer = |_site| Ok::<_, String>(()));

fn main() {}
