use super::{access::ids_near, pasts::pasts};
use crate::{
    probe::{Probe, Verdict},
    sample::{MORE_THAN_A_BYTE, entry, full},
};
use mneme::limits::MAX_NUMBER;

pub(crate) fn removes_from_every_view(s: &mut Probe) -> Verdict {
    s.start()?;
    s.insert(entry("b", "kept"))?;
    let gone = s.insert(entry("a", "gone"))?;
    s.look_everywhere()?;
    s.delete_by_id(gone)?;
    s.get_by_hash("a", "gone")?;
    s.get_by_id(gone)?;
    s.look_everywhere()?;
    s.count(Some("a"))?;
    s.iter_lru_ids(1, None)?;
    s.iter_lru_ids(usize::MAX, Some("a"))?;
    s.iter_since(gone - 1)?;
    s.note(
        "An entry that was moved in every order leaves no trace of where it stood before; another one \
         of its namespace stays.",
    );
    s.start()?;
    s.insert(entry("a", "kept").last_accessed_at(2_000))?;
    let gone = s.insert(full("a", "gone"))?;
    s.update_access(gone, 1_300)?;
    s.insert(entry("a", "gone").last_accessed_at(100))?;
    s.update_access(gone, 50)?;
    s.look_everywhere()?;
    s.delete_by_id(gone)?;
    s.look_everywhere()?;
    s.iter_lru_ids(1, Some("a"))?;
    s.note("Whatever it has in it.");
    s.start()?;
    s.insert(entry("b", "kept"))?;
    let extreme =
        full("a", "gone").created_at(MAX_NUMBER).last_accessed_at(MAX_NUMBER).access_count(MAX_NUMBER);
    let new = entry("a", "gone").embedding([f32::NAN; 4]);
    for gone in [extreme.clone().ttl(MAX_NUMBER), extreme.ttl(None), new.clone(), new.ttl(0)] {
        let gone = s.insert(gone)?;
        s.get_by_id(gone)?;
        s.delete_by_id(gone)?;
        s.get_by_id(gone)?;
        s.look_everywhere()?;
    }
    s.note("What comes back under the key is looked at as a new entry, and goes as one.");
    let gone = s.insert(entry("a", "gone"))?;
    s.look_everywhere()?;
    s.delete_by_id(gone)?;
    s.get_by_hash("a", "gone")?;
    s.look_everywhere()?;
    s.note("Most of more than a byte counts, as an engine moves what is left while many go.");
    s.start()?;
    let mut ids = Vec::new();
    for n in 0..MORE_THAN_A_BYTE {
        ids.push(s.insert(entry("a", &format!("h{n}")))?);
    }
    for (n, id) in ids.iter().enumerate().filter(|(n, _)| n % 8 > 0) {
        s.delete_by_id(*id)?;
        s.get_by_id(*id)?;
        s.get_by_hash("a", &format!("h{n}"))?;
    }
    s.iter_all()?;
    s.count(None)?;
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        s.delete_by_id(past.id)?;
        s.get_by_id(past.id)?;
        s.get_by_hash(past.namespace, &past.hash)?;
    }
    s.look_everywhere()?;
    s.held()
}

pub(crate) fn answers_whether_it_was_there(s: &mut Probe) -> Verdict {
    s.start()?;
    for id in [1, 0, MAX_NUMBER, u64::MAX] {
        s.delete_by_id(id)?;
    }
    let id = s.insert(entry("a", "h"))?;
    s.get_by_id(id)?;
    for never in [id + 1, id + 100, 0, MAX_NUMBER, MAX_NUMBER + 1, u64::MAX] {
        s.delete_by_id(never)?;
    }
    s.delete_by_id(id)?;
    s.delete_by_id(id)?;
    s.note(
        "One that was upserted and accessed is still one entry; the id of a key's old entry is not \
         that of its new one.",
    );
    let id = s.insert(full("a", "h"))?;
    s.insert(entry("a", "h"))?;
    s.update_access(id, 5)?;
    s.delete_by_id(id)?;
    s.delete_by_id(id)?;
    let new = s.insert(entry("a", "h"))?;
    s.delete_by_id(id)?;
    s.delete_by_id(new)?;
    s.note("What went in another way is not there either.");
    let expired = s.insert(entry("a", "h").ttl(5))?;
    s.delete_expired(5, None)?;
    s.delete_by_id(expired)?;
    let cleared = s.insert(entry("a", "h"))?;
    s.clear_namespace("a")?;
    s.delete_by_id(cleared)?;
    s.note("One between others, which are there.");
    let mut ids = Vec::new();
    for n in 0..9 {
        ids.push(s.insert(entry(["a", "b", "c"][n % 3], &format!("h{n}")).ttl((n % 3 == 1).then_some(5)))?);
    }
    s.delete_by_id(ids[3])?;
    s.delete_expired(5, None)?;
    s.clear_namespace("c")?;
    for id in &ids[1..6] {
        s.delete_by_id(*id)?;
    }
    s.note("Whatever was done to it before.");
    for past in pasts(s)? {
        s.delete_by_id(past.id)?;
        s.delete_by_id(past.id)?;
    }
    s.held()
}

pub(crate) fn leaves_the_others(s: &mut Probe) -> Verdict {
    s.note(
        "The others have the same hash, the same namespace, the same content, or the same times. The \
         first two are due together at another time: where they do not go together either, the delete \
         is not to blame.",
    );
    s.start()?;
    for hash in ["x1", "x2"] {
        s.insert(entry("x", hash).created_at(1_000).ttl(600))?;
    }
    let gone = s.insert(full("a", "h"))?;
    s.insert(full("b", "h"))?;
    s.insert(full("a", "h2"))?;
    s.insert(full("a", "h\u{0}"))?;
    s.look_everywhere()?;
    s.delete_by_id(gone)?;
    s.look_everywhere()?;
    s.delete_expired(5_000, None)?;

    s.note(
        "The first, the last and one in the middle of a dozen: an id may be the beginning of another \
         one's text, and a slot may be filled with the last one.",
    );
    s.start()?;
    let mut ids = Vec::new();
    for n in 1..=12 {
        ids.push(s.insert(entry("a", &format!("h{n}")).last_accessed_at(n % 3))?);
    }
    s.set_namespace_quota("a", 3)?;
    s.write_meta("a", "b")?;
    s.look_everywhere()?;
    for gone in [0, 5, 11] {
        s.delete_by_id(ids[gone])?;
        s.look_everywhere()?;
    }
    s.note("Nothing is to go with an id that is not there, or is nearly one that is.");
    let left = ids[1];
    for near in ids_near(left).into_iter().chain([0, ids[0], ids[11] + 1]) {
        s.delete_by_id(near)?;
        s.get_by_id(left)?;
    }
    s.look_everywhere()?;
    s.note("The quota and the meta keys stay, also without any entry.");
    for id in ids {
        s.delete_by_id(id)?;
    }
    s.look_everywhere()?;

    s.note(
        "One hash in each of several namespaces: first the last of them goes, then one between two others.",
    );
    for order in [[3, 1, 0], [2, 3, 1], [0, 2, 3]] {
        s.start()?;
        let mut ids = Vec::new();
        for namespace in ["a", "b", "c", "d"] {
            ids.push(s.insert(entry(namespace, "h"))?);
            s.insert(entry(namespace, "h2"))?;
        }
        s.look_everywhere()?;
        for gone in order {
            s.delete_by_id(ids[gone])?;
            s.look_everywhere()?;
        }
    }

    s.note("The one beside it stays as it was, its version too, whichever of the two is older.");
    for gone in [0, 1, 2] {
        s.start()?;
        let mut ids = Vec::new();
        for hash in ["h1", "h2", "h3"] {
            ids.push(s.insert(full("a", hash))?);
        }
        s.look_everywhere()?;
        s.delete_by_id(ids[gone])?;
        s.look_everywhere()?;
    }

    s.note("Past each width of what is kept by id: a bit of 64, a slot, a byte.");
    s.start()?;
    let mut ids = Vec::new();
    for n in 0..MORE_THAN_A_BYTE {
        ids.push(s.insert(entry("a", &format!("h{n}")).response("the same for all"))?);
    }
    for (n, id) in ids.iter().enumerate() {
        s.get_by_id(*id)?;
        s.get_by_hash("a", &format!("h{n}"))?;
    }
    s.delete_by_id(ids[1])?;
    for id in &ids[2..] {
        s.get_by_id(*id)?;
    }
    s.note("And more of them, so that places which a digest gives to two are among those set free.");
    let goes = |n: &usize| n % 16 == 1;
    for id in ids.iter().skip(17).step_by(16) {
        s.delete_by_id(*id)?;
    }
    for n in (0..MORE_THAN_A_BYTE).filter(|n| !goes(n)) {
        s.get_by_hash("a", &format!("h{n}"))?;
    }
    s.iter_all()?;
    s.held()
}
