//! Shared by several benches: a client and a source for the simulator.

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::config::{BehaviorVersion, Region};
use findings_core::aws::SecurityHubSource;
use findings_core::source::FindingsSource;
use security_hub_simulator::Simulator;

/// A client of the simulator.
pub(crate) fn client(url: &str) -> Client {
    client_in(url, Simulator::REGION)
}

/// A client of the simulator in a Region.
pub(crate) fn client_in(url: &str, region: &str) -> Client {
    let config = aws_sdk_securityhub::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(Credentials::new("bench", "bench", None, None, "bench"))
        .endpoint_url(url)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

/// The source that `ecs-job` uses.
pub(crate) fn source(url: &str) -> Arc<dyn FindingsSource> {
    Arc::new(SecurityHubSource::new(&client(url)))
}
