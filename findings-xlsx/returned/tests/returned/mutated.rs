//! The reader and files that were changed at random; the same ones each time.

use super::mutation::{check, mutated, seeds};

#[test]
fn changed_files_never_end_the_reader() {
    let mut random = fastrand::Rng::with_seed(20_261_123);
    for seed in seeds() {
        for _ in 0..8 {
            check(&mutated(&seed, &mut random));
        }
    }
}
