use super::{
    lane::{Lane, Made},
    round::{Act, Round},
};
use crate::{
    child::{Process, Remote},
    operation::{Op, Step},
    outcome::{Outcome, display::causes},
    sample,
    subject::{Site, Subject},
};
use mneme::Store;
use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

/// Where rounds are run: each has a fresh store of the subject.
pub(crate) struct Ground {
    pub(crate) subject: Arc<Subject>,
    /// Another process, which every other handle is in.
    pub(crate) process: Option<Arc<Process>>,
}

/// The store of a round; it goes when all of this does.
pub(super) struct Place {
    /// The handle that each thread calls.
    pub(super) stores: Vec<Arc<dyn Store>>,
    /// What was called before the threads were there.
    pub(super) before: Vec<Made>,
    /// The ids that were given before.
    pub(super) known: Vec<u64>,
    _site: Site,
}

impl Ground {
    /// Whether a store costs a directory and connections, of which there are to be few at a time.
    pub(super) fn is_of_the_site(&self) -> bool {
        self.subject.claims().are_of_the_site()
    }

    /// A fresh store on which the calls before the threads' were made.
    ///
    /// # Errors
    ///
    /// What the factory or the open did, where they did not succeed.
    pub(super) fn place(&self, round: &Round, lane: &Lane, clock: &AtomicU64) -> Result<Place, Outcome> {
        let site = Site::fresh();
        let each_its_own = self.subject.claims().shared && !round.has_one_handle;
        let handles = if each_its_own { round.threads.len() } else { 1 };
        let mut stores: Vec<Arc<dyn Store>> = Vec::with_capacity(round.threads.len());
        for number in 0..handles {
            match self.handle(number, &site, !round.opens_itself(), lane, clock) {
                Ok(store) => stores.push(store),
                Err(outcome) => {
                    leave(lane, clock, stores);
                    return Err(outcome);
                }
            }
        }
        while stores.len() < round.threads.len() {
            stores.push(Arc::clone(&stores[0]));
        }
        let mut known = Vec::new();
        let before = one_by_one(lane, clock, &*stores[0], &round.before, &mut known);
        Ok(Place { stores, before, known, _site: site })
    }

    fn handle(
        &self,
        number: usize,
        site: &Site,
        opens: bool,
        lane: &Lane,
        clock: &AtomicU64,
    ) -> Result<Arc<dyn Store>, Outcome> {
        // Every other thread calls from another process.
        let process = self.process.as_ref().filter(|_| number % 2 == 1);
        let factory = || match process {
            Some(process) => {
                static NEXT: AtomicUsize = AtomicUsize::new(0);
                let handle = NEXT.fetch_add(1, Ordering::Relaxed);
                Remote::make(process, handle, site).map(|remote| Arc::new(remote) as Arc<dyn Store>)
            }
            None => self.subject.make(site),
        };
        let mut made = None;
        lane.begin(2);
        lane.make(Step::Make, clock, &mut Vec::new(), || match factory() {
            Ok(store) => {
                made = Some(store);
                Outcome::Done
            }
            Err(error) => Outcome::NotMade(causes(&*error)),
        });
        if let Some(store) = &made
            && opens
        {
            let open = Op::Open(sample::identity());
            lane.make(Step::Call(open.clone()), clock, &mut Vec::new(), || open.call(&**store, 0));
        }
        let last = lane.made().pop().and_then(|last| last.returned).map(|(_, outcome)| outcome);
        match (made, last) {
            (Some(store), Some(Outcome::Done)) => Ok(store),
            (made, outcome) => {
                leave(lane, clock, made);
                Err(outcome.unwrap_or(Outcome::Done))
            }
        }
    }
}

impl Place {
    /// Drops the handles: whoever was lent one has given it back. Answers the drops that panicked.
    pub(super) fn leave(self, lane: &Lane, clock: &AtomicU64) -> Vec<Made> {
        leave(lane, clock, self.stores)
    }
}

/// Drops handles, each where it is seen that it does not come back from that, and where a panic ends nothing else. Answers the
/// drops that panicked.
fn leave(lane: &Lane, clock: &AtomicU64, stores: impl IntoIterator<Item = Arc<dyn Store>>) -> Vec<Made> {
    let mut panicked = Vec::new();
    for store in stores {
        lane.begin(1);
        lane.make(Step::Drop, clock, &mut Vec::new(), move || {
            drop(store);
            Outcome::Done
        });
        panicked.extend(lane.made().pop_if(|made| !matches!(made.outcome(), Some(Outcome::Done))));
    }
    lane.begin(0);
    panicked
}

/// Makes calls one after the other, each read once.
pub(super) fn one_by_one(
    lane: &Lane,
    clock: &AtomicU64,
    store: &dyn Store,
    actions: &[Act],
    known: &mut Vec<u64>,
) -> Vec<Made> {
    lane.begin(actions.len());
    for action in actions {
        let Act::Call(op) = action else { continue };
        let op = op.map_ids(|id| id.resolve(known));
        if op.is_write() || !lane.made().iter().any(|made| made.op() == Some(&op)) {
            lane.call(op, store, clock, known);
        }
    }
    lane.take()
}
