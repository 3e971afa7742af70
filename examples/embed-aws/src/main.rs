//! Accounts in, a workbook in S3 out: the findings of some accounts from Security Hub, as one workbook with a link that
//! works for seven days at most.
//!
//! Run it in the administrator account of Security Hub, in its home Region, with credentials and Region as for any tool of
//! AWS: `cargo run --bin embed-aws -- BUCKET ACCOUNT [ACCOUNT…]`. It needs `securityhub:GetFindings`, `s3:PutObject` and
//! `s3:GetObject`.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use findings_core::aws::{S3Store, SecurityHubSource};
use findings_core::report::ReportBuilder;
use findings_core::source::{Budget, Lane, Sweep, SweepTarget};
use findings_core::store::{ArtifactKey, ArtifactLink, LinkRequest, PutArtifact};
use findings_core::{AccountId, ArtifactStore, ReportRenderer, RunId};
use findings_xlsx::XlsxRenderer;
use futures::StreamExt;
use jiff::Timestamp;

const PROJECT: &str = "My accounts";
const LINK_LIFETIME: Duration = Duration::from_hours(7 * 24);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let bucket = arguments.next().ok_or("name the bucket, and then the accounts")?;
    let accounts: Vec<AccountId> = arguments.map(|account| account.parse()).collect::<Result<_, _>>()?;
    let config = config().await;
    let link = deliver(&config, &aws_sdk_securityhub::Client::new(&config), &bucket, accounts).await?;
    println!("{}", link.url.expose());
    Ok(())
}

/// Loads the configuration of the environment.
///
/// `aws_config::load_defaults(BehaviorVersion::latest())` alone does it with the default features of the SDK crates. This
/// workspace compiles them without, so that TLS is rustls on ring, and says so here.
async fn config() -> SdkConfig {
    use aws_smithy_http_client::{Builder, tls};
    let ring = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    let http = Builder::new().tls_provider(ring).build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await
}

/// Writes the report of the accounts into the bucket and returns a link to it.
async fn deliver(
    config: &SdkConfig,
    security_hub: &aws_sdk_securityhub::Client,
    bucket: &str,
    accounts: Vec<AccountId>,
) -> Result<ArtifactLink, Box<dyn Error>> {
    let region = config.region().ok_or("set AWS_REGION")?.to_string();
    let source = SecurityHubSource::new(security_hub);
    // three calls a second, six at once: the quota of GetFindings for an account and Region
    let sweep = Sweep::new(vec![Lane::new(&region, Arc::new(source), Budget::new(3.0, 6))]);
    let mut targets = sweep.start(vec![SweepTarget::new(accounts)]);
    let target = targets.next().await.ok_or("the sweep ended early")?;

    let now = Timestamp::now();
    let run = RunId::at(now);
    let report = ReportBuilder::new(PROJECT, run.clone(), now).with_source(region);
    let report = target.accounts.into_iter().fold(report, ReportBuilder::with_swept).build()?;
    let workbook = XlsxRenderer::new().render(&report)?;

    let s3 = aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(config).force_path_style(true).build());
    let credentials = config.credentials_provider().ok_or("no credentials are configured")?;
    let store = S3Store::new(s3, credentials, bucket, "reports");
    let key = ArtifactKey::for_report(&run, PROJECT, workbook.format.extension);
    store.put(&PutArtifact::new(key.clone(), workbook.body, workbook.format.media_type)).await?;
    Ok(store.link(&LinkRequest::new(key, LINK_LIFETIME, now)).await?)
}

#[cfg(test)]
mod tests {
    use asff_fixtures::{Findings, Organisation};
    use aws_config::Region;
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_emulators::{CREDENTIALS, Emulator, EmulatorKind, http_get};
    use security_hub_simulator::Simulator;

    use super::*;

    /// What the environment would say: keys, a Region and the endpoint of the emulator or the simulator.
    fn config(endpoint: &str) -> SdkConfig {
        let keys = Credentials::from_keys(CREDENTIALS.0, CREDENTIALS.1, None);
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(endpoint)
            .build()
    }

    #[tokio::test]
    #[ignore = "needs the emulators: .ci/test"]
    async fn accounts_become_a_workbook_behind_a_link() {
        let emulator = Emulator::shared(EmulatorKind::Ministack).unwrap();
        let bucket = emulator.unique("embed-aws");
        let simulator = Simulator::builder().findings(Findings::sample().values()).start().await.unwrap();
        let (aws, hub) = (config(emulator.endpoint()), aws_sdk_securityhub::Client::new(&config(simulator.url())));
        let path_style = aws_sdk_s3::config::Builder::from(&aws).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(path_style).create_bucket().bucket(&bucket).send().await.unwrap();
        let accounts = Organisation::sample().accounts.iter().map(|account| account.id.parse().unwrap()).collect();
        let link = deliver(&aws, &hub, &bucket, accounts).await.unwrap();
        let answer = http_get(link.url.expose()).await.unwrap();
        assert!(answer.status == 200 && answer.body.starts_with(b"PK"));
    }
}
