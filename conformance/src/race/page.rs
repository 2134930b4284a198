//! What several threads did at once, as a page with a picture: one lane a thread, time from left to right.

use super::{
    picture::{Drawn, Picture},
    recording::letter,
};
use crate::page::{escaped, page};
use std::fmt::Write as _;

/// How much room there is behind the last stamp, of which two stamps are a quarter apart at least; and the least width of a box.
const STEP: usize = 96;
const LEAST: usize = 168;
const LANE: usize = 132;
const BOX: usize = 104;
const LEFT: usize = 64;
const TOP: usize = 16;
/// How much room a character has, in a box whose text has a margin.
const CHARACTER: usize = 7;
const MARGIN: usize = 8;
/// How many lines fit into a box.
const LINES: usize = 5;

/// What a picture needs besides the style that all pages share.
pub(crate) const STYLE: &str = include_str!("picture.css");

impl Picture {
    /// A page that stands by itself: the picture, what it shows, and the whole text of the failure, in which the calls are numbered
    /// after `rows` rows.
    pub(crate) fn page(&self, rows: usize, title: &str, text: &str) -> String {
        let body =
            format!("<h1>{}</h1>\n{}<pre>{}</pre>\n", escaped(title), self.figure(rows), escaped(text));
        page(title, STYLE, &body)
    }

    /// The picture with the words that it needs, to stand in a page that has the [`STYLE`].
    pub(crate) fn figure(&self, rows: usize) -> String {
        let svg = self.svg(rows);
        format!(
            "<p>{}</p>\n\
             <div class=\"picture\" tabindex=\"0\" role=\"region\" aria-label=\"the calls of the threads\">\n{svg}</div>\n",
            self.legend()
        )
    }

    /// How the picture is to be read.
    fn legend(&self) -> String {
        let mut legend =
            "One lane for each thread, time from left to right. A box is a call with its number in \
            the text and its answer, from its beginning to its return."
                .to_owned();
        legend += match (self.wrong, self.order.is_empty()) {
            (Some(_), false) => {
                " The numbers in circles are the order that comes nearest to an explanation; the call with the thick red \
                 frame has the answer that it does not explain."
            }
            (Some(_), true) => " The call with the thick red frame has the wrong answer.",
            (None, _) => " A box with a dashed frame is a call that did not return.",
        };
        legend
    }

    /// The picture alone.
    fn svg(&self, rows: usize) -> String {
        let edges = self.edges();
        let width = edges.last().copied().unwrap_or(LEFT) + STEP;
        let lanes = self.calls.iter().map(|call| call.thread + 1).max().unwrap_or(0).max(self.threads);
        let height = TOP + lanes * LANE;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"calls of {} threads\">\n",
            self.threads
        );
        for lane in 0..lanes {
            let middle = TOP + lane * LANE + BOX / 2;
            let name = if lane < self.threads { letter(lane).to_string() } else { "then".to_owned() };
            let _ = writeln!(
                svg,
                "<line class=\"lane\" x1=\"{LEFT}\" y1=\"{middle}\" x2=\"{width}\" y2=\"{middle}\"/>\
                 <text class=\"thread\" x=\"12\" y=\"{}\">{name}</text>",
                middle + 5
            );
        }
        let stamps = self.stamps();
        for (at, call) in self.calls.iter().enumerate() {
            let x = edges[stamps.partition_point(|stamp| *stamp < call.called)];
            let end = call
                .returned
                .map_or(width, |returned| edges[stamps.partition_point(|stamp| *stamp < returned)]);
            let place = self.order.iter().position(|taken| *taken == at);
            let class = match (self.wrong == Some(at), call.returned) {
                (true, _) => "wrong",
                (false, None) => "open",
                (false, Some(_)) => "call",
            };
            let number = rows + at + 1;
            boxed(&mut svg, call, number, (x, TOP + call.thread * LANE), end - x, class, place);
        }
        svg + "</svg>\n"
    }

    /// Every stamp at which something happens, ascending.
    fn stamps(&self) -> Vec<u64> {
        let mut stamps: Vec<u64> =
            self.calls.iter().flat_map(|call| [Some(call.called), call.returned]).flatten().collect();
        stamps.sort_unstable();
        stamps.dedup();
        stamps
    }

    /// Where on the page each stamp is: as close together as the boxes allow.
    fn edges(&self) -> Vec<usize> {
        let stamps = self.stamps();
        let mut edges: Vec<usize> = Vec::with_capacity(stamps.len());
        for stamp in &stamps {
            let after_the_last = edges.last().map_or(LEFT, |last| last + STEP / 4);
            let returns = self.calls.iter().filter(|call| call.returned == Some(*stamp));
            let least =
                returns.map(|call| edges[stamps.partition_point(|other| *other < call.called)] + LEAST);
            edges.push(least.max().unwrap_or(0).max(after_the_last));
        }
        edges
    }
}

fn boxed(
    svg: &mut String,
    call: &Drawn,
    number: usize,
    (x, y): (usize, usize),
    width: usize,
    class: &str,
    place: Option<usize>,
) {
    let answer = call.answer.as_deref().unwrap_or("no answer");
    let step = format!("{number}  {}", call.step);
    let whole = escaped(&format!("{step} -> {answer}"));
    let _ = write!(
        svg,
        "<g><title>{whole}</title><rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX}\" rx=\"5\"/>"
    );
    let room = (width.saturating_sub(2 * MARGIN) / CHARACTER).max(8);
    let mut lines = folded(&step, room);
    let answer = folded(&format!("-> {answer}"), room);
    lines.truncate(LINES.saturating_sub(answer.len()).max(1));
    lines.extend(answer);
    lines.truncate(LINES);
    for (row, line) in lines.iter().enumerate() {
        let _ =
            write!(svg, "<text x=\"{}\" y=\"{}\">{}</text>", x + MARGIN, y + 24 + 17 * row, escaped(line));
    }
    if let Some(place) = place {
        let (cx, cy) = (x + width - 6, y + 4);
        let _ = write!(
            svg,
            "<circle class=\"order\" cx=\"{cx}\" cy=\"{cy}\" r=\"10\"/><text x=\"{cx}\" y=\"{}\" \
             text-anchor=\"middle\">{}</text>",
            cy + 4,
            place + 1
        );
    }
    *svg += "</g>\n";
}

/// Sets text in lines of so many characters, broken at spaces where there are any.
fn folded(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let line = lines.last_mut().expect("there is a first line");
            let used = line.chars().count();
            let gap = usize::from(used > 0);
            if used + gap + word.len() <= room {
                line.extend((gap == 1).then_some(' '));
                line.extend(word);
                break;
            }
            if used > 0 {
                lines.push(String::new());
                continue;
            }
            line.extend(word.drain(..room));
            lines.push(String::new());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_folded() {
        assert_eq!(folded("insert(\"a\", \"h\")", 12), ["insert(\"a\",", "\"h\")"]);
        assert_eq!(folded("0123456789", 4), ["0123", "4567", "89"]);
    }
}
