use std::{hint::black_box, io::Write as _, num::NonZeroUsize, sync::OnceLock, thread, time::Instant};

/// What something answers, and for how many seconds it ran.
pub(crate) fn time<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let answer = black_box(run());
    (answer, start.elapsed().as_secs_f64())
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// For how many seconds threads together read so many bytes that none of them has read just before.
pub(crate) fn bandwidth(bytes: usize, threads: NonZeroUsize) -> f64 {
    static NUMBERS: OnceLock<Vec<u64>> = OnceLock::new();
    let numbers = NUMBERS.get_or_init(|| (0..bytes as u64 / 8).collect());
    let numbers = &numbers[..(bytes / 8).min(numbers.len())];
    let share = numbers.len().div_ceil(threads.get());
    time(|| {
        thread::scope(|scope| {
            for numbers in numbers.chunks(share).skip(1) {
                scope.spawn(|| black_box(sum(numbers)));
            }
            black_box(sum(&numbers[..share.min(numbers.len())]))
        })
    })
    .1
}

/// In lanes of their own, so that reading is all that it waits for.
fn sum(numbers: &[u64]) -> u64 {
    let mut lanes = [0_u64; 8];
    for chunk in numbers.chunks_exact(8) {
        for (lane, number) in lanes.iter_mut().zip(chunk) {
            *lane ^= number;
        }
    }
    lanes.iter().fold(0, |all, lane| all ^ lane)
}

pub(crate) fn print(line: &str) {
    let mut out = std::io::stdout();
    // A reader that went away wants no more lines.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
