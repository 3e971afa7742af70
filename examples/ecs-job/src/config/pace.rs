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
    /// The pace of the calls to a source that AWS allows.
    pub(super) fn of_aws(source: &Source) -> Self {
        let (rate, burst) = match source {
            // what an export does not tell, such as the state of an issue that is gone, is asked like this, too
            Source::SecurityHub { api: HubApi::V2, .. } | Source::Export(_) => SecurityHubV2Source::QUOTA,
            _ => GET_FINDINGS,
        };
        Self { rate, burst }
    }

    /// The rate and the burst of the options.
    pub(super) fn given(options: &Options, reader: &mut Reader) -> (Option<f64>, Option<u32>) {
        let rate = reader.read_optional("rate", options.rate.as_deref(), rate);
        (rate, reader.read_optional("burst", options.burst.as_deref(), burst))
    }

    /// Returns the pace with what is given in its place.
    pub(super) fn with(self, (rate, burst): (Option<f64>, Option<u32>)) -> Self {
        Self { rate: rate.unwrap_or(self.rate), burst: burst.unwrap_or(self.burst) }
    }

    /// The part of each of several processes that call at the same time.
    pub(super) fn shared(self, processes: u32) -> Self {
        Self { rate: self.rate / f64::from(processes.max(1)), burst: (self.burst / processes.max(1)).max(1) }
    }

    /// The pace of calls of GetFindings.
    pub(super) fn of_get_findings(options: &Options, reader: &mut Reader) -> Self {
        let (rate, burst) = GET_FINDINGS;
        Self { rate, burst }.with(Self::given(options, reader))
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
