use super::{lying, settings};
use crate::zoo::faulty::Lie;
use mneme::{MemoryStore, Result, Store};
use mneme_conformance::{Subject, compare};

/// The most recent first.
struct Reversed;

impl Lie for Reversed {
    fn iter_lru_ids(&self, store: &dyn Store, limit: usize, namespace: Option<&str>) -> Result<Vec<u64>> {
        let mut ids = store.iter_lru_ids(usize::MAX, namespace)?;
        ids.reverse();
        ids.truncate(limit);
        Ok(ids)
    }
}

fn right() -> Subject {
    Subject::volatile(MemoryStore::new)
}

#[test]
fn a_difference_is_shrunk_whichever_store_comes_first() {
    for (a, b) in [(right(), lying(|| Reversed)), (lying(|| Reversed), right())] {
        let comparison = compare(a, b, &settings());
        let difference = comparison.difference().expect("their orders differ");
        assert!(difference.step().starts_with("iter_lru_ids("), "{comparison}");
        assert!(difference.program().0.len() <= 4, "{comparison}");
        assert_ne!(difference.answers()[0], difference.answers()[1], "{comparison}");
        let text = comparison.to_string();
        assert!(
            text.contains("MemoryStore and MyStore differ")
                || text.contains("MyStore and MemoryStore differ")
        );
    }
}

#[test]
fn two_stores_that_do_the_same_do_not_differ() {
    let comparison = compare(right(), right(), &settings());
    assert!(comparison.difference().is_none(), "{comparison}");
    assert_eq!(comparison.programs(), 100);
}
