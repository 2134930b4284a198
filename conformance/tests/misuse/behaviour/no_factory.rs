mneme_conformance::behaviour!(suite = mine);

fn main() {}
