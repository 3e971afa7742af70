//! Rate limit of the calls for findings.

use findings_core::aws::SecurityHubV2Source;

use super::reader::Reader;
use super::{HubApi, Source};
use crate::options::Options;

/// Calls of GetFindings per second, and calls at once, that AWS allows in an account and Region.
const GET_FINDINGS: (f64, u32) = (3.0, 6);

/// Rate limit of the calls for findings in each Region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pace {
    /// Calls per second.
    pub(crate) rate: f64,
    /// Calls that may be made at once.
    pub(crate) burst: u32,
}

impl Pace {
    /// The pace of the calls to each source. Without options, it is the quota of AWS.
    pub(super) fn resolve(options: &Options, sources: &[Source], reader: &mut Reader) -> Vec<Self> {
        let rate = reader.read_optional("rate", options.rate.as_deref(), rate);
        let burst = reader.read_optional("burst", options.burst.as_deref(), burst);
        let of = |source: &Source| {
            let (rate_of_aws, burst_of_aws) = match source {
                // what an export does not tell, such as the state of an issue that is gone, is asked like this, too
                Source::SecurityHub { api: HubApi::V2, .. } | Source::Export(_) => SecurityHubV2Source::QUOTA,
                _ => GET_FINDINGS,
            };
            Self { rate: rate.unwrap_or(rate_of_aws), burst: burst.unwrap_or(burst_of_aws) }
        };
        sources.iter().map(of).collect()
    }

    /// The pace of calls of GetFindings.
    pub(super) fn of_get_findings(options: &Options, reader: &mut Reader) -> Self {
        Self {
            rate: reader.read("rate", options.rate.as_deref(), GET_FINDINGS.0, rate),
            burst: reader.read("burst", options.burst.as_deref(), GET_FINDINGS.1, burst),
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 1_000.0 => Ok(rate),
        _ => Err(format!("\"{text}\" is not a rate; expected calls a second, such as 3 or 0.5")),
    }
}

fn burst(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(burst) if (1..=1_000).contains(&burst) => Ok(burst),
        _ => Err(format!("\"{text}\" is not a burst; expected a number of calls from 1 to 1000")),
    }
}
