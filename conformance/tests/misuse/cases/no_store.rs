use mneme_conformance::store_conformance;

struct NoStore;

store_conformance!(|| NoStore);

fn main() {}
