//! How metrics are printed.

use super::reader::Reader;
use crate::metrics::Metrics;

pub(super) fn read(value: Option<&str>, reader: &mut Reader) -> Metrics {
    reader.read("metrics", value, Metrics::None, |text| match text {
        "none" => Ok(Metrics::None),
        "emf" => Ok(Metrics::Emf),
        _ => Err(format!("\"{text}\" is not known; expected emf or none")),
    })
}
