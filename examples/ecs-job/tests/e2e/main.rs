//! The built binary as a process: on the sample organisation, on bad input, and against the Security Hub simulator and emulators of S3, DynamoDB
//! and SES over real connections.

mod aws;
mod bad_input;
mod embedded;
mod stopping;
mod support;
