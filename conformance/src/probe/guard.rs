//! Calling a store so that its panics become outcomes.

use crate::outcome::Outcome;
use std::{
    any::Any,
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    /// Whether this thread is inside a store: its panics are then recorded instead of printed.
    static IN_STORE: Cell<bool> = const { Cell::new(false) };
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs a call of the store; a panic in it is an outcome, and prints nothing.
pub(crate) fn calling(run: impl FnOnce() -> Outcome) -> Outcome {
    install_hook();
    IN_STORE.set(true);
    // A panic that the store caught itself, or that came without the hook, is no place of a later one.
    LOCATION.set(None);
    // The store is not used after a panic but to be dropped, so nobody sees what the unwinding left half done.
    let outcome = panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(panicked);
    IN_STORE.set(false);
    outcome
}

fn panicked(payload: Box<dyn Any + Send>) -> Outcome {
    // A panic in another process, which was caught there.
    let payload = match payload.downcast::<Outcome>() {
        Ok(outcome) => return *outcome,
        Err(payload) => payload,
    };
    let outcome = Outcome::Panicked { message: message(&*payload), location: LOCATION.take() };
    // The payload is the store's value, and its drop may panic like any code of the store; what comes of that is kept.
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(payload);
    }
    outcome
}

/// Drops what a panic has come out of, so that a panic of its drop is not told in place of the first one.
pub(crate) fn drop_apart<T>(value: T) {
    let location = LOCATION.take();
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| drop(value))) {
        std::mem::forget(payload);
    }
    LOCATION.set(location);
}

/// Drops a value while this thread unwinds, as a caller's own panic would.
pub(super) fn unwinding<T>(value: T) {
    let result = panic::catch_unwind(AssertUnwindSafe(move || {
        let _dropped_by_the_unwinding = value;
        // Does not call the hook: this panic is the caller's, and is meant.
        panic::resume_unwind(Box::new(()));
    }));
    debug_assert!(result.is_err(), "a panic was resumed");
}

fn message(payload: &(dyn Any + Send)) -> Option<String> {
    payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
}

/// Installs, once for the process, a hook that is silent while a store is being called and else does what the one
/// before it did.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IN_STORE.get() {
                LOCATION.set(info.location().map(ToString::to_string));
            } else {
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_outcome_with_its_place() {
        let outcome = calling(|| panic!("on {}", "fire"));
        let Outcome::Panicked { message, location } = outcome else { panic!("{outcome}") };
        assert_eq!(message.as_deref(), Some("on fire"));
        assert!(location.expect("a place").contains("guard.rs"));
    }

    #[test]
    fn a_panic_without_a_place_is_not_told_at_another_ones() {
        let outcome = calling(|| {
            let caught = panic::catch_unwind(|| panic!("an earlier one"));
            panic::resume_unwind(caught.expect_err("it panicked"))
        });
        assert!(matches!(outcome, Outcome::Panicked { location: Some(_), .. }), "{outcome}");
        calling(|| {
            panic::catch_unwind(|| panic!("caught by the store")).map_or(Outcome::Done, |()| Outcome::Done)
        });
        let outcome = calling(|| panic::resume_unwind(Box::new("from elsewhere")));
        assert!(matches!(outcome, Outcome::Panicked { location: None, .. }), "{outcome}");
    }

    #[test]
    fn a_payload_that_is_no_text_and_panics_too_is_an_outcome() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("and again");
            }
        }
        let outcome = calling(|| panic::panic_any(Bomb));
        assert!(matches!(outcome, Outcome::Panicked { message: None, location: Some(_) }), "{outcome}");
    }

    #[test]
    fn a_value_is_dropped_while_the_thread_unwinds() {
        struct Witness<'a>(&'a Cell<Option<bool>>);
        impl Drop for Witness<'_> {
            fn drop(&mut self) {
                self.0.set(Some(std::thread::panicking()));
            }
        }
        let seen = Cell::new(None);
        unwinding(Witness(&seen));
        assert_eq!(seen.get(), Some(true));
        assert!(!std::thread::panicking());
    }
}
