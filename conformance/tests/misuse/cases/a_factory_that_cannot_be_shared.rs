use mneme_conformance::store_conformance;
use std::cell::Cell;

store_conformance!({
    let made = Cell::new(0);
    move || {
        made.set(made.get() + 1);
        mneme::MemoryStore::new()
    }
});

fn main() {}
