mneme_conformance::store_conformance!(durable, move || mneme::MemoryStore::new(), suite = mine);

fn main() {}
