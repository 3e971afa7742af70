//! Changes reports at random and reads them, until the time is over or the reader panics: a fuzzer for the stable compiler.
//!
//! ```text
//! cargo run -p findings-returned --example mutate -- SECONDS [SEED]
//! ```
//!
//! The file that made the reader panic, or took it longer than ten seconds, is written to the directory of temporary
//! files, and its name is printed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "it fails loudly, like the tests that it shares"
)]

use std::panic::catch_unwind;
use std::time::{Duration, Instant};

#[path = "../tests/returned/mutation.rs"]
mod mutation;
#[path = "../tests/returned/zips.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod zips;

use mutation::{check, mutated, seeds};

/// Longer than any file of the seeds takes without optimisation.
const SLOW: Duration = Duration::from_secs(10);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);
    let seed = arguments.next().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    let (start, seeds) = (Instant::now(), seeds());
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut files, mut slowest) = (0_u64, Duration::ZERO);
    while start.elapsed() < Duration::from_secs(seconds) {
        let bytes = mutated(random.choice(&seeds).unwrap(), &mut random);
        let begin = Instant::now();
        let answer = catch_unwind(|| check(&bytes));
        let slow = begin.elapsed();
        slowest = slowest.max(slow);
        files += 1;
        if answer.is_err() || slow > SLOW {
            let path = std::env::temp_dir().join(format!("returned-{seed}-{files}"));
            std::fs::write(&path, &bytes).unwrap();
            panic!("file {files} of seed {seed}, {slow:?}: {}", path.display());
        }
    }
    println!("{files} files of seed {seed} in {:?}, the slowest in {slowest:?}, no finding", start.elapsed());
}
