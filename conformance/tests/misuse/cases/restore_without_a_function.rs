mneme_conformance::store_conformance!(durable, |_site| mneme::MemoryStore::new(), restore, suite = x);

fn main() {}
