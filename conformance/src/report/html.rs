//! The report as one HTML page, for people.

mod failures;
mod mark;
mod matrix;
mod totals;
mod unjudged;

use self::mark::Mark;
use super::{Report, StoreReport};
use crate::{
    contract::{Clause, contract},
    page::{escaped, page},
    race,
    settings::{FULL_SIZE, Settings},
    status::State,
};
use std::{fmt::Write as _, time::SystemTime};

/// What the report needs besides the style that all pages share.
const STYLE: &str = include_str!("html/report.css");

impl Report {
    /// The report as one HTML page that stands by itself: totals, the matrix of clauses by stores, and on demand the trace
    /// and the diagnosis of each clause that is not held.
    ///
    /// It loads nothing and runs nothing. It is made for light and dark screens of any width, for the keyboard, for
    /// screen readers and for paper; no state is told by its colour alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use mneme::MemoryStore;
    /// use mneme_conformance::{Report, Settings, Subject, check_store, clause};
    ///
    /// let settings = Settings::default().only([&clause::insert::upsert_keeps_the_id]).without_engines();
    /// let store = check_store(Subject::volatile(MemoryStore::new), &settings);
    /// let page = Report::new(vec![store]).to_html();
    /// assert!(page.contains("upsert_keeps_the_id"));
    /// # let file = std::env::temp_dir().join(format!("mneme-report-{}.html", std::process::id()));
    /// std::fs::write(&file, page)?;
    /// # std::fs::remove_file(file)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn to_html(&self) -> String {
        let mut body = String::from("<a class=\"skip\" href=\"#clauses\">To the clauses</a>\n");
        head(&mut body, self);
        body += "<main>\n";
        totals::write(&mut body, &self.stores);
        failures::write(&mut body, &self.stores);
        matrix::write(&mut body, &self.stores);
        unjudged::write(&mut body, &self.stores);
        body += "</main>\n";
        foot(&mut body, &self.stores);
        let style = format!("{STYLE}{}", race::STYLE);
        page(&self.title(), &style, &body)
    }

    fn title(&self) -> String {
        match &*self.stores {
            [] => "Store conformance".to_owned(),
            [store] => format!("Store conformance: {}", store.name),
            stores => format!("Store conformance: {} stores", stores.len()),
        }
    }
}

fn head(body: &mut String, report: &Report) {
    let right = report.stores.iter().filter(|store| store.is_right(&store.settings)).count();
    let verdict = match (report.stores.len(), right) {
        (0, _) => "No store was checked.".to_owned(),
        (1, 1) => "The store is right, as far as it was checked.".to_owned(),
        (1, _) => "The store is not right.".to_owned(),
        (all, right) if all == right => format!("All {all} stores are right, as far as they were checked."),
        (all, 0) => format!("None of the {all} stores is right."),
        (all, right) => format!("Of {all} stores {right} {} right.", if right == 1 { "is" } else { "are" }),
    };
    let mark = if right > 0 && right == report.stores.len() { Mark::RIGHT } else { Mark::WRONG };
    let _ = writeln!(
        body,
        "<header>\n<h1>{}</h1>\n<p class=\"verdict {}\"><span aria-hidden=\"true\">{}</span> {verdict}</p>\n</header>",
        escaped(&report.title()),
        mark.class,
        mark.glyph,
    );
}

/// With what, when and under which settings it was made.
fn foot(body: &mut String, stores: &[StoreReport]) {
    let clauses: Vec<&Clause> = contract().clauses().collect();
    let checked = clauses.iter().filter(|clause| clause.is_checked()).count();
    let _ = write!(
        body,
        "<footer>\n<h2 id=\"how\">How it was checked</h2>\n<dl class=\"facts\">\n\
         <div><dt>harness</dt><dd>mneme-conformance {}</dd></div>\n\
         <div><dt>contract</dt><dd>{} clauses, of which {checked} have a check</dd></div>\n\
         <div><dt>machine</dt><dd>{}, {}</dd></div>\n",
        env!("CARGO_PKG_VERSION"),
        clauses.len(),
        std::env::consts::OS,
        std::env::consts::ARCH,
    );
    if let Some(begun) = stores.iter().map(|store| store.begun).min() {
        let _ = writeln!(body, "<div><dt>begun</dt><dd>{}</dd></div>", utc(begun));
    }
    // Stores of one report are mostly checked under the same settings, which are then said once.
    let mut settings: Vec<(Vec<Fact>, Vec<&str>)> = Vec::new();
    for store in stores {
        let facts = in_force(&store.settings);
        match settings.iter_mut().find(|(other, _)| *other == facts) {
            Some((_, names)) => names.push(&store.name),
            None => settings.push((facts, vec![&store.name])),
        }
    }
    body.push_str("</dl>\n");
    for (facts, names) in &settings {
        if settings.len() > 1 {
            let _ = writeln!(body, "<h3>{}</h3>", escaped(&names.join(", ")));
        }
        body.push_str("<dl class=\"facts\">\n");
        for (name, value) in facts {
            let _ = writeln!(body, "<div><dt>{name}</dt><dd>{value}</dd></div>");
        }
        body.push_str("</dl>\n");
    }
    body.push_str("</footer>\n");
}

/// A setting's name, and what it was.
type Fact = (&'static str, String);

/// The settings that were in force, in words.
fn in_force(settings: &Settings) -> Vec<Fact> {
    let size = match settings.size() {
        FULL_SIZE => format!("{FULL_SIZE} entries, for up to {:?}", settings.size_budget()),
        less => format!("{less} entries of {FULL_SIZE}, for up to {:?}", settings.size_budget()),
    };
    let engines =
        if settings.runs_engines() { format!("seed {}", settings.seed()) } else { "left out".to_owned() };
    let unseen = if settings.requires_everything() { "a failure" } else { "told, and no failure" };
    vec![
        ("profile", settings.profile().name().to_owned()),
        ("deadline of a call", format!("{:?}", settings.deadline())),
        ("random programs", engines),
        ("size", size),
        ("races", format!("looked for during up to {:?} each", settings.race_budget())),
        ("what was not checked whole", unseen.to_owned()),
    ]
}

/// The anchor of a clause's failure, of the store at a place.
fn anchor(store: usize, name: &str) -> String {
    format!("s{store}-{}", name.replace("::", "-"))
}

/// Whether the text of a clause's failure is shown for a store.
fn is_shown(store: &StoreReport, clause: &Clause) -> bool {
    store.status(clause).is_some_and(|status| status.state() == State::Broken)
}

/// A moment as people write it, to the minute, in UTC.
fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (mut year, mut day) = (1970, seconds / 86_400);
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days_of_year = |year| if is_leap(year) { 366 } else { 365 };
    while day >= days_of_year(year) {
        day -= days_of_year(year);
        year += 1;
    }
    let february = days_of_year(year) - 337;
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    let minutes = seconds / 60;
    format!("{year}-{month:02}-{:02} {:02}:{:02} UTC", day + 1, minutes / 60 % 24, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::utc;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_moment_has_its_date() {
        // What `date -u -d @N` says.
        for (seconds, date) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (951_868_800, "2000-03-01 00:00 UTC"),
            (1_700_000_000, "2023-11-14 22:13 UTC"),
            (1_735_689_599, "2024-12-31 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(utc(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)), date);
        }
    }
}
