//! An ordinary client of AWS, with the default features of the SDK crates, reads findings. `.ci/package --aws` copies it
//! beside the packed crates.

use std::error::Error;
use std::sync::Arc;

use asff_fixtures::Findings;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_securityhub::config::Credentials;
use findings_core::aws::SecurityHubSource;
use findings_core::report::ReportBuilder;
use findings_core::source::{Budget, Lane, Sweep, SweepTarget};
use findings_core::{ReportRenderer, RunId};
use findings_xlsx::XlsxRenderer;
use futures::StreamExt;
use jiff::Timestamp;
use security_hub_simulator::Simulator;

#[tokio::test]
async fn client_of_the_default_configuration_reads_findings() -> Result<(), Box<dyn Error>> {
    let simulator = Simulator::builder().findings(Findings::sample().values()).start().await?;
    let defaults = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(simulator.url());
    let keys = Credentials::new("test", "test", None, None, "test");
    let config = defaults.region(Region::new("ap-northeast-1")).credentials_provider(keys).load().await;
    let source = SecurityHubSource::new(&aws_sdk_securityhub::Client::new(&config));
    let sweep = Sweep::new(vec![Lane::new("ap-northeast-1", Arc::new(source), Budget::new(3.0, 6))]);
    let mut targets = sweep.start(vec![SweepTarget::new(vec!["111100000001".parse()?, "111100000002".parse()?])]);
    let target = targets.next().await.ok_or("one target, one answer")?;
    let report = ReportBuilder::new("Payments", "2026-11-23".parse::<RunId>()?, Timestamp::now());
    let report = target.accounts.into_iter().fold(report, ReportBuilder::with_swept).build()?;
    assert!(report.is_complete() && !report.findings.is_empty(), "{:?}", report.problems);
    assert_eq!(XlsxRenderer::new().render(&report)?.rows, report.findings.len() as u64);
    Ok(())
}
