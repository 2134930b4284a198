use mneme_conformance::store_conformance;

struct NoError;

store_conformance!(|| Ok::<_, NoError>(mneme::MemoryStore::new()));

fn main() {}
