//! Rate limit of the calls for findings.

use findings_core::aws::SecurityHubV2Source;

use super::reader::Reader;
use super::{HubApi, Source};
use crate::options::Options;

/// Rate limit of the calls for findings in each Region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pace {
    /// Calls per second.
    pub(crate) rate: f64,
    /// Calls that may be made at once.
    pub(crate) burst: u32,
}

impl Pace {
    /// The pace of the calls to a source. Without options, it is the quota of AWS.
    pub(super) fn resolve(options: &Options, source: &Source, reader: &mut Reader) -> Self {
        match source {
            // what an export does not tell, such as the state of an issue that is gone, is asked like this, too
            Source::SecurityHub { api: HubApi::V2, .. } | Source::Export(_) => {
                Self::read(options, SecurityHubV2Source::QUOTA, reader)
            }
            _ => Self::of_get_findings(options, reader),
        }
    }

    /// The pace of calls of GetFindings.
    pub(super) fn of_get_findings(options: &Options, reader: &mut Reader) -> Self {
        Self::read(options, (3.0, 6), reader)
    }

    fn read(options: &Options, quota: (f64, u32), reader: &mut Reader) -> Self {
        Self {
            rate: reader.read("rate", options.rate.as_deref(), quota.0, rate),
            burst: reader.read("burst", options.burst.as_deref(), quota.1, burst),
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
