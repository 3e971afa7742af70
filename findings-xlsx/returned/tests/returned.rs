//! Files that came back: as the report was written, as other programs saved it, and as nobody should save it.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly, their helpers too")]

mod returned {
    mod fixtures;
    mod hostile;
    mod limits;
    mod mutated;
    mod mutation;
    mod own;
    mod tables;
    mod zips;
}
