//! Two lists of lines as one, with what is in one of them alone.

use crate::transcript::{Line, in_columns};

/// How many lines that both have are shown around one that only one has.
const AROUND: usize = 2;
/// How many lines of a comparison are shown.
const SHOWN: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Both,
    First,
    Second,
}

/// What differs in two lists, as the body of a `diff` block; a comparison that is long is cut, and says so.
pub(super) fn parting(a: &[Line], b: &[Line]) -> String {
    let merged = merged(a, b);
    let near = |at: usize| {
        let around = at.saturating_sub(AROUND)..(at + AROUND + 1).min(merged.len());
        merged[around].iter().any(|(mark, _)| *mark != Mark::Both)
    };
    let kept: Vec<usize> = (0..merged.len()).filter(|at| near(*at)).collect();
    let mut text = String::new();
    let mut last = None;
    for at in kept.iter().copied().take(SHOWN) {
        if last.is_some_and(|last| last + 1 < at) {
            text += "  …\n";
        }
        last = Some(at);
        let (mark, line) = merged[at];
        let sign = match mark {
            Mark::Both => ' ',
            Mark::First => '-',
            Mark::Second => '+',
        };
        text += format!("{sign} {}", in_columns(line)).trim_end();
        text += "\n";
    }
    if kept.len() > SHOWN {
        text += &format!("  … and {} more lines\n", kept.len() - SHOWN);
    }
    text
}

/// How many pairs of lines are compared to find what two lists have in common.
const PAIRS: usize = 4_000_000;

/// The longest list that both contain, with the rest of each in its place.
fn merged<'a>(a: &'a [Line], b: &'a [Line]) -> Vec<(Mark, &'a Line)> {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&a[head..], &b[head..]);
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (middle_a, middle_b) = (&rest_a[..rest_a.len() - tail], &rest_b[..rest_b.len() - tail]);
    let mut merged: Vec<_> = a[..head].iter().map(|line| (Mark::Both, line)).collect();
    if middle_a.len().saturating_mul(middle_b.len()) > PAIRS {
        merged.extend(middle_a.iter().map(|line| (Mark::First, line)));
        merged.extend(middle_b.iter().map(|line| (Mark::Second, line)));
    } else {
        merge(middle_a, middle_b, &mut merged);
    }
    merged.extend(rest_a[rest_a.len() - tail..].iter().map(|line| (Mark::Both, line)));
    merged
}

fn merge<'a>(a: &'a [Line], b: &'a [Line], merged: &mut Vec<(Mark, &'a Line)>) {
    // By the lengths of the longest common lists of what is left of each.
    let mut lengths = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for x in (0..a.len()).rev() {
        for y in (0..b.len()).rev() {
            lengths[x][y] = if a[x] == b[y] {
                lengths[x + 1][y + 1] + 1
            } else {
                lengths[x + 1][y].max(lengths[x][y + 1])
            };
        }
    }
    let (mut x, mut y) = (0, 0);
    while x < a.len() || y < b.len() {
        if x < a.len() && y < b.len() && a[x] == b[y] {
            merged.push((Mark::Both, &a[x]));
            (x, y) = (x + 1, y + 1);
        } else if y == b.len() || x < a.len() && lengths[x + 1][y] >= lengths[x][y + 1] {
            merged.push((Mark::First, &a[x]));
            x += 1;
        } else {
            merged.push((Mark::Second, &b[y]));
            y += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(answers: &str) -> Vec<Line> {
        let line = |answer: char| Line::Step { step: "count()".to_owned(), answer: answer.to_string() };
        answers.chars().map(line).collect()
    }

    #[test]
    fn what_one_has_alone_is_marked_among_what_both_have() {
        let (a, b) = (lines("12345678"), lines("1234x678"));
        let marks: String = merged(&a, &b)
            .iter()
            .map(|(mark, _)| match mark {
                Mark::Both => '=',
                Mark::First => '-',
                Mark::Second => '+',
            })
            .collect();
        assert_eq!(marks, "====-+===");
        let text = parting(&a, &b);
        let shown: Vec<_> = text.lines().map(|line| (line.chars().next(), line.chars().last())).collect();
        let expected = [(' ', '3'), (' ', '4'), ('-', '5'), ('+', 'x'), (' ', '6'), (' ', '7')];
        assert_eq!(shown, expected.map(|(sign, answer)| (Some(sign), Some(answer))));
    }

    #[test]
    fn nothing_is_shown_where_nothing_differs() {
        assert_eq!(parting(&lines("123"), &lines("123")), "");
    }

    #[test]
    fn a_long_comparison_is_cut_and_says_so() {
        let text = parting(&lines(&"1".repeat(60)), &lines(&"2".repeat(60)));
        assert!(text.ends_with("… and 80 more lines\n"), "{text}");
    }
}
