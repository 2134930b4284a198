use super::history::History;

/// A call begins or returns; the number is the call's place in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Called(usize),
    Returned(usize),
}

/// The calls and returns of a history in the order of their stamps.
///
/// Of a call and a return with one stamp the call comes first: the two may have overlapped.
pub(super) fn of<O, R>(history: &History<O, R>) -> Vec<Event> {
    let mut events = Vec::with_capacity(2 * history.len());
    for (at, call) in history.calls().iter().enumerate() {
        events.push((call.called, false, Event::Called(at)));
        if let Some(returned) = call.returned {
            events.push((returned, true, Event::Returned(at)));
        }
    }
    events.sort_by_key(|(stamp, is_return, _)| (*stamp, *is_return));
    events.into_iter().map(|(.., event)| event).collect()
}
