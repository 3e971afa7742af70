//! `ecs-job plan`: reads and checks everything, shows what a run would do, and sends nothing but a test mail if one is
//! asked for.

mod chat_only;
mod run_state;
mod services;
mod test_mail;

use findings_core::coverage::{CoverageRequest, Ownership};
use findings_core::languages::Language;
use findings_core::notify::Recipient;
use findings_core::pipeline::{
    RegistryComparison, ShortLinkPolicy, UnownedPolicy, compare_registry, unserved_recipients,
};
use findings_core::registry::{Project, Registry};
use findings_core::source::{
    AccountBatch, FindingsQuery, FindingsSource, Lane, PageRequest, PageSize, RetryPolicy, batches,
};
use findings_core::{AccountId, ErrorKind, Locale, NotifyWhen, Result, Setting};
use jiff::Timestamp;

use self::run_state::check_run_state;
pub(crate) use self::services::check_services;
use crate::config::{ConfiguredSource, History, Notify, Reports, RunConfig, Source, names};
use crate::output::{self, SHOWN};
use crate::run::hint_at_sample;
use crate::waiting::{announced, limited};
use crate::wiring::{Wired, Wiring};
use crate::{COULD_NOT_START, coverage, ending, settings};

/// Number of problems of projects that are printed.
const MAX_PROBLEMS: usize = 200;
/// Attempts for the page of a lane. A plan that waits long for a service that is out of reach helps nobody.
const ATTEMPTS: u32 = 2;

/// Prints the plan, sends the test mail if one is asked for, and returns the exit code: 0 if no problem was found, 1 if a
/// part of a run would fail, 2 if a run could not start.
pub(crate) async fn plan(config: &RunConfig, test_mail: Option<&Recipient>) -> u8 {
    let Loaded { wiring, wired, registry, chosen, lanes } = match read(config).await {
        Ok(read) => read,
        Err(error) => {
            ending::print_errors("a run could not start", &[settings::failure(&error)]);
            return COULD_NOT_START;
        }
    };
    let mut problems = print_registry(&chosen, config);
    let left = registry.projects.len() - chosen.projects.len();
    if left > 0 {
        ending::print_line(&format!("  (note) {left} others of the registry stay as they are"));
    }
    problems += print_owners(&wiring, &registry, config).await;
    print_calls(&chosen, &lanes, config);
    let probes = check_lanes(&chosen, &lanes, config).await;
    problems += probes.problems;
    problems += check_coverage(&wiring, &chosen, &wired, probes.is_out_of_reach, config).await;
    problems += check_backends(&wired).await;
    problems += check_history(&registry, &wired, config).await;
    problems += check_links(&wired, config).await;
    problems += check_recipients(&chosen, &wired);
    chat_only::print(&chosen, config);
    print_targets(config);
    if chosen.projects.iter().all(|p| p.accounts.is_empty()) {
        ending::print_errors("a run could not start", &["no usable project in the registry".to_owned()]);
        return COULD_NOT_START;
    }
    if let Some(to) = test_mail {
        problems += test_mail::send(to, &wired, config).await;
    }
    let end = if problems == 0 {
        "Nothing stands in the way of a run.".to_owned()
    } else {
        format!("{}, see above.", counted(problems, "problem", "problems"))
    };
    let but = if test_mail.is_some() { "Except for the test mail, nothing" } else { "Nothing" };
    ending::print_line(&format!("\n{end} {but} was sent or stored."));
    u8::from(problems > 0)
}

/// Everything that is loaded for a plan.
struct Loaded<'a> {
    wiring: Wiring<'a>,
    wired: Wired,
    registry: Registry,
    /// The projects that the run would do.
    chosen: Registry,
    lanes: Vec<Lane>,
}

async fn read(config: &RunConfig) -> Result<Loaded<'_>> {
    let wiring = Wiring::load(config).await?;
    let wired = announced("the guidance", wiring.wire()).await?;
    let place = format!("the registry {}", config.projects);
    let loading = limited(&place, "read the registry", wired.parts.registry.load());
    let registry = loading.await.map_err(|error| hint_at_sample(error, config))?;
    let registry = registry.with_renames(&config.renames)?;
    let chosen = registry.chosen(&config.only)?;
    let lanes = wiring.lanes().await?;
    Ok(Loaded { wiring, wired, registry, chosen, lanes })
}

/// Prints what is wrong with the rules for owners, and returns how many problems there are.
async fn print_owners(wiring: &Wiring<'_>, registry: &Registry, config: &RunConfig) -> usize {
    let Some(place) = &config.owners else { return 0 };
    let rules = match wiring.owners().await {
        Ok(rules) => rules,
        Err(error) => {
            ending::print_line(&format!("  ! --owners: {}", settings::failure(&error)));
            return 1;
        }
    };
    ending::print_line(&format!("Owners: {} of {place}", counted(rules.rules.len(), "rule", "rules")));
    for problem in &rules.problems {
        ending::print_line(&format!("  ! {problem}; the rule is not used"));
    }
    for useless in rules.check(registry).iter().take(MAX_PROBLEMS) {
        ending::print_line(&format!("  (note) {useless}"));
    }
    rules.problems.len()
}

fn print_registry(registry: &Registry, config: &RunConfig) -> usize {
    ending::print_line(&format!("Projects: {}", registry.projects.len()));
    let of_projects = registry.projects.iter().map(|p| p.problems.len()).sum::<usize>();
    // the registry may have a thousand projects, and each of them some
    let mut room = MAX_PROBLEMS;
    for project in &registry.projects {
        let locale = project.locale.unwrap_or(config.locale);
        let recipients: Vec<String> = project.recipients.iter().map(|to| with_choice(project, to, config)).collect();
        let told = if recipients.is_empty() { "nobody!".to_owned() } else { recipients.join(", ") };
        let language = Language::of(locale).english_name;
        ending::print_line(&format!(
            "  {} - {}, {language}, to {told}",
            project.name,
            counted(project.accounts.len(), "account", "accounts")
        ));
        if let Some(own) = own_settings(project, locale) {
            ending::print_line(&format!("    {own}"));
        }
        for problem in project.problems.iter().take(room) {
            ending::print_line(&format!("    ! {problem}"));
        }
        room = room.saturating_sub(project.problems.len());
    }
    if of_projects > MAX_PROBLEMS {
        ending::print_line(&format!("  ! and {} more problems of projects", of_projects - MAX_PROBLEMS));
    }
    for problem in &registry.problems {
        ending::print_line(&format!("  ! {problem}"));
    }
    for warning in registry.warnings.iter().chain(&registry.look_alikes) {
        ending::print_line(&format!("  (note) {warning}"));
    }
    let untold = registry.projects.iter().filter(|p| p.recipients.is_empty() && p.problems.is_empty()).count();
    untold + registry.problems.len() + of_projects
}

/// A recipient, and which reports they hear of if these are not all.
fn with_choice(project: &Project, recipient: &Recipient, config: &RunConfig) -> String {
    match project.choice_of(recipient).unwrap_or(config.audience.notify_when) {
        NotifyWhen::Always => recipient.to_string(),
        when => format!("{recipient} ({when})"),
    }
}

/// What the registry sets for a project alone.
fn own_settings(project: &Project, locale: Locale) -> Option<String> {
    let zone = project.time_zone.as_ref().and_then(|zone| zone.iana_name()).map(|name| format!("time zone {name}"));
    let severity = project.min_severity.map(|severity| format!("first lines of mails from {severity} on"));
    let contact = project.contact.as_ref().and_then(|contact| contact.of(locale)).map(|text| format!("contact {text}"));
    let own: Vec<String> = [zone, severity, contact].into_iter().flatten().collect();
    (!own.is_empty()).then(|| own.join(", "))
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn accounts(registry: &Registry) -> Vec<AccountId> {
    registry.projects.iter().flat_map(|p| p.accounts.iter().copied()).collect()
}

fn print_calls(registry: &Registry, lanes: &[Lane], config: &RunConfig) {
    let queries = batches(&accounts(registry));
    let unique: usize = queries.iter().map(|b| b.accounts().len()).sum();
    let names: Vec<&str> = lanes.iter().map(Lane::name).collect();
    ending::print_line(&format!(
        "\nFindings from {}: {} in {}",
        names.join(", "),
        counted(unique, "account", "accounts"),
        counted(queries.len(), "query", "queries")
    ));
    for one in config.sources.iter() {
        print_calls_to(one, queries.len(), config.sources.are_several());
    }
    if config.sources.are_several() {
        ending::print_line(
            "  all sources are read at the same time; a finding that several have counts once, in its newest version",
        );
    }
}

/// Prints what reading a source costs. It is named if there are several.
#[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
fn print_calls_to(one: &ConfiguredSource, queries: usize, is_named: bool) {
    let name = if is_named { format!("{}: ", one.text) } else { String::new() };
    match &one.source {
        Source::Export(place) => ending::print_line(&format!(
            "  {name}the run exports all findings to s3://{}/{}; here, one is asked for",
            place.bucket, place.prefix
        )),
        Source::SecurityHub { .. } => {
            let (seconds, rate) = (queries as f64 / one.pace.rate, one.pace.rate);
            ending::print_line(&format!(
                "  {name}at least {} in each Region, {seconds:.0} s at {rate} a second, and 1 more for every 100 findings",
                counted(queries, "call", "calls")
            ));
        }
        Source::File(_) | Source::S3 { .. } if is_named => {
            ending::print_line(&format!("  {name}no calls of Security Hub"));
        }
        Source::File(_) | Source::S3 { .. } => {}
    }
}

/// What the calls to the sources showed.
#[derive(Default)]
struct Probes {
    problems: usize,
    /// Whether a Region of Security Hub does not answer.
    is_out_of_reach: bool,
}

/// Fetches one finding from each source, which verifies credentials, permissions, Region and filters.
async fn check_lanes(registry: &Registry, lanes: &[Lane], config: &RunConfig) -> Probes {
    let mut probes = Probes::default();
    let Some(batch) = batches(&accounts(registry)).into_iter().next() else { return probes };
    for lane in lanes {
        match probe(lane, batch.clone()).await {
            Ok(rejected) => probes.problems += print_answer(lane, &rejected),
            Err(error) => {
                probes.problems += 1;
                let failure = settings::failure(&error);
                let is_silent = matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout);
                let is_hub = config.sources.regions().iter().any(|region| region == lane.region());
                probes.is_out_of_reach |= is_silent && is_hub;
                let advice = if is_silent && is_hub { reach(lane.region()) } else { String::new() };
                ending::print_line(&format!("  ! {}: {failure}{advice}", lane.name()));
            }
        }
    }
    probes
}

/// Says what to check if Security Hub does not answer in a Region.
fn reach(region: &str) -> String {
    format!(
        "; Security Hub in {region} cannot be reached: check the name of the Region, the way of the subnets to the internet or to \
         an interface endpoint of securityhub, and AWS_ENDPOINT_URL"
    )
}

/// Prints that a source answers, and records that cannot be read. Returns their number.
fn print_answer(lane: &Lane, rejected: &[String]) -> usize {
    if rejected.is_empty() {
        ending::print_line(&format!("  {}: answers", lane.name()));
        return 0;
    }
    let records = counted(rejected.len(), "unreadable record", "unreadable records");
    ending::print_line(&format!("  ! {}: {records}", lane.name()));
    for record in output::first(rejected) {
        ending::print_line(&format!("    {record}"));
    }
    rejected.len()
}

async fn probe(lane: &Lane, batch: AccountBatch) -> Result<Vec<String>> {
    let mut query = FindingsQuery::new(batch);
    if let Ok(one) = PageSize::new(1) {
        query = query.with_page_size(one);
    }
    let (source, request) =
        (lane.paced_source(&RetryPolicy::default().with_attempts(ATTEMPTS)), PageRequest::first(query));
    let what = format!("GetFindings in {}", lane.name());
    let page = limited(&what, "get findings from Security Hub", source.page(&request)).await?;
    Ok(page.rejected.iter().map(ToString::to_string).collect())
}

/// Checks coverage by membership only. To find out whether checks are made would cost as many calls as a run.
async fn check_coverage(
    wiring: &Wiring<'_>,
    registry: &Registry,
    wired: &Wired,
    is_out_of_reach: bool,
    config: &RunConfig,
) -> usize {
    let accepted = match wiring.accepted_gaps().await {
        Ok(accepted) => accepted,
        Err(error) => {
            ending::print_line(&format!("  ! --accepted-gaps: {}", settings::failure(&error)));
            return 1;
        }
    };
    let Some(source) = &wired.parts.coverage else {
        ending::print_line("  (note) an exported file does not tell who is covered; give --coverage");
        return accepted.problems.len();
    };
    ending::print_line("\nCoverage:");
    if is_out_of_reach {
        ending::print_line("  (note) not looked at, because Security Hub cannot be reached");
        return accepted.problems.len();
    }
    let request = CoverageRequest::new(accounts(registry));
    let facts = match announced("the members of Security Hub and its linked Regions", source.check(&request)).await {
        Ok(facts) => facts,
        Err(error) => {
            ending::print_line(&format!("  ! {}", settings::failure(&error)));
            return 1 + accepted.problems.len();
        }
    };
    let problems = coverage::print_membership(&facts, registry, &accepted);
    if config.only.is_empty() {
        let ownership = Ownership::compare(&registry.projects, Some(&facts));
        coverage::print_ownership(&ownership, SHOWN);
        print_unowned_calls(&ownership, registry, config);
    }
    coverage::LinkedRegions::of(&facts).print("  ");
    facts.notes.iter().for_each(|note| ending::print_line(&format!("  (note) {note}")));
    let calls = counted(usize::try_from(facts.calls).unwrap_or(usize::MAX), "call", "calls");
    ending::print_line(&format!("  looked at members with {calls}; `ecs-job coverage` also looks for checks"));
    problems + accepted.problems.len()
}

/// Prints how many calls of GetFindings a run makes for accounts that no project owns.
fn print_unowned_calls(ownership: &Ownership, registry: &Registry, config: &RunConfig) {
    if ownership.unowned.is_empty() || config.unowned != UnownedPolicy::Count {
        return;
    }
    let own = accounts(registry);
    let all: Vec<AccountId> = own.iter().copied().chain(ownership.unowned.iter().map(|u| u.account)).collect();
    let (of_projects, total) = (batches(&own).len(), batches(&all).len());
    ending::print_line(&format!(
        "  counting the findings of {}: {} in each Region, at least {total} in all, and up to {} to look for checks; see {}",
        counted(ownership.unowned.len(), "account without an owner", "accounts without an owner"),
        counted(total - of_projects, "more call", "more calls"),
        ownership.unowned.len(),
        names("unowned")
    ));
}

async fn check_backends(wired: &Wired) -> usize {
    ending::print_line("\nBackends:");
    let mut problems = 0;
    for (flag, backend) in &wired.backends {
        match limited(&format!("the answer of --{flag}"), "check", backend.check()).await {
            Ok(report) => ending::print_line(&format!("  --{flag:<8} {}", report.summary)),
            Err(error) => {
                problems += 1;
                ending::print_line(&format!("  ! --{flag}: {}", settings::failure(&error)));
            }
        }
    }
    problems
}

/// Prints what history and ledger say, and returns the number of problems. Only reads; a database that is not ready is
/// not touched, because opening it would make it.
async fn check_history(registry: &Registry, wired: &Wired, config: &RunConfig) -> usize {
    if let History::Sqlite(path) = &config.history
        && !path.exists()
    {
        return 0;
    }
    let history = wired.backends.iter().find(|(flag, _)| *flag == "history");
    if let Some((_, backend)) = history
        && limited("the answer of --history", "check", backend.check()).await.is_err()
    {
        return 0;
    }
    check_names(registry, wired).await + check_run_state(wired, config).await
}

/// Prints how the registry compares with the history, and returns the number of problems.
async fn check_names(registry: &Registry, wired: &Wired) -> usize {
    let comparing = compare_registry(&*wired.parts.history_reader, registry);
    match announced("the names of projects in the history", comparing).await {
        Ok(comparison) => {
            print_comparison(&comparison);
            0
        }
        Err(error) => {
            ending::print_line(&format!("  ! --history: {}", settings::failure(&error)));
            1
        }
    }
}

fn print_comparison(comparison: &RegistryComparison) {
    if let Some(warning) = &comparison.warning {
        note(&warning.message);
    }
    for absent in comparison.departed.iter().take(SHOWN) {
        let issues =
            counted(usize::try_from(absent.issues).unwrap_or(usize::MAX), "open issue stays", "open issues stay");
        note(&format!("in the history and not in the registry: {}; its {issues} open", absent.project));
    }
    if let Some(hidden) = comparison.departed.len().checked_sub(SHOWN).filter(|hidden| *hidden > 0) {
        note(&format!("and {hidden} more projects that are not in the registry"));
    }
    for carried in &comparison.carried {
        note(&format!("{} goes on with the history of {}", carried.project, carried.from.join(" and ")));
    }
}

fn note(text: &str) {
    ending::print_line(&format!("  (note) {text}"));
}

/// Prints recipients that no notifier serves, and returns their number.
fn check_recipients(registry: &Registry, wired: &Wired) -> usize {
    let unserved = unserved_recipients(&registry.projects, &wired.parts.notifiers);
    for recipient in unserved.iter().take(MAX_PROBLEMS) {
        ending::print_line(&format!("  ! {recipient}; see {}", names("notify")));
    }
    if let Some(hidden) = unserved.len().checked_sub(MAX_PROBLEMS).filter(|hidden| *hidden > 0) {
        ending::print_line(&format!("  ! and {hidden} more recipients that no notifier serves"));
    }
    unserved.len()
}

/// Prints when links that are created now would expire, and returns the number of problems.
async fn check_links(wired: &Wired, config: &RunConfig) -> usize {
    let forecast = config.report.link.forecast(&*wired.parts.store, Timestamp::now());
    let forecast = match announced("the credentials that sign links", forecast).await {
        Ok(forecast) => forecast,
        Err(error) => {
            ending::print_line(&format!("  ! links: {}", settings::failure(&error)));
            return 1;
        }
    };
    let until = match forecast.expires_at {
        Some(end) => format!("links made now work until {}", end.strftime("%Y-%m-%dT%H:%M:%SZ")),
        None => "links do not expire".to_owned(),
    };
    let Some(short) = forecast.too_short else {
        ending::print_line(&format!("  {until}"));
        return 0;
    };
    let (mark, then) = match config.report.link.short {
        ShortLinkPolicy::Fail => ("! ", "; a run would not start"),
        ShortLinkPolicy::Attach => ("(note) ", "; reports below 10 MB go along as attachments"),
        _ => ("(note) ", "; the mails say so"),
    };
    ending::print_line(&format!("  {mark}{short}{}{then}", settings::hint_at(Setting::LinkCredentials)));
    usize::from(config.report.link.short == ShortLinkPolicy::Fail)
}

fn print_targets(config: &RunConfig) {
    let run = config.run_id.key_segment();
    let place = match &config.report.place {
        Reports::Dir(dir) => dir.join("runs").join(&run).display().to_string(),
        Reports::S3 { bucket, prefix } => {
            format!("s3://{bucket}/{}", format!("{prefix}/runs/{run}").trim_start_matches('/'))
        }
    };
    let formats: Vec<&str> = config.report.formats.iter().map(|format| format.as_str()).collect();
    ending::print_line(&format!(
        "\nA run would write one report per project, as {}, to {place}",
        formats.join(" and ")
    ));
    if let Some(place) = &config.report.guidance {
        ending::print_line(&format!("with your guidance for controls from {place}"));
    }
    for notify in &config.notify.notifiers {
        ending::print_line(&match notify {
            Notify::Outbox(dir) => format!("and put one mail per recipient into {}", dir.display()),
            Notify::Ses { from, .. } => format!("and mail each recipient through SES from {from}"),
            Notify::Smtp { .. } => "and mail each recipient through SMTP".to_owned(),
            Notify::Sns { regions } => format!("and publish to SNS topics in {}", regions.join(", ")),
            Notify::Webhook(_) => "and post signed JSON to webhooks".to_owned(),
            Notify::Chat { format, .. } => format!("and post in the channels of {}", format.scheme()),
        });
    }
    print_organisation(config);
}

fn print_organisation(config: &RunConfig) {
    if !config.only.is_empty() {
        return ending::print_line("It would make no report about all projects, because only some are asked for");
    }
    let formats: Vec<&str> = config.organisation.formats.iter().map(|format| format.as_str()).collect();
    if formats.is_empty() {
        return ending::print_line("It would make no report about all projects");
    }
    let told: Vec<&str> = config.notify.executives.iter().map(Recipient::as_str).collect();
    let told = if told.is_empty() { "nobody but the operators".to_owned() } else { told.join(", ") };
    ending::print_line(&format!(
        "It would end with a report about all projects, as {}, to {told}",
        formats.join(" and ")
    ));
}
