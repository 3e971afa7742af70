//! Tests of the built binary as a process: on the sample organisation, on bad input, and against the Security Hub
//! simulator and emulators of S3, DynamoDB and SES over real connections.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests fail loudly")]

mod answers;
mod aws;
mod bad_input;
mod coverage;
mod decisions;
mod delivery;
mod deploy;
mod doctor;
mod embedded;
mod enroll;
mod export;
mod fault_proxy;
mod faults;
mod gate;
mod guidance;
mod hears;
mod killing;
mod log_lines;
mod marking;
mod measures;
mod ocsf;
mod organisation;
mod overdue;
mod owners;
mod pilot;
mod preview;
mod questions;
mod redirect;
mod redo;
mod registry;
mod release;
mod renaming;
mod reports;
mod several;
mod smtp_sink;
mod sources;
mod status;
mod stopping;
mod story;
mod support;
mod test_mail;
mod truth;
mod unread;
mod urgent;
