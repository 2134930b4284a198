//! What is said of an area before its clauses, and of a check that has no transcript.

use mneme_conformance::{Area, Clause};

/// What an area is about, for a reader who has not seen a store.
pub(crate) fn of_area(area: &Area) -> &'static str {
    match area.name() {
        "open" => {
            "A store begins its life unopened. `open` tells it whose vectors it will hold: a fingerprint, which is any text \
            that names the embedder, and the length of its vectors. The first open stamps both on the data. From then on \
            the store is this embedder's, and says so to every other one."
        }
        "close" => {
            "`close` ends a handle for good. What was stored stays where it is, if the store is a durable one; the handle itself \
            answers nothing but that it is closed."
        }
        "insert" => {
            "`insert` stores an entry under its key, a namespace and a hash of the question, and answers the entry's id. If the \
            key is there already the entry is replaced and keeps its id: an *upsert*. An index outside of the store remembers \
            ids, so most of what can go wrong here ends in somebody being given another question's answer."
        }
        "key" => {
            "Two keys are the same if their bytes are the same, and only then. A database may think otherwise: it folds case, \
            trims spaces, normalises Unicode, takes `007` for a number, or reads `%` as a pattern."
        }
        "fidelity" => {
            "What went in comes out: every byte of a text, every bit of a vector, every number of the metadata."
        }
        "lookup" => {
            "`get_by_hash` finds an entry by its key, `get_by_id` by its id. Neither changes anything, and not to find an entry is an \
            answer and no error."
        }
        "count" => {
            "`count` says how many entries there are, in all or in one namespace. Eviction relies on it."
        }
        "namespaces" => {
            "`list_namespaces` lists the namespaces that have entries. A namespace is never made and never removed by itself: it \
            is there while an entry is in it."
        }
        "iterate" => {
            "`iter_all`, `iter_since` and `iter_changed` are streams of entries. A store may hold more than fits into memory, and \
            others write while somebody reads, so these clauses say what a reader can rely on meanwhile. In the transcripts \
            a stream that stays alive between other calls is a *walk* with a number."
        }
        "since" => "`iter_since(id)` goes on after an id: how somebody who has read a part reads the rest.",
        "changed" => {
            "`iter_changed(version)` yields what was written after a version: how another process keeps up with this one. It polls \
            the version counter, and where that has grown it asks for what is newer than the last version it saw."
        }
        "lru" => {
            "`iter_lru_ids` lists ids with the longest unused entry first. The cache evicts from the front of this list."
        }
        "access" => {
            "`update_access` notes that an entry was used: it sets the time of the last use and counts one more. It is no change of \
            the entry, so nobody has to reload anything for it."
        }
        "delete" => "`delete_by_id` removes one entry, and says whether it was there.",
        "expiry" => {
            "An entry may have a time to live, in seconds from its making. A store has no clock: it removes what is due when \
            `delete_expired` is called with a time, and until then it returns what is there."
        }
        "clear" => {
            "`clear_namespace` removes all entries of one namespace, such as those of a tenant who leaves."
        }
        "quota" => {
            "A store remembers how many entries a namespace may have, and does nothing about it. To evict is the cache's work."
        }
        "version" => {
            "The version counter is one number by which others notice that something has changed. It says nothing of what, or of how \
            much: the size of its steps is the store's choice."
        }
        "meta" => {
            "Beside the entries a store keeps small texts under keys, for whoever uses it: cursors, settings. Three keys are stamped \
            by the first open and cannot be written."
        }
        "integrity" => {
            "`integrity_check` says whether the data are sound. It is a question, so its answer is yes or no and never an error."
        }
        "snapshot" => {
            "A store may be able to copy itself into a file while it works, and to begin a new life from such a file. A store that \
            cannot says so."
        }
        "durable" => {
            "The data of a durable store outlive the handle, and the process. What was acknowledged is there when somebody opens \
            it again, whatever happened in between."
        }
        "files" => {
            "Where the data are files of the store's own, somebody will one day point it at a file that is another program's, \
            or that a newer build of it wrote."
        }
        "shared" => {
            "Several handles may work on the same data at once, in one process or in several. In the transcripts each handle has \
            a letter."
        }
        "concurrent" => {
            "Threads call at once, and every call takes effect at one moment between its beginning and its end. Which order comes about \
            is luck, so these clauses have no transcript: their checks record what many rounds of calls did, and search for an \
            order that explains it."
        }
        "robust" => {
            "A cache is in the way of every request. Whatever is asked of it, it answers: in time, without a panic, and with \
            the same precision for one entry as for seventy thousand."
        }
        _ => "",
    }
}

/// What the check of a clause does, where it is not the same at each run.
pub(crate) fn of_check(clause: &Clause) -> &'static str {
    match (clause.area(), clause.name()) {
        ("integrity", "damage_is_noticed") => {
            "A store is filled with texts, numbers and vectors that can be found again, and closed. Others are told the \
            same but for one thing, such as one time, and where their files differ that thing is written. Then the store's files \
            are damaged, one change at a time: a byte as the other file has it, a bit flipped where a known value lies, a run of \
            zeros, a sector lost, a file cut. After each damage the store is opened, asked everything, written to, and asked again; then the sound files are put back."
        }
        ("snapshot", "is_a_point_in_time") => {
            "One thread or two write without a pause, each write leaving a state that was never there before, while the \
            snapshot is taken; where handles share the data, one of them writes through another one every other time. A restored copy is read whole. The check then looks for an order of the writes, and a moment among \
            them, by which the model explains every answer."
        }
        ("snapshot", "killed_leaves_none") => {
            "A process is killed while it takes a snapshot or restores one. Whatever is there afterwards is \
            offered to restore and to open, and must be refused or be whole."
        }
        ("durable", "survives_kill") => {
            "The test program starts itself again. The child opens the store and writes; it is killed as a \
            chosen call begins, a little later, or as the call has just been acknowledged: in each kind of write, in the first \
            open, in a close, in a burst, with several threads at work. Then the parent opens the data, reads everything, \
            and checks that ids and versions go on."
        }
        ("files", "full_disk_loses_nothing") => {
            "A child process fills a store. Then its room is taken away, so that a write finds half of what it needs, or \
            nothing. The write must fail, all that was acknowledged must stay readable, and writing must work once there is \
            room, on this handle and on the next. The transcript shows the store where there is room."
        }
        ("shared", "handles_agree") => {
            "Four handles are opened on the same data: two in this process, and one in each of two others. They take \
            turns: one makes every kind of write, and after each write another one reads everything, by every way."
        }
        ("shared", "ids_never_collide") => {
            "Handles in several processes insert at once. Each id may be given once, and a reader must never see \
            an entry appear below one that it has seen."
        }
        ("shared", "first_opens_may_race") => {
            "Several processes wait for one signal, and then all open the same fresh data: once with the same \
            identity, once with two."
        }
        ("concurrent", "single_operations_are_linearizable") => {
            "Many short rounds: a few calls to begin with, then two threads that meet at \
            a barrier and make some thirty calls each, on one or two keys, then a look at everything. Each insert's content is \
            unique, so that a read names the write that it saw. In some rounds the threads open the handle themselves, at \
            once. Then an order is searched in which the model accepts every \
            answer, and in which no call comes before one that had returned when it began."
        }
        ("concurrent", "whole_reads_are_atomic") => {
            "The same rounds, with `count`, `list_namespaces` and `iter_lru_ids` among the calls."
        }
        ("concurrent", "whole_writes_are_atomic") => {
            "The same rounds, with `delete_expired` and `clear_namespace` among the calls."
        }
        ("concurrent", "loses_nothing") => {
            "Threads insert under keys of their own, use the same entries, and upsert the same key. Then everything \
            is counted."
        }
        ("concurrent", "versions_appear_in_order") => {
            "Some threads write, others poll as a cache does: they read the version counter, then what has \
            changed since. In the end whoever polled must have seen everything."
        }
        ("concurrent", "version_never_goes_back") => {
            "Some threads write, and others read the version counter again and again."
        }
        ("concurrent", "contention_is_not_an_error") => {
            "Threads make every kind of call on the same few keys; in some rounds each begins by opening the fresh handle. No \
            call may answer an error."
        }
        ("concurrent", "nothing_deadlocks") => {
            "The same, with streams that are kept alive meanwhile; in some rounds a thread closes its handle. Every call \
            must return within the deadline. Beside writes a stream yields what can have been there, and beside the close a call \
            answers as before it or as after it."
        }
        _ => "",
    }
}
