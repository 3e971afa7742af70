//! The configuration of `redirect`.

use std::net::SocketAddr;

use findings_core::desk::Contacts;

use super::places::{self, History, Reports};
use super::reader::Reader;
use super::values::boolean;
use super::{AwsConfig, ConfigError};
use crate::options::Options;

/// Where links are kept and reports are stored, and whom readers can ask.
#[derive(Clone, Debug)]
pub(crate) struct RedirectConfig {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) table: String,
    pub(crate) contact: Contacts,
    pub(crate) listen: SocketAddr,
    s3_path_style: bool,
}

impl RedirectConfig {
    pub(crate) fn resolve(options: &Options, listen: &str) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let reports = reader.read("reports", options.reports.as_deref(), Reports::default(), places::reports);
        let (bucket, prefix) = match reports {
            Reports::S3 { bucket, prefix } => (bucket, prefix),
            Reports::Dir(_) => {
                missing(&mut reader, "reports", "readers are sent on to reports in S3; give s3://BUCKET/PREFIX");
                Default::default()
            }
        };
        let history = reader.read("history", options.history.as_deref(), History::default(), places::history);
        let table = match history {
            History::DynamoDb { table } => table,
            History::Sqlite(_) => {
                missing(&mut reader, "history", "links are kept in a table; give dynamodb:TABLE");
                String::new()
            }
        };
        let default = SocketAddr::from(([127, 0, 0, 1], 8080));
        let config = Self {
            bucket,
            prefix,
            table,
            contact: reader.read("contact", options.contact.as_deref(), Contacts::default(), str::parse),
            listen: reader.read("listen", Some(listen), default, address),
            s3_path_style: reader.read("s3-path-style", options.s3_path_style.as_deref(), false, boolean),
        };
        reader.finish(config)
    }

    pub(crate) fn aws(&self) -> AwsConfig {
        AwsConfig { is_needed: true, s3_path_style: self.s3_path_style, ..AwsConfig::default() }
    }
}

/// Reports a place that is not on AWS, unless its value was refused already.
fn missing(reader: &mut Reader, flag: &'static str, message: &str) {
    if !reader.has_failed(flag) {
        reader.fail(flag, message);
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not an address; expected IP:PORT, such as 127.0.0.1:8080"))
}
