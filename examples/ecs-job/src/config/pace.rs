//! Rate limit of GetFindings calls.

use super::reader::Reader;
use crate::options::Options;

/// Rate limit of GetFindings calls in each Region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pace {
    /// Calls per second.
    pub(crate) rate: f64,
    /// Calls that may be made at once.
    pub(crate) burst: u32,
}

impl Pace {
    pub(super) fn resolve(options: &Options, reader: &mut Reader) -> Self {
        Self {
            rate: reader.read("rate", options.rate.as_deref(), 3.0, rate),
            burst: reader.read("burst", options.burst.as_deref(), 6, burst),
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
