//! The configuration of `guidance` and `topics`.

use std::path::PathBuf;

use findings_core::Locale;
use findings_core::desk::Contacts;
use findings_core::guidance::{GuidanceSite, is_control};
use findings_core::history::Sla;
use findings_core::organisation::ReportRange;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::reader::Reader;
use super::values::boolean;
use super::{AwsConfig, ConfigError, History, HistoryConfig, Input, Sources, places, reading};
use crate::options::{NewOptions, Options, PublishOptions, StatusOptions};

/// The weeks of the report that guidance is compared with: enough to know what is new.
const WEEKS: usize = 8;

/// Where `guidance` and `topics` read.
#[derive(Clone, Debug)]
pub(crate) struct KnowledgeConfig {
    pub(crate) history: HistoryConfig,
    pub(crate) range: ReportRange,
    pub(crate) guidance: Option<Input>,
    pub(crate) site: Option<GuidanceSite>,
    pub(crate) contacts: Contacts,
    pub(crate) locale: Locale,
    pub(crate) time_zone: TimeZone,
    s3_path_style: bool,
}

impl KnowledgeConfig {
    pub(crate) fn resolve(options: &Options, now: Timestamp) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        match Self::read(options, now, &mut reader) {
            Some(config) => reader.finish(config),
            None => Err(reader.into_errors()),
        }
    }

    fn read(options: &Options, now: Timestamp, reader: &mut Reader) -> Option<Self> {
        let history = HistoryConfig::read(options, reader);
        let locale = reading::locale(options, reader);
        let zone = reading::time_zone(options, reader, locale).unwrap_or(TimeZone::UTC);
        let config = Self {
            history,
            guidance: reader.read_optional("guidance", options.guidance.as_deref(), Input::file_or_folder),
            site: reader.read_optional("guidance-site", options.guidance_site.as_deref(), str::parse),
            contacts: reader.read("contact", options.contact.as_deref(), Contacts::default(), str::parse),
            s3_path_style: reader.read("s3-path-style", options.s3_path_style.as_deref(), false, boolean),
            range: ReportRange::last_weeks(WEEKS, now, zone.clone()).ok()?,
            locale,
            time_zone: zone,
        };
        Some(config)
    }

    pub(crate) fn aws(&self) -> AwsConfig {
        let is_needed = self.history.aws().is_needed || self.guidance.as_ref().is_some_and(Input::is_s3);
        AwsConfig { is_needed, s3_path_style: self.s3_path_style, ..AwsConfig::default() }
    }
}

/// How `guidance status` judges.
#[derive(Clone, Debug)]
pub(crate) struct StatusConfig {
    pub(crate) knowledge: KnowledgeConfig,
    pub(crate) stale_after_months: u32,
    pub(crate) catalogue: Option<PathBuf>,
}

impl StatusConfig {
    pub(crate) fn resolve(options: &Options, wanted: &StatusOptions, now: Timestamp) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let months = reader.read("stale-after", Some(&wanted.stale_after), 12, months);
        match (KnowledgeConfig::read(options, now, &mut reader), wanted.catalogue.clone()) {
            (Some(knowledge), catalogue) => reader.finish(Self { knowledge, stale_after_months: months, catalogue }),
            (None, _) => Err(reader.into_errors()),
        }
    }
}

/// What `guidance new` writes.
#[derive(Clone, Debug)]
pub(crate) struct NewConfig {
    /// Where titles are looked up if Security Hub is not asked.
    pub(crate) history: HistoryConfig,
    /// The Region of Security Hub; `None` if it is not asked.
    pub(crate) region: Option<String>,
    pub(crate) controls: Vec<String>,
    pub(crate) dir: PathBuf,
    pub(crate) catalogue: Option<PathBuf>,
    pub(crate) locale: Locale,
}

impl NewConfig {
    pub(crate) fn resolve(options: &Options, wanted: &NewOptions) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        for control in wanted.controls.iter().filter(|control| !is_control(control)) {
            reader.fail("CONTROL", format!("\"{control}\" is not a control; expected an ID such as S3.8"));
        }
        let sources = Sources::resolve(options, &mut reader);
        let config = Self {
            history: HistoryConfig {
                history: reader.read("history", options.history.as_deref(), History::default(), places::history),
                sla: Sla::default(),
            },
            region: sources.regions().into_iter().next(),
            controls: wanted.controls.clone(),
            dir: wanted.dir.clone(),
            catalogue: wanted.catalogue.clone(),
            locale: reading::locale(options, &mut reader),
        };
        reader.finish(config)
    }

    pub(crate) fn aws(&self) -> AwsConfig {
        let is_needed = self.region.is_some() || self.history.aws().is_needed;
        AwsConfig { is_needed, region: self.region.clone(), ..AwsConfig::default() }
    }
}

/// What `guidance publish` writes.
#[derive(Clone, Debug)]
pub(crate) struct PublishConfig {
    pub(crate) guidance: Input,
    pub(crate) contacts: Contacts,
    pub(crate) locale: Locale,
    pub(crate) out: PathBuf,
    s3_path_style: bool,
}

impl PublishConfig {
    pub(crate) fn resolve(options: &Options, wanted: &PublishOptions) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let guidance = reader.read_optional("guidance", options.guidance.as_deref(), Input::file_or_folder);
        if guidance.is_none() && !reader.has_failed("guidance") {
            reader.fail("guidance", "missing; name the guidance to publish");
        }
        let locale = reading::locale(options, &mut reader);
        let contacts = reader.read("contact", options.contact.as_deref(), Contacts::default(), str::parse);
        let s3_path_style = reader.read("s3-path-style", options.s3_path_style.as_deref(), false, boolean);
        match guidance {
            Some(guidance) => {
                reader.finish(Self { guidance, contacts, locale, out: wanted.out.clone(), s3_path_style })
            }
            None => Err(reader.into_errors()),
        }
    }

    pub(crate) fn aws(&self) -> AwsConfig {
        AwsConfig { is_needed: self.guidance.is_s3(), s3_path_style: self.s3_path_style, ..AwsConfig::default() }
    }
}

fn months(text: &str) -> Result<u32, String> {
    let number = text.parse::<u32>().ok().filter(|months| *months <= 1_200);
    number.ok_or_else(|| format!("\"{text}\" is not a number of months; give 0 to 1200"))
}
