//! Options for reports: formats, guidance, location, encryption and links.

use findings_core::aws::S3Encryption;
use findings_core::console::{ConsolePortal, InvalidPortal};
use findings_core::guidance::GuidanceSite;
use findings_core::pipeline::LinkPolicy;
use findings_xlsx::FindingColumns;

use super::Input;
use super::links::{self, LinkCredentials, Links};
use super::places::{self, Reports};
use super::reader::Reader;
use crate::options::Options;

/// The configuration of reports.
#[derive(Clone, Debug)]
pub(crate) struct ReportConfig {
    pub(crate) place: Reports,
    pub(crate) encryption: Option<S3Encryption>,
    /// At least one; recipients get a link to the first.
    pub(crate) formats: Vec<Format>,
    pub(crate) guidance: Option<Input>,
    pub(crate) columns: FindingColumns,
    pub(crate) console_portal: Option<ConsolePortal>,
    /// Where the guidance is published.
    pub(crate) guidance_site: Option<GuidanceSite>,
    pub(crate) links: Links,
    pub(crate) link: LinkPolicy,
    pub(crate) link_credentials: Option<LinkCredentials>,
}

impl ReportConfig {
    pub(super) fn resolve(options: &Options, reader: &mut Reader) -> Self {
        let credentials = options.link_credentials.as_deref();
        let links = reader.read("links", options.links.as_deref(), Links::default(), links::links);
        let (ttl, min_ttl) = (options.link_ttl.as_deref(), options.link_min_ttl.as_deref());
        let config = Self {
            place: reader.read("reports", options.reports.as_deref(), Reports::default(), places::reports),
            formats: reader.read("format", options.format.as_deref(), vec![Format::Xlsx], formats),
            guidance: reader.read_optional("guidance", options.guidance.as_deref(), Input::file_or_folder),
            columns: reader.read("columns", options.columns.as_deref(), FindingColumns::standard(), columns),
            console_portal: reader.read_optional("console-portal", options.console_portal.as_deref(), |text| {
                text.parse().map_err(|error: InvalidPortal| error.to_string())
            }),
            guidance_site: reader.read_optional("guidance-site", options.guidance_site.as_deref(), str::parse),
            link: links::link_policy(reader, &links, ttl, min_ttl),
            links,
            link_credentials: reader.read_optional("link-credentials", credentials, links::link_credentials),
            encryption: reader.read_optional("s3-sse", options.s3_sse.as_deref(), s3_sse),
        };
        config.check_place(reader);
        config
    }

    /// Refuses options that only affect S3 if reports are stored in a directory. To ignore them would leave reports
    /// unencrypted that the operator expects to be encrypted.
    fn check_place(&self, reader: &mut Reader) {
        let redirects = matches!(self.links, Links::Redirect(_));
        if redirects && self.link_credentials.is_some() {
            reader.fail(
                "link-credentials",
                "they sign nothing, because --links is redirect:URL; leave one of the two out",
            );
        }
        if matches!(self.place, Reports::S3 { .. }) {
            return;
        }
        let needs_s3 = [
            ("s3-sse", self.encryption.is_some()),
            ("link-credentials", self.link_credentials.is_some()),
            ("links", redirects),
        ];
        for (flag, _) in needs_s3.into_iter().filter(|(_, is_given)| *is_given) {
            reader.fail(flag, "it is for reports in S3, and --reports is a directory");
        }
    }
}

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Xlsx,
    Html,
    Csv,
    Jsonl,
}

impl Format {
    const ALL: [Self; 4] = [Self::Xlsx, Self::Html, Self::Csv, Self::Jsonl];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// Parses formats separated by commas, each at most once.
fn formats(text: &str) -> Result<Vec<Format>, String> {
    let mut formats = Vec::new();
    for name in text.split(',').map(str::trim) {
        let known = Format::ALL.into_iter().find(|format| format.as_str() == name);
        let format = known.ok_or_else(|| {
            format!("\"{name}\" is not a format; expected xlsx, html, csv or jsonl, several separated by commas")
        })?;
        if formats.contains(&format) {
            return Err(format!("{name} is given twice"));
        }
        formats.push(format);
    }
    Ok(formats)
}

/// Parses the IDs of columns, separated by commas.
fn columns(text: &str) -> Result<FindingColumns, String> {
    FindingColumns::standard().in_order(text.split(',')).map_err(|error| error.to_string())
}

/// Parses a value of the header `x-amz-server-side-encryption`, for KMS with an optional key after a colon.
fn s3_sse(text: &str) -> Result<S3Encryption, String> {
    if text.eq_ignore_ascii_case("AES256") {
        return Ok(S3Encryption::Aes256);
    }
    match text.strip_prefix("aws:kms") {
        Some("") => Ok(S3Encryption::Kms { key_id: None }),
        Some(key) if key.len() > 1 && key.starts_with(':') => {
            Ok(S3Encryption::Kms { key_id: Some(key[1..].to_owned()) })
        }
        _ => Err(format!("\"{text}\" is not an encryption of S3; expected AES256, aws:kms or aws:kms:KEY")),
    }
}
