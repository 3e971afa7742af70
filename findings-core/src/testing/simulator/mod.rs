//! A Security Hub for tests and benches: real HTTP on loopback, no AWS.
//!
//! Clients reach it as they reach AWS, by an endpoint URL; nothing in them is replaced. It answers
//! GetFindings, BatchUpdateFindings, ListMembers, GetMembers, DescribeHub, the calls about finding
//! aggregators and those by which accounts become members, for one administrator account in any
//! number of Regions, and it holds clients to the rules that matter: the limits of filters,
//! query-bound tokens, quotas. AssumeRole of STS leads into member accounts, and ListAccounts
//! of AWS Organizations names those of the organisation: the same address, in `AWS_ENDPOINT_URL_STS`
//! and `AWS_ENDPOINT_URL_ORGANIZATIONS`.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use std::time::Duration;
//! use findings_core::testing::simulator::{Fault, Member, Simulator, When};
//!
//! let simulator = Simulator::builder()
//!     .findings((0..250).map(|n| {
//!         serde_json::json!({
//!             "Id": format!("finding-{n}"),
//!             "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/securityhub",
//!             "AwsAccountId": "111122223333",
//!             "UpdatedAt": "2026-01-01T00:00:00Z",
//!         })
//!     }))
//!     .members([Member::enabled("111122223333"), Member::new("444455556666", "Invited")])
//!     .latency(Duration::from_millis(200))
//!     .fault(Fault::Reset, When::Every(7))
//!     .start()
//!     .await?;
//! // run the client against simulator.url(), with any credentials, then:
//! assert_eq!(simulator.counters().findings, 250);
//! assert_eq!(simulator.counters().throttled, 0);
//! # Ok(())
//! # }
//! ```
//!
//! # What it does as AWS does
//! * Calls must be signed; the Region is taken from the signature, which is not verified.
//! * Filters: up to 10 attributes and 20 values each, no blank value, no illegal mix of comparisons;
//!   different attributes must all match, values of one attribute follow the rules of their comparison.
//! * A NextToken works with exactly the query it came from, and may expire. Pages show the data of
//!   their own moment: a finding that is updated meanwhile may be seen twice, or not at all when it
//!   is not sorted by `UpdatedAt` ascending. Without sort criteria the order is arbitrary.
//! * 3 calls per second and a burst of 6 for GetFindings, 10 and 30 for each other operation, per Region.
//! * Findings of one Region are seen in another only through an [`Aggregator`].
//! * BatchUpdateFindings does not touch `UpdatedAt`.
//! * Accounts of the organisation are members as soon as they are added; others are added, invited, and accept for themselves, with
//!   Security Hub on. 50 in a call, and who is not processed comes back with a reason.
//!
//! # What it leaves out
//! Keyword and IP filters, the V2 operations, import of findings (seed them), automation rules, and
//! the connection between members and findings: an account that is no member has findings if it was
//! given some. Filters that exist in AWS but not here are refused, not ignored. Message texts are
//! AWS's where they are known (20 values, changed query, hub off), else modelled on these.

mod api_error;
mod builder;
mod enrollment;
mod faults;
mod filters;
mod get_findings;
mod handle;
mod hubs;
mod members;
mod operation;
mod organization;
mod padding;
mod quota;
mod records;
mod reply;
mod request;
mod roles;
mod server;
mod sort;
mod state;
mod store;
mod tokens;
mod updates;

#[cfg(test)]
mod tests;

pub use builder::{Simulator, SimulatorBuilder};
pub use faults::{Fault, FaultRule, When};
pub use handle::SimulatorHandle;
pub use hubs::{Aggregator, ControlFindingGenerator};
pub use members::Member;
pub use operation::Operation;
pub use quota::Quota;
pub use records::{CallRecord, Counters};
pub use store::FindingStore;
