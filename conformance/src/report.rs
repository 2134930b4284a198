//! How every clause ended, for one store or for several side by side.

mod files;
mod html;
mod json;
mod junit;
mod markdown;
mod table;

use crate::{
    battery::Battery,
    contract::{Binds, Clause, contract},
    cores::on_every_core,
    diagnosis::{Diagnosis, Mistake},
    engine::Engine,
    settings::Settings,
    status::{State, Status},
    subject::Claims,
};
use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant, SystemTime},
};

/// How every clause ended for one store.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Settings, State, StoreReport, Subject, check_store, clause};
///
/// let settings = Settings::default().only([&clause::lru::is_scoped]).without_engines();
/// let report: StoreReport = check_store(Subject::volatile(MemoryStore::new), &settings);
/// for (clause, status) in report.rows() {
///     println!("{clause}: {}", status.state().name());
/// }
/// for engine in report.engines() {
///     println!("{}: {}", engine.name(), engine.did());
/// }
/// if let Some(known) = report.diagnosis() {
///     println!("{} known mistakes are like this", known.mistakes().len());
/// }
/// println!("{} in {:?}", report.summary(), report.time());
///
/// assert!(report.is_right(&settings));
/// assert_eq!((report.count(State::Held), report.count(State::Broken)), (1, 0));
/// assert_eq!(report.status(&clause::lru::is_scoped).map(|status| status.state()), Some(State::Held));
/// assert_eq!(report.begin_with(), None);
/// ```
#[derive(Clone, Debug)]
pub struct StoreReport {
    name: String,
    rows: Vec<(&'static Clause, Status)>,
    /// How much was looked at for clauses that hold, where their checks count it.
    extents: Vec<(&'static Clause, String)>,
    engines: Vec<Engine>,
    diagnosis: Option<Diagnosis>,
    claims: Claims,
    begun: SystemTime,
    time: Duration,
    settings: Settings,
    /// What was left of the deadline after calls hung, if they did.
    shortened: Option<Duration>,
}

/// The reports of several stores.
///
/// Its text is a table of areas by stores, and then everything that is not held, with its failure.
///
/// # Examples
///
/// ```
/// use mneme::MemoryStore;
/// use mneme_conformance::{Report, Settings, Subject, check_store, clause};
///
/// let settings = Settings::default().only([&clause::lru::is_scoped]).without_engines();
/// let store = check_store(Subject::volatile(MemoryStore::new), &settings);
/// let report = Report::new(vec![store]);
/// assert!(report.is_right(&settings), "{report}");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Report {
    stores: Vec<StoreReport>,
}

impl StoreReport {
    /// Checks every clause of a battery on as many threads as the machine has cores.
    pub(crate) fn of(battery: &Battery, seen: impl Fn(&'static Clause) + Sync, start: Instant) -> Self {
        let clauses: Vec<&'static Clause> = contract().clauses().collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(clause) = clauses.get(next.fetch_add(1, Ordering::Relaxed)) {
                battery.status(clause);
                seen(clause);
            }
        };
        on_every_core(work);
        let extents = clauses.iter().filter_map(|clause| Some((*clause, battery.extent(clause)?))).collect();
        let rows = clauses.into_iter().map(|clause| (clause, battery.status(clause).clone())).collect();
        let rows = with_a_broken_one(rows);
        let engines = if battery.settings().runs_engines() {
            vec![battery.random().clone(), battery.exhaustive().clone()]
        } else {
            Vec::new()
        };
        Self {
            name: battery.subject().name().to_owned(),
            rows,
            extents,
            engines,
            diagnosis: battery.diagnosis(),
            claims: battery.subject().claims(),
            begun: SystemTime::now() - start.elapsed(),
            time: start.elapsed(),
            settings: battery.settings().clone(),
            shortened: battery.shortened_deadline(),
        }
    }

    /// The store's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every clause of the contract with its status, in the contract's order.
    pub fn rows(&self) -> &[(&'static Clause, Status)] {
        &self.rows
    }

    /// What the engines found, which compare the store with the model.
    pub fn engines(&self) -> &[Engine] {
        &self.engines
    }

    /// The status of a clause.
    pub fn status(&self, clause: &Clause) -> Option<&Status> {
        self.rows.iter().find(|(listed, _)| *listed == clause).map(|(_, status)| status)
    }

    /// The mistakes that are known to break the same clauses; nothing where no clause is broken.
    pub fn diagnosis(&self) -> Option<&Diagnosis> {
        self.diagnosis.as_ref()
    }

    /// The broken clause to begin with, if any clause is broken: that of the likeliest mistake, or else the one that
    /// most of the tests which fail name first. What becomes of files that are damaged, foreign or out of room comes last.
    pub fn begin_with(&self) -> Option<&'static Clause> {
        let is_broken = |clause: &&'static Clause| {
            self.status(clause).is_some_and(|status| status.state() == State::Broken)
        };
        // Two mistakes together fit by chance more easily than one, and say less of where to begin.
        let likely = match &self.diagnosis {
            Some(Diagnosis::One(mistakes)) => mistakes.first().map(Mistake::clause),
            _ => None,
        };
        let named = |clause: &'static Clause| {
            let by = |(_, status): &&(_, Status)| status.broken_clauses().first() == Some(&clause);
            self.rows.iter().filter(by).count()
        };
        let is_likely = |clause: &Clause| likely.is_some_and(|likely| likely == clause);
        // A store that is wrong with its own files, whole and with room, is put right first.
        let is_untouched = |clause: &Clause| clause.binds() != Binds::Files;
        // And what is wrong with one call after the other, before what shows where threads meet.
        let is_no_race = |clause: &Clause| clause.area() != "concurrent";
        let broken = self.rows.iter().map(|(clause, _)| *clause).filter(is_broken).rev();
        broken
            .max_by_key(|clause| (is_untouched(clause), is_no_race(clause), is_likely(clause), named(clause)))
    }

    /// The known mistakes that are told of; none where nobody could look for any.
    fn mistakes(&self) -> Vec<Mistake> {
        self.diagnosis().map(Diagnosis::mistakes).unwrap_or_default()
    }

    /// What is said of the known mistakes, in one line before them; nothing where it is a deviation that is wrong.
    fn says_of_mistakes(&self) -> Option<String> {
        let Some(diagnosis) = self.diagnosis() else {
            let is_told = self.begin_with().is_none_or(Diagnosis::tells_of);
            return (!is_told)
                .then(|| "it is none of the clauses by which known mistakes are told".to_owned());
        };
        let is_left_out = |(clause, status): &(&Clause, Status)| {
            status.state() == State::Broken && !Diagnosis::tells_of(clause)
        };
        let but = if self.rows.iter().any(is_left_out) {
            "but for clauses whose check is a matter of luck or of the machine, "
        } else {
            ""
        };
        Some(format!("{but}{}", diagnosis.says()))
    }

    /// How many clauses ended so.
    pub fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|(_, status)| status.state() == state).count()
    }

    /// How long it took.
    pub fn time(&self) -> Duration {
        self.time
    }

    /// How much the check of a clause that is held looked at, in words, where it counts that: how many processes were
    /// killed, how many files were damaged.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::MemoryStore;
    /// use mneme_conformance::{Settings, Subject, check_store, clause};
    ///
    /// let settings = Settings::default().only([&clause::integrity::damage_is_noticed]).without_engines();
    /// let store = check_store(Subject::volatile(MemoryStore::new), &settings);
    /// // A store in memory leaves no file that could be damaged.
    /// assert_eq!(store.extent(&clause::integrity::damage_is_noticed), None);
    /// ```
    pub fn extent(&self, clause: &Clause) -> Option<&str> {
        self.extents.iter().find(|(listed, _)| *listed == clause).map(|(_, extent)| &**extent)
    }

    /// Why clauses were not judged, or are excused: each reason once, with its state and all clauses that share it; and
    /// how much was looked at, where that is known of one that holds.
    fn reasons(&self) -> Vec<(State, &str, Vec<&'static Clause>)> {
        let mut reasons: Vec<(State, &str, Vec<&'static Clause>)> = Vec::new();
        for (clause, status) in &self.rows {
            let Some(reason) = status.reason() else { continue };
            match reasons.iter_mut().find(|(state, text, _)| *state == status.state() && *text == reason) {
                Some((.., clauses)) => clauses.push(*clause),
                None => reasons.push((status.state(), reason, vec![*clause])),
            }
        }
        reasons.extend(self.extents.iter().map(|(clause, extent)| (State::Held, &**extent, vec![*clause])));
        reasons.sort_by_key(|(state, ..)| *state);
        reasons
    }

    /// Whether nothing is broken or blocked, something was held, the engines found nothing, and every check that exists
    /// has looked: at a part at least, or whole, where the settings require everything.
    pub fn is_right(&self, settings: &Settings) -> bool {
        let looked = |(clause, status): &(&'static Clause, Status)| {
            !clause.is_checked() || status.has_looked(settings.requires_everything())
        };
        self.count(State::Broken) == 0
            && self.count(State::Blocked) == 0
            && self.count(State::Held) > 0
            && self.rows.iter().all(looked)
            && self.engines.iter().all(Engine::is_right)
    }

    /// How many clauses of the contract ended in which state, in one line; and in a line of its own, indented, each clause that
    /// was looked at in part and each engine.
    pub fn summary(&self) -> String {
        let counts: Vec<String> = State::ALL
            .into_iter()
            .map(|state| (state, self.count(state)))
            .filter(|(state, count)| *count > 0 || matches!(state, State::Held | State::Broken))
            .map(|(state, count)| format!("{count} {}", state.name()))
            .collect();
        let shortened = self.shortened.map_or(String::new(), |rest| format!(", {rest:?} after calls hung"));
        let mut summary = format!(
            "{}: {} of {} clauses (deadline {:?}{shortened})",
            self.name,
            counts.join(", "),
            self.rows.len(),
            self.settings.deadline(),
        );
        for (clause, status) in &self.rows {
            if let Status::NotChecked { reason, tolerated: true, .. } = status {
                summary += &format!("\n  {clause} in part: {reason}");
            }
        }
        for engine in &self.engines {
            summary += &if engine.is_right() {
                format!("\n  {}: nothing in {}", engine.name(), engine.did())
            } else {
                format!("\n  {}: see the report", engine.name())
            };
        }
        summary
    }
}

/// The rows, with a clause that is broken where there is none and checks were stopped all the same.
///
/// Then no clause's own check has seen what those of others have. The clause that most of them name first is broken, as
/// they have seen.
fn with_a_broken_one(mut rows: Vec<(&'static Clause, Status)>) -> Vec<(&'static Clause, Status)> {
    if rows.iter().any(|(_, status)| status.state() == State::Broken) {
        return rows;
    }
    let named = |status: &Status| status.broken_clauses().first().copied();
    let by = |clause: &Clause| rows.iter().filter(|(_, status)| named(status) == Some(clause)).count();
    let accused = rows.iter().filter_map(|(_, status)| named(status)).max_by_key(|clause| by(clause));
    let Some(accused) = accused else { return rows };
    let found = rows.iter().find(|(_, status)| named(status) == Some(accused));
    let failure = found.and_then(|(_, status)| status.failure().cloned());
    let row = rows.iter_mut().find(|(clause, _)| *clause == accused);
    if let (Some(failure), Some((_, status))) = (failure, row) {
        *status = Status::Broken(failure);
    }
    rows
}

impl Report {
    /// Puts reports side by side.
    pub fn new(stores: Vec<StoreReport>) -> Self {
        Self { stores }
    }

    /// The stores' reports.
    pub fn stores(&self) -> &[StoreReport] {
        &self.stores
    }

    /// Whether there is a store, and each [is right](StoreReport::is_right).
    pub fn is_right(&self, settings: &Settings) -> bool {
        !self.stores.is_empty() && self.stores.iter().all(|store| store.is_right(settings))
    }
}

impl fmt::Display for StoreReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(f, std::slice::from_ref(self))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(f, &self.stores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report in which every clause ended in one way.
    fn all(status: &Status) -> StoreReport {
        StoreReport {
            name: "MyStore".to_owned(),
            rows: contract().clauses().map(|clause| (clause, status.clone())).collect(),
            extents: Vec::new(),
            engines: Vec::new(),
            diagnosis: None,
            claims: Claims::default(),
            begun: SystemTime::UNIX_EPOCH,
            time: Duration::ZERO,
            settings: Settings::default(),
            shortened: None,
        }
    }

    #[test]
    fn what_looked_at_nothing_is_not_right() {
        let settings = Settings::default();
        assert!(all(&Status::Held).is_right(&settings));
        for status in [
            Status::NotApplicable { reason: "nothing binds it".to_owned() },
            Status::Deviates { why: "nothing works", seen: None },
            Status::NotChecked { reason: "no time".to_owned(), tolerated: true, deviation: None },
            Status::NotChecked { reason: "no directory".to_owned(), tolerated: false, deviation: None },
        ] {
            assert!(!all(&status).is_right(&settings), "{status:?}");
        }
        assert!(!Report::default().is_right(&settings));
    }

    #[test]
    fn where_no_check_of_its_own_tells_the_clause_that_most_name_is_broken() {
        use crate::{
            contract::clause,
            failure::{Checking, Failure, Reason},
            model::Manner,
            trace::Trace,
        };
        let blocked_by = |clauses: Vec<&'static Clause>| {
            let (expected, manner) = (String::new(), Manner::HANG);
            let reason = Reason::violated(clauses, expected, manner);
            Status::Blocked(Failure::new("MyStore", Checking::Engine("a"), reason, Trace::default(), None))
        };
        let (often, once) = (&clause::expiry::is_scoped, &clause::count::follows_the_data);
        let mut rows = all(&Status::Held).rows;
        rows[0].1 = blocked_by(vec![once, often]);
        rows[1].1 = blocked_by(vec![often, once]);
        rows[2].1 = blocked_by(vec![often]);
        let states = |rows: &[(&'static Clause, Status)], state| {
            rows.iter().filter(|(_, status)| status.state() == state).map(|(c, _)| *c).collect::<Vec<_>>()
        };
        let told = with_a_broken_one(rows);
        assert_eq!(states(&told, State::Broken), [often]);
        assert_eq!(states(&told, State::Blocked).len(), 3);
        // Nothing is accused where nothing was seen, or where a clause is broken by its own check.
        let right = with_a_broken_one(all(&Status::Held).rows);
        assert!(states(&right, State::Broken).is_empty());
        assert_eq!(states(&with_a_broken_one(told), State::Broken), [often]);
    }

    /// A report in which clauses are broken, each by its own check and by as many others.
    fn broken(clauses: &[(&'static Clause, usize)]) -> StoreReport {
        use crate::{
            failure::{Checking, Failure, Reason},
            model::Manner,
            trace::Trace,
        };
        let mut report = all(&Status::Held);
        let mut others = 0;
        for (clause, blocked) in clauses {
            let (clauses, expected, manner) = (vec![*clause], String::new(), Manner::HANG);
            let reason = Reason::violated(clauses, expected, manner);
            let failure = Failure::new("MyStore", Checking::Clause(clause), reason, Trace::default(), None);
            for _ in 0..*blocked {
                report.rows[others].1 = Status::Blocked(failure.clone());
                others += 1;
            }
            let row = report.rows.iter_mut().find(|(listed, _)| listed == clause).expect("a row");
            row.1 = Status::Broken(failure);
        }
        report
    }

    #[test]
    fn what_becomes_of_files_that_are_not_as_they_were_is_not_where_to_begin() {
        use crate::contract::clause;
        let damage = (&clause::integrity::damage_is_noticed, 2);
        let (close, kill) = (&clause::durable::survives_close, &clause::durable::survives_kill);
        assert_eq!(broken(&[damage, (close, 0), (kill, 1)]).begin_with(), Some(kill));
        assert_eq!(broken(&[damage, (close, 0)]).begin_with(), Some(close));
        assert_eq!(broken(&[damage]).begin_with(), Some(damage.0));
    }

    #[test]
    fn what_is_wrong_with_one_call_after_the_other_comes_before_races() {
        use crate::contract::clause;
        let race = (&clause::concurrent::single_operations_are_linearizable, 3);
        let agree = &clause::shared::handles_agree;
        assert_eq!(broken(&[race, (agree, 0)]).begin_with(), Some(agree));
        assert_eq!(broken(&[race]).begin_with(), Some(race.0));
    }

    #[test]
    fn of_what_luck_decides_no_mistake_is_known() {
        use crate::contract::clause;
        let says = |clause| {
            let report = StoreReport { diagnosis: Some(Diagnosis::Unknown), ..broken(&[(clause, 0)]) };
            report.says_of_mistakes().expect("something is said")
        };
        let but = "but for clauses whose check is a matter of luck or of the machine, no known mistake";
        for clause in [&clause::durable::survives_kill, &clause::files::full_disk_loses_nothing] {
            assert!(!Diagnosis::tells_of(clause));
            assert!(says(clause).starts_with(but), "{}", says(clause));
        }
        assert!(Diagnosis::tells_of(&clause::durable::survives_close));
        assert!(says(&clause::durable::survives_close).starts_with("no known mistake"));
    }

    #[test]
    fn one_check_that_did_not_look_whole_is_wrong_where_everything_is_required() {
        let mut report = all(&Status::Held);
        let at =
            report.rows.iter().position(|(clause, _)| clause.is_checked()).expect("a clause with a check");
        report.rows[at].1 =
            Status::NotChecked { reason: "a small size".to_owned(), tolerated: true, deviation: None };
        assert!(report.is_right(&Settings::default()));
        assert!(!report.is_right(&Settings::default().requiring_everything()));
        report.rows[at].1 =
            Status::NotChecked { reason: "no directory".to_owned(), tolerated: false, deviation: None };
        assert!(!report.is_right(&Settings::default()));
        // What is known to be wrong is no more wrong where all is required.
        let deviation = Some(report.rows[0].0);
        report.rows[at].1 =
            Status::NotChecked { reason: "it is known".to_owned(), tolerated: true, deviation };
        assert!(report.is_right(&Settings::default().requiring_everything()));
    }
}
