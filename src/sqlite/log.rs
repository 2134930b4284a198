//! The write-ahead log, and the thread that copies it into the file.
//!
//! By itself SQLite copies the log at the end of the commit that made it long enough, and that commit waits for the disk
//! twice: for the log, and for the file. Here a thread of its own does it beside the writes, and only what they have
//! added meanwhile is copied while they wait, since SQLite begins the log anew only once all of it is in the file.

use super::{connections::Connections, fault::Outcome};
use parking_lot::Mutex;
use rusqlite::Connection;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Instant,
};

/// How long the log is when it is copied, in pages: 16 MB of them. A write changes up to a dozen pages, and those that
/// many writes change are copied once.
const LONG: u32 = 4_000;

/// How much more there is where it is copied again, because a read was in the way of all of it.
const AGAIN: u32 = LONG / 4;

/// What may be left to be copied while writes wait: 400 KB.
const SHORT: u32 = LONG / 40;

/// How often it is copied beside the writes at most. Each time leaves what was written meanwhile, which is less than the
/// time before unless writes come faster than the disk takes them.
const TIMES: usize = 16;

/// How long the log may become before a write waits until it is copied: 256 MB. Writes may come faster than the disk
/// takes them, and the disk must not fill up with their log.
const LONGEST: u32 = 16 * LONG;

/// The log of one handle's writes.
pub(super) struct Log {
    length: Arc<Length>,
    /// The thread that copies it, where one was begun.
    copying: Mutex<Option<JoinHandle<()>>>,
}

/// In pages. Nothing else is read by these numbers, so their order among other memory does not matter.
#[derive(Default)]
struct Length {
    /// As of this handle's last commit.
    written: AtomicU32,
    /// How much of it was in the file when it was last copied.
    copied: AtomicU32,
    /// Nobody waits for the rest to be copied.
    is_over: AtomicBool,
}

impl Length {
    /// Called with the log's length after each commit.
    fn note_commit(&self, written: u32) {
        if written < self.written.swap(written, Relaxed) {
            // The log has begun anew.
            self.copied.store(0, Relaxed);
        }
    }

    /// How much is to be copied.
    fn left(&self) -> u32 {
        self.written.load(Relaxed).saturating_sub(self.copied.load(Relaxed))
    }
}

impl Log {
    /// Of all commits of this connection from now on, which SQLite itself then copies no more.
    pub(super) fn of(writer: &mut Connection) -> Outcome<Self> {
        let length = Arc::<Length>::default();
        let noted = Arc::clone(&length);
        writer.wal_hook(Some(move |_: &mut _, pages| {
            noted.note_commit(u32::try_from(pages).unwrap_or_default());
            Ok(())
        }))?;
        Ok(Self { length, copying: Mutex::default() })
    }

    /// Called after each write, without any lock. Begins to copy the log where it is long, and waits for that only where it
    /// is far too long.
    pub(super) fn copy_if_long(&self, connections: &Arc<Connections>) {
        let written = self.length.written.load(Relaxed);
        if written < LONG || self.length.left() < AGAIN {
            return;
        }
        let copying = if written < LONGEST { self.copying.try_lock() } else { Some(self.copying.lock()) };
        // Otherwise another thread is here.
        let Some(mut copying) = copying else { return };
        if let Some(thread) = copying.take() {
            if written < LONGEST && !thread.is_finished() {
                *copying = Some(thread);
                return;
            }
            join(thread);
            if self.length.left() < AGAIN {
                return;
            }
        }
        let thread = thread::Builder::new().name("mneme-log".to_owned()).spawn({
            let (length, connections) = (Arc::clone(&self.length), Arc::clone(connections));
            move || copy(&length, &connections)
        });
        if thread.is_err() {
            // The system has no thread to give.
            copy(&self.length, connections);
        }
        *copying = thread.ok();
    }
}

impl Drop for Log {
    /// Waits for the thread, which ends soon. The rest of the log is copied by whoever closes the database last.
    fn drop(&mut self) {
        self.length.is_over.store(true, Relaxed);
        if let Some(thread) = self.copying.get_mut().take() {
            join(thread);
        }
    }
}

fn join(thread: JoinHandle<()>) {
    // It has nothing to say, and where it panicked, the log is as long as before.
    let _ = thread.join();
}

/// What it cannot do, a later one does: it is no error of a write, and none where SQLite copies the log by itself.
fn copy(length: &Length, connections: &Connections) {
    for _ in 0..TIMES {
        if length.is_over.load(Relaxed) {
            return;
        }
        // Where there is no other connection to be had, the one that writes does all of it.
        let Ok(copied) = connections.read_once(copy_what_may_be) else { break };
        length.copied.store(copied, Relaxed);
        if length.left() <= SHORT {
            break;
        }
    }
    if let Ok(writer) = connections.writer(Instant::now())
        && let Ok(copied) = copy_what_may_be(&writer)
    {
        length.copied.store(copied, Relaxed);
    }
}

/// Copies as much as no reader still needs to be only in the log, and answers how much of the log is in the file now. It
/// waits for nobody but the disk.
fn copy_what_may_be(connection: &Connection) -> Outcome<u32> {
    let mut statement = connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?;
    let copied: i64 = statement.query_row([], |row| row.get(2))?;
    Ok(u32::try_from(copied).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Identity, Synchronous,
        sqlite::{
            connect::{self, Options},
            place::Place,
            settings,
        },
    };
    use std::{path::Path, sync::mpsc, time::Duration};

    const OPTIONS: Options = Options { wait: Duration::from_secs(60), synchronous: Synchronous::Normal };

    /// Pages.
    const EACH: u32 = 256;

    struct Opened {
        log: Log,
        connections: Arc<Connections>,
    }

    impl Opened {
        fn at(path: &Path) -> Self {
            let (mut writer, place) =
                connect::open(path, &Identity::new("tests:v1", 2), OPTIONS).expect("an open");
            let log = Log::of(&mut writer).expect("a log");
            Self { log, connections: Arc::new(Connections::new(writer, Some(place), OPTIONS)) }
        }

        fn write(&self, value: &str) {
            let write = |connection: &Connection| settings::write_meta(connection, "key", value);
            self.connections.write(Instant::now(), write).expect("a write");
            self.log.copy_if_long(&self.connections);
        }

        /// Writes one time, more than so many pages.
        fn write_pages(&self, round: u32) {
            // SQLite writes no page on which nothing changes.
            let letter = ["x", "y"][round as usize % 2];
            self.write(&letter.repeat(EACH as usize * 4096));
        }

        /// Writes until the log is copied, and answers how long it was then.
        fn write_until_it_is_copied(&self) -> u32 {
            for round in 0..2 * LONG / EACH {
                self.write_pages(round);
                if self.log.copying.lock().is_some() {
                    let written = self.written();
                    self.settle();
                    return written;
                }
            }
            panic!("{} pages are in the log, and it is not copied", self.written());
        }

        fn written(&self) -> u32 {
            self.log.length.written.load(Relaxed)
        }

        /// Waits until nothing is copied.
        fn settle(&self) {
            if let Some(thread) = self.log.copying.lock().take() {
                join(thread);
            }
        }
    }

    #[test]
    fn a_long_log_is_copied_beside_the_writes_and_begins_anew() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let opened = Opened::at(file.path());
        for _ in 0..2 {
            let copied = opened.write_until_it_is_copied();
            assert!((LONG..LONG + 2 * EACH).contains(&copied), "it was copied with {copied} pages");
            opened.write("short");
            assert!(opened.written() < 2 * EACH, "{} pages are in the log", opened.written());
        }
    }

    #[test]
    fn what_a_reader_was_in_the_way_of_is_copied_soon_after() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let opened = Opened::at(file.path());
        let place = Place::of(file.path()).expect("a place");
        let reader = connect::open_reader(&place, OPTIONS).expect("a reader");
        for round in 0..(LONG - AGAIN) / EACH {
            opened.write_pages(round);
        }
        reader.execute_batch("BEGIN; SELECT count(*) FROM meta").expect("a read");
        opened.write_until_it_is_copied();
        opened.write("short");
        assert!(opened.written() > LONG, "the log is in use, with its {} pages", opened.written());
        reader.execute_batch("COMMIT").expect("an end");
        let copied = opened.write_until_it_is_copied();
        assert!(copied < LONG + AGAIN + 2 * EACH, "it was copied with {copied} pages");
        opened.write("short");
        assert!(opened.written() < 2 * EACH, "{} pages are in the log", opened.written());
    }

    #[test]
    fn a_write_waits_only_where_the_log_is_far_too_long() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let opened = Opened::at(file.path());
        // What is left in the end is copied by the connection that writes, so the copying lasts for as long as that is held.
        let writer = opened.connections.writer(Instant::now()).expect("the writer");
        opened.log.length.written.store(LONG, Relaxed);
        opened.log.copy_if_long(&opened.connections);
        // It is under way, and not waited for.
        opened.log.copy_if_long(&opened.connections);
        opened.log.length.written.store(LONGEST, Relaxed);
        thread::scope(|scope| {
            let (returns, returned) = mpsc::channel();
            scope.spawn({
                let opened = &opened;
                move || {
                    opened.log.copy_if_long(&opened.connections);
                    returns.send(()).expect("somebody listens");
                }
            });
            let early = returned.recv_timeout(Duration::from_millis(200));
            drop(writer);
            early.expect_err("the write did not wait");
            returned.recv().expect("the write goes on once all is copied");
        });
    }

    #[test]
    fn a_close_waits_for_the_copying_and_leaves_no_log() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cache.db");
        let opened = Opened::at(&path);
        for round in 0..=LONG / EACH {
            opened.write_pages(round);
        }
        let Opened { log, connections } = opened;
        drop(log);
        Arc::into_inner(connections).expect("nothing else has them").close().expect("a close");
        let left: Vec<_> =
            folder.path().read_dir().expect("a folder").flatten().map(|file| file.file_name()).collect();
        assert_eq!(left, ["cache.db"]);
    }
}
