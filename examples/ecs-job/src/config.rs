//! From options to a configuration: every mistake at once, each with the name of its variable.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use findings_core::aws::S3Encryption;
use findings_core::history::Sla;
use findings_core::notify::{ChatKind, Recipient};
use findings_core::pipeline::{InDoubt, LinkPolicy};
use findings_core::{Locale, RunId, Secret, Severity};
use findings_notify::{Sender, Webhooks};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::options::Options;

mod coverage;
mod delivery;
mod input;
mod report;

pub(crate) use coverage::regions;
pub(crate) use delivery::LinkCredentials;
pub(crate) use input::Input;
pub(crate) use report::Format;

/// What a run needs to know, checked.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Config {
    pub(crate) projects: Input,
    pub(crate) source: Source,
    pub(crate) reports: Reports,
    /// At least one; people get a link to the first.
    pub(crate) formats: Vec<Format>,
    pub(crate) guidance: Option<Input>,
    pub(crate) notify: Vec<Notify>,
    pub(crate) history: History,
    pub(crate) run_id: RunId,
    pub(crate) locale: Locale,
    pub(crate) time_zone: Option<TimeZone>,
    pub(crate) link: LinkPolicy,
    pub(crate) link_credentials: Option<LinkCredentials>,
    pub(crate) s3_sse: Option<S3Encryption>,
    pub(crate) templates: Option<PathBuf>,
    /// Who gets the digest after a run.
    pub(crate) operators: Vec<Recipient>,
    /// The file of members, for findings from a file.
    pub(crate) coverage: Option<PathBuf>,
    pub(crate) coverage_regions: Vec<String>,
    pub(crate) organizations: bool,
    pub(crate) accepted_gaps: Option<Input>,
    pub(crate) rate: f64,
    pub(crate) burst: u32,
    pub(crate) contact: Option<String>,
    pub(crate) lease: Duration,
    pub(crate) force: bool,
    pub(crate) timings: bool,
    pub(crate) in_doubt: InDoubt,
    pub(crate) sla: Sla,
    pub(crate) mark_notified: bool,
    pub(crate) lookups: u32,
    pub(crate) s3_path_style: bool,
    /// None of the five was given: the sample organisation.
    pub(crate) is_sample: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    File(PathBuf),
    SecurityHub { regions: Vec<String> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reports {
    Dir(PathBuf),
    S3 { bucket: String, prefix: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notify {
    Outbox(PathBuf),
    Ses {
        from: Sender,
        configuration_set: Option<String>,
    },
    Chat {
        kind: ChatKind,
        webhooks: Webhooks,
    },
    /// The URL holds a password.
    Smtp {
        url: Secret<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum History {
    Sqlite(PathBuf),
    DynamoDb { table: String },
}

/// A mistake in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    pub(crate) flag: &'static str,
    pub(crate) message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variable = format!("FINDINGS_{}", self.flag.to_ascii_uppercase().replace('-', "_"));
        write!(f, "--{} ({variable}): {}", self.flag, self.message)
    }
}

/// Collects mistakes while values are read.
#[derive(Debug, Default)]
struct Reader {
    errors: Vec<ConfigError>,
}

impl Reader {
    fn fail(&mut self, flag: &'static str, message: impl Into<String>) {
        self.errors.push(ConfigError { flag, message: message.into() });
    }

    /// The value of an option, or its default; a mistake gives the default and is remembered.
    fn read<T>(
        &mut self,
        flag: &'static str,
        value: Option<String>,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        let Some(text) = value else { return default };
        match parse(&text) {
            Ok(value) => value,
            Err(message) => {
                self.fail(flag, message);
                default
            }
        }
    }
}

/// Reads the options. An option that is empty counts as not given, because task definitions pass empty variables on.
pub(crate) fn resolve(options: Options, now: Timestamp) -> Result<Config, Vec<ConfigError>> {
    let given = |value: Option<String>| value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
    let options = Options {
        projects: given(options.projects),
        source: given(options.source),
        reports: given(options.reports),
        notify: options.notify.into_iter().filter_map(|n| given(Some(n))).collect(),
        history: given(options.history),
        ..options
    };
    let mut reader = Reader::default();
    let is_sample = check_togetherness(&options, &mut reader);
    let locale = reader.read("locale", given(options.locale), Locale::En, |t| t.parse().map_err(|e| format!("{e}")));
    let config = Config {
        projects: reader.read(
            "projects",
            options.projects,
            Input::Path("examples/data/projects.csv".into()),
            Input::file,
        ),
        source: reader.read("source", options.source, Source::File("examples/data/findings.json".into()), source),
        reports: reader.read("reports", options.reports, Reports::Dir("out/reports".into()), reports),
        formats: reader.read("format", given(options.format), vec![Format::Xlsx], report::formats),
        guidance: reader.read("guidance", given(options.guidance), None, |t| Input::file_or_folder(t).map(Some)),
        notify: delivery::notifiers(options.notify, &mut reader),
        history: reader.read("history", options.history, History::Sqlite("out/history.db".into()), history),
        run_id: reader.read("run-id", given(options.run_id), RunId::at(now), |t| t.parse().map_err(|e| format!("{e}"))),
        time_zone: reader.read("time-zone", given(options.time_zone), default_zone(locale), time_zone),
        locale,
        link: delivery::link_policy(&mut reader, given(options.link_ttl), given(options.link_min_ttl)),
        link_credentials: reader.read("link-credentials", given(options.link_credentials), None, |t| {
            delivery::link_credentials(t).map(Some)
        }),
        s3_sse: reader.read("s3-sse", given(options.s3_sse), None, |t| delivery::s3_sse(t).map(Some)),
        templates: given(options.templates).map(PathBuf::from),
        operators: reader.read("operators", given(options.operators), Vec::new(), delivery::operators),
        coverage: reader.read("coverage", given(options.coverage), None, |t| path(t, "a path").map(Some)),
        coverage_regions: reader.read(
            "coverage-regions",
            given(options.coverage_regions),
            Vec::new(),
            coverage::regions,
        ),
        organizations: reader.read("organizations", given(options.organizations), false, boolean),
        accepted_gaps: reader.read("accepted-gaps", given(options.accepted_gaps), None, |t| Input::file(t).map(Some)),
        rate: reader.read("rate", given(options.rate), 3.0, rate),
        burst: reader.read("burst", given(options.burst), 6, burst),
        contact: given(options.contact),
        lease: reader.read("lease", given(options.lease), Duration::from_mins(5), lease),
        force: options.force,
        timings: options.timings,
        lookups: reader.read("lookups", given(options.lookups), 300, lookups),
        mark_notified: reader.read("mark-notified", given(options.mark_notified), false, boolean),
        sla: reader.read("sla", given(options.sla), Sla::default(), sla),
        in_doubt: reader.read("in-doubt", given(options.in_doubt), InDoubt::default(), in_doubt),
        s3_path_style: reader.read("s3-path-style", given(options.s3_path_style), false, boolean),
        is_sample,
    };
    check_s3_options(&config, &mut reader);
    let contradiction =
        coverage::contradiction(&config.source, config.coverage.is_some(), !config.coverage_regions.is_empty());
    if config.organizations && matches!(config.source, Source::File(_)) && config.coverage.is_none() {
        reader.fail(
            "organizations",
            "it adds to the coverage, which an exported file does not tell; give --coverage too",
        );
    }
    if let Some((flag, message)) = contradiction {
        reader.fail(flag, message);
    }
    // a notifier that could not be read is told, and might be one that mails
    let notifiers_are_known = reader.errors.iter().all(|e| e.flag != "notify");
    let sends_mail = config.notify.iter().any(|n| !matches!(n, Notify::Chat { .. }));
    if !config.operators.is_empty() && notifiers_are_known && !sends_mail {
        reader.fail("operators", "they are told by mail, and --notify names nothing that sends mail");
    }
    if config.mark_notified && matches!(config.source, Source::File(_)) {
        reader.fail("mark-notified", "it is for findings from Security Hub, and --source is a file");
    }
    if reader.errors.is_empty() { Ok(config) } else { Err(reader.errors) }
}

/// A forgotten variable must neither mail sample data nor lose the history in a container.
fn check_togetherness(options: &Options, reader: &mut Reader) -> bool {
    let given = [
        ("projects", options.projects.is_some()),
        ("source", options.source.is_some()),
        ("reports", options.reports.is_some()),
        ("notify", !options.notify.is_empty()),
        ("history", options.history.is_some()),
    ];
    let is_sample = given.iter().all(|(_, is)| !is);
    let from_aws = options.source.as_deref().is_some_and(|s| s.starts_with("securityhub:"));
    for (flag, is) in given {
        if is || is_sample {
            continue;
        }
        if from_aws {
            reader.fail(flag, "missing; with a securityhub: source all of projects, source, reports, notify and history must be given");
        } else if matches!(flag, "projects" | "source") {
            reader.fail(flag, "missing; the sample data stand in only if none of projects, source, reports, notify and history is given");
        }
    }
    is_sample
}

/// Who asks for encryption or lasting links must not believe to have them where there is no S3.
fn check_s3_options(config: &Config, reader: &mut Reader) {
    let message = "it is for reports in S3, and --reports is a directory";
    if matches!(config.reports, Reports::Dir(_)) {
        for (flag, given) in
            [("s3-sse", config.s3_sse.is_some()), ("link-credentials", config.link_credentials.is_some())]
        {
            if given {
                reader.fail(flag, message);
            }
        }
    }
}

/// Readers of another language than the default have the zone of theirs, unless one is given for all.
fn default_zone(locale: Locale) -> Option<TimeZone> {
    (locale != Locale::En).then(|| locale.time_zone())
}

fn s3_url(text: &str) -> Option<Result<(String, String), String>> {
    let rest = text.strip_prefix("s3://")?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    if (3..=63).contains(&bucket.len()) && bucket.chars().all(legal) {
        Some(Ok((bucket.to_owned(), key.to_owned())))
    } else {
        Some(Err(format!("\"{bucket}\" is not a bucket name; expected s3://bucket/key")))
    }
}

/// A scheme that nobody knows is a typing error, not the name of a file.
fn path(text: &str, schemes: &str) -> Result<PathBuf, String> {
    match text.split_once(':') {
        Some((scheme, _)) if scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Err(format!("\"{scheme}:\" is not known here; expected {schemes}"))
        }
        _ => Ok(PathBuf::from(text)),
    }
}

fn source(text: &str) -> Result<Source, String> {
    let Some(list) = text.strip_prefix("securityhub:") else {
        return path(text, "a path of ASFF JSON or securityhub:REGION[,REGION…]").map(Source::File);
    };
    let regions: Vec<String> = list.split(',').map(|r| r.trim().to_owned()).collect();
    match regions.iter().find(|r| !is_region(r)) {
        Some(bad) => Err(format!(
            "\"{bad}\" is not a Region; expected securityhub:REGION[,REGION…], such as securityhub:ap-northeast-1"
        )),
        None => Ok(Source::SecurityHub { regions }),
    }
}

fn is_region(text: &str) -> bool {
    text.split('-').count() >= 3
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && text.ends_with(|c: char| c.is_ascii_digit())
}

fn reports(text: &str) -> Result<Reports, String> {
    match s3_url(text) {
        Some(Ok((bucket, prefix))) => Ok(Reports::S3 { bucket, prefix }),
        Some(Err(message)) => Err(message),
        None => path(text, "a directory or s3://bucket/prefix").map(Reports::Dir),
    }
}

fn history(text: &str) -> Result<History, String> {
    match text.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(History::Sqlite(path.into())),
        Some(("dynamodb", table)) if is_table_name(table) => Ok(History::DynamoDb { table: table.to_owned() }),
        Some(("dynamodb", table)) => Err(format!("\"{table}\" is not a table name: 3 to 255 of A-Z a-z 0-9 _ . -")),
        // the text is not repeated: if variables were mixed up it may hold a password
        _ => Err("not a history; expected sqlite:PATH or dynamodb:TABLE".to_owned()),
    }
}

fn is_table_name(name: &str) -> bool {
    (3..=255).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

fn time_zone(text: &str) -> Result<Option<TimeZone>, String> {
    TimeZone::get(text)
        .map(Some)
        .map_err(|_| format!("\"{text}\" is not a time zone; expected an IANA name such as Asia/Tokyo"))
}

/// `90s`, `15m`, `12h` or `7d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("\"{text}\" is not a duration; expected a number and s, m, h or d, such as 90s, 15m or 7d");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(bad)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(bad()),
    };
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let number: u64 = number.parse().map_err(|_| bad())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(bad)
}

fn lease(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        lease if lease < Duration::from_secs(15) => {
            Err(format!("{text} is too short to be renewed; give at least 15s"))
        }
        lease => Ok(lease),
    }
}

fn sla(text: &str) -> Result<Sla, String> {
    text.split(',').try_fold(Sla::default(), |sla, part| {
        let bad = || format!("\"{part}\" is not a target; expected SEVERITY=DURATION, such as critical=7d,high=30d");
        let (name, target) = part.split_once('=').ok_or_else(bad)?;
        let is_named = |severity: &Severity| severity.as_str().eq_ignore_ascii_case(name.trim());
        let severity = Severity::WORST_FIRST.into_iter().find(is_named).ok_or_else(bad)?;
        if sla.target(severity).is_some() {
            return Err(format!("{} is given twice", severity.as_str()));
        }
        Ok(sla.with_target(severity, duration(target.trim())?))
    })
}

fn lookups(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not a number of calls, such as 300"))
}

fn in_doubt(text: &str) -> Result<InDoubt, String> {
    match text {
        "resend" => Ok(InDoubt::Resend),
        "skip" => Ok(InDoubt::Skip),
        _ => Err(format!("\"{text}\" is not known; expected resend or skip")),
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

fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err(format!("\"{text}\" is neither true nor false")),
    }
}

#[cfg(test)]
mod tests;
