use super::*;
use crate::ErrorKind;

const DIMENSION: usize = 1;

fn entry(namespace: &str, hash: u64) -> Entry {
    Entry::new(namespace, hash.to_string()).embedding([0.0])
}

fn records(entries: impl IntoIterator<Item = Entry>) -> Records {
    let mut records = Records::default();
    for entry in entries {
        records.insert(entry).expect("there are ids left");
    }
    records
}

fn kind<T>(result: Result<T>) -> Result<(), ErrorKind> {
    result.map(drop).map_err(|error| error.kind())
}

/// Numbers that look random and are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// One of the latest ids, or one that was not given yet.
fn any_id(records: &Records, numbers: &mut Numbers) -> u64 {
    (records.last_id() + 1).saturating_sub(numbers.below(60))
}

fn any_write(records: &mut Records, numbers: &mut Numbers) -> Result<()> {
    let namespace = ["", "a", "a:b", "b", "c"][usize::try_from(numbers.below(5)).expect("it is small")];
    match numbers.below(20) {
        0..10 => {
            let ttl = [None, Some(0), Some(5), Some(MAX_NUMBER)];
            let entry = entry(namespace, numbers.below(40))
                .created_at(numbers.below(50))
                .ttl(ttl[usize::try_from(numbers.below(4)).expect("it is small")])
                .last_accessed_at(numbers.below(10));
            records.insert(entry).map(drop)
        }
        10..14 => {
            records.update_access(any_id(records, numbers), numbers.below(10));
            Ok(())
        }
        14..18 => records.delete(any_id(records, numbers)).map(drop),
        18 => {
            let scope = (numbers.below(2) == 0).then_some(namespace);
            records.delete_expired(numbers.below(30), scope).map(drop)
        }
        _ => records.clear_namespace(namespace).map(drop),
    }
}

#[test]
fn every_structure_agrees_after_every_write() -> Result<()> {
    let mut records = Records::default();
    let mut numbers = Numbers(1);
    for step in 0..20_000 {
        any_write(&mut records, &mut numbers)?;
        assert!(records.is_sound(DIMENSION), "after write {step}: {records:?}");
    }
    assert!(records.last_id() > 5_000 && records.len() < 200, "entries came and went");
    Ok(())
}

#[test]
fn a_vacated_namespace_leaves_no_trace() -> Result<()> {
    let mut records = records([entry("a", 1).ttl(9), entry("b", 1).ttl(9), entry("c", 1)]);
    records.delete(2)?;
    records.clear_namespace("a")?;
    // Two new names take the two vacant places, in whichever order.
    for name in ["d", "e"] {
        records.insert(entry(name, 1))?;
        assert!(records.is_sound(DIMENSION));
    }
    assert_eq!(records.namespaces().names().collect::<Vec<_>>(), ["c", "d", "e"]);
    assert_eq!(records.namespaces().first_due(MAX_NUMBER, None), None);
    assert_eq!(records.namespaces().index("e").max(records.namespaces().index("d")), Some(1));
    Ok(())
}

#[test]
fn entries_that_left_give_their_memory_back() -> Result<()> {
    let mut records = records((0..10_000).map(|hash| entry("a", hash).ttl(hash)));
    assert_eq!(records.delete_expired(9_989, None)?.len(), 9_990);
    assert!(records.table.capacity() <= 8 * SMALL, "room for {}", records.table.capacity());
    assert!(records.is_sound(DIMENSION));
    Ok(())
}

#[test]
fn a_used_up_counter_refuses_what_needs_it_and_nothing_else() -> Result<()> {
    let mut spent = records([entry("a", 1).ttl(0)]);
    spent.last_id = MAX_NUMBER;
    assert_eq!(kind(spent.insert(entry("a", 2))), Err(ErrorKind::Backend));
    assert_eq!(spent.insert(entry("a", 1).ttl(0))?.0, 1, "an upsert needs no id");

    spent.version = MAX_NUMBER;
    for refused in [
        kind(spent.insert(entry("a", 1))),
        kind(spent.delete(1)),
        kind(spent.delete_expired(0, None)),
        kind(spent.clear_namespace("a")),
    ] {
        assert_eq!(refused, Err(ErrorKind::Backend));
    }
    spent.update_access(1, 7);
    assert!(spent.delete(2)?.is_none() && spent.clear_namespace("b")?.is_empty());
    assert_eq!((spent.len(), spent.version()), (1, MAX_NUMBER));
    assert!(spent.is_sound(DIMENSION));
    Ok(())
}

#[test]
fn damage_in_any_structure_is_noticed() {
    type Damage = fn(&mut Records);
    let ways: &[(&str, Damage)] = &[
        ("a record is lost", |records| {
            records.table.clear();
        }),
        ("a record has another hash", |records| {
            records.table.iter_mut().for_each(|record| record.hash = KeyHash::new(7));
        }),
        ("a record names another namespace", |records| {
            records.table.iter_mut().for_each(|record| record.namespace += 1);
        }),
        ("a record has another id", |records| {
            records.table.iter_mut().for_each(|record| record.stored.id += 1);
        }),
        ("a record has another version", |records| {
            records.table.iter_mut().for_each(|record| record.stored.version += 1);
        }),
        ("a record has another access time", |records| {
            records.table.iter_mut().for_each(|record| record.stored.entry.last_accessed_at += 1);
        }),
        ("an access count is out of range", |records| {
            records.table.iter_mut().for_each(|record| record.stored.entry.access_count = u64::MAX);
        }),
        ("an id has no line", |records| {
            records.by_id.remove(1);
        }),
        ("a line has no record", |records| records.by_id.push(3, KeyHash::new(7))),
        ("a version has no line", |records| {
            records.by_version.remove(1);
        }),
        ("the last id is behind", |records| records.last_id = 1),
        ("the version counter is behind", |records| records.version = 1),
        ("two records have one key", |records| {
            let twin = StoredEntry::new(3, 3, entry("a", 1));
            let hash = records.hash("a", "1");
            let namespace = records.namespaces.add(&twin);
            records.table.insert_unique(hash.get(), Record { hash, namespace, stored: twin }, |record| {
                record.hash.get()
            });
            records.by_id.push(3, hash);
            records.by_version.push(3, hash);
            (records.last_id, records.version) = (3, 3);
        }),
        ("a namespace is lost", |records| drop(records.namespaces.take("a"))),
        ("a namespace has no entry", |records| {
            records.namespaces.add(&StoredEntry::new(9, 9, entry("b", 1)));
        }),
    ];
    for (name, damage) in ways {
        let mut damaged = records([entry("a", 1).ttl(1), entry("a", 2)]);
        assert!(damaged.is_sound(DIMENSION));
        damage(&mut damaged);
        assert!(!damaged.is_sound(DIMENSION), "{name}");
    }
    assert!(!records([entry("a", 1)]).is_sound(DIMENSION + 1), "an embedding has another length");
}

#[test]
fn damage_is_noticed_in_every_part_that_a_thread_checks() {
    let many = || records((0..100_000).map(|n| entry("a", n)));
    assert!(many().is_sound(DIMENSION));
    for id in [1, 25_001, 50_000, 50_001, 75_000, 100_000] {
        let mut damaged = many();
        let hash = damaged.by_id.get(id).expect("it is stored");
        let record =
            damaged.table.find_mut(hash.get(), |record| record.stored.id == id).expect("it is stored");
        record.stored.entry.access_count = u64::MAX;
        assert!(!damaged.is_sound(DIMENSION), "the record of id {id}");
    }
}
