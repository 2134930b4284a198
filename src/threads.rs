//! Work that several threads share.

use std::thread;

/// Runs `work` on this thread and on so many others, and answers what each made of it.
///
/// Where the system gives no more threads, those that there are have to do: `work` takes its next part from what all of
/// them share, until nothing is left. A panic goes on on this thread.
pub(crate) fn together<T: Send>(others: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let others: Vec<_> =
            (0..others).map_while(|_| thread::Builder::new().spawn_scoped(scope, &work).ok()).collect();
        let mut made = vec![work()];
        for other in others {
            made.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        made
    })
}
