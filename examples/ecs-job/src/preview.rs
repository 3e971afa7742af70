//! `ecs-job preview`: what a run would send to a project, as files to look at. It reads what a run reads, and neither sends,
//! stores nor remembers anything: the parts that would are replaced by such that keep everything in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use findings_core::decision::{DecisionQuery, ProjectDecisions, RecordDecisions, ReturnedFile};
use findings_core::guidance::Guidance;
use findings_core::history::{HistoryQuery, ListProjects, ProjectHistory};
use findings_core::memory::{MemoryHistory, MemoryLedger, MemoryNotifier, MemoryRegistry, MemoryStore};
use findings_core::notify::{Notification, Recipient};
use findings_core::pipeline::{Parts, Pipeline, ProjectOutcome, RunOutcome, UnownedPolicy};
use findings_core::registry::{Project, Registry};
use findings_core::source::Sweep;
use findings_core::store::{ArtifactKey, ArtifactLink, LinkLimit};
use findings_core::{
    DecisionLog, Error, ErrorKind, HistoryReader, HistorySink, NotifyWhen, ReportRenderer, Result, RunId, Secret,
    blocking,
};
use findings_notify::{Mailer, Sender, Templates, chat_formats, chat_message, compose};
use jiff::{SignedDuration, Timestamp};

use crate::config::{Format, History, RunConfig};
use crate::run::hint_at_sample;
use crate::wiring::{Wired, Wiring, renderer, templates};
use crate::{COULD_NOT_START, ending, run, settings};

/// What to show, and where.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The name of the project; `None` for the first one that has accounts.
    pub(crate) project: Option<String>,
    pub(crate) out: PathBuf,
}

/// Writes the files, prints where they are, and returns the exit code: 0, 1 if the report is not complete or could not be
/// made whole, 2 if there is nothing to show.
pub(crate) async fn preview(config: &RunConfig, wanted: &Wanted) -> u8 {
    match show(config, wanted).await {
        Ok(outcome) => {
            for error in &outcome.errors {
                ending::print_line(&format!("  ! {}: {}", error.step, error.message));
            }
            ending::print_line("\nNothing was sent, stored or remembered.");
            u8::from(!outcome.errors.is_empty())
        }
        Err(error) => {
            ending::print_errors("there is nothing to show", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

async fn show(config: &RunConfig, wanted: &Wanted) -> Result<ProjectOutcome> {
    let wiring = Wiring::load(config).await?;
    let wired = wiring.wire().await?;
    let registry = wired.parts.registry.load().await.map_err(|error| hint_at_sample(error, config))?;
    let project = find(registry.with_renames(&config.renames)?, wanted.project.as_deref())?;
    let name = project.name.clone();
    let mailer = wired.mailers.first().cloned();
    let made = make(config, &wiring, wired, project).await?;
    let files = made.files(&Voice::of(mailer.as_deref(), config)?, config)?;
    let out = wanted.out.clone();
    let written = blocking::run("write the preview", move || write(&out, files)).await?;
    ending::print_line(&format!("{name}, {} findings:", made.outcome.findings));
    for path in written {
        ending::print_line(&format!("  {}", path.display()));
    }
    Ok(made.outcome)
}

/// Returns the project, with one recipient, so that there is one message.
fn find(registry: Registry, name: Option<&str>) -> Result<Project> {
    let failed =
        |message: String| Error::new(ErrorKind::NotFound, "find the project in the registry").with_message(message);
    let names: Vec<String> = registry.projects.iter().map(|project| project.name.clone()).collect();
    let mut projects = registry.projects.into_iter();
    let found = match name {
        Some(name) => projects.find(|project| project.is_called(name)),
        None => projects.find(|project| !project.accounts.is_empty()),
    };
    found.filter(|project| !project.accounts.is_empty()).ok_or_else(|| match name {
        Some(name) => failed(format!("no project with accounts is called \"{name}\"; it has: {}", names.join(", "))),
        None => failed("no project has accounts".to_owned()),
    })
}

/// Number of owners whose mails are shown. One is much like the other.
const MAX_PARTS: usize = 5;

/// The files of a mail: as HTML, as text with its head, and as it is sent.
const MAIL_FILES: [&str; 3] = ["html", "txt", "eml"];

/// What a run would make for the project.
struct Made {
    outcome: ProjectOutcome,
    message: Notification,
    /// The messages to owners about their parts, at most [`MAX_PARTS`].
    parts: Vec<Notification>,
    /// The names of the files of the report, and their contents.
    reports: Vec<(String, Vec<u8>)>,
    has_mail: bool,
}

/// Does a run of one project in memory.
async fn make(config: &RunConfig, wiring: &Wiring<'_>, wired: Wired, mut project: Project) -> Result<Made> {
    let has_mail = project.recipients.iter().any(|recipient| recipient.channel().is_none());
    let to = project.recipients.iter().find(|recipient| recipient.channel().is_none()).cloned();
    project.leads.clear();
    project.recipients = vec![to.map_or_else(|| recipient("you@example.com"), Ok)?];
    // what they would be told is shown, also to those who would not hear of it
    let project = project.without_choices();
    let (store, notifier) = (Arc::new(MemoryStore::new()), MemoryNotifier::new());
    let name = project.name.clone();
    let parts = Parts {
        ledger: Arc::new(MemoryLedger::new()),
        sweep: Sweep::new(wiring.lanes().await?),
        registry: Arc::new(MemoryRegistry::new(vec![project])),
        coverage: wired.parts.coverage,
        renderers: renderers(config, &wired.parts.renderers, &wired.guidance),
        store: store.clone(),
        notifiers: vec![Arc::new(notifier.clone())],
        history_sink: Arc::new(MemoryHistory::new()) as Arc<dyn HistorySink>,
        history_reader: reader(config, wired.parts.history_reader, &name),
    };
    let mut settings = run::run_settings(config);
    settings.accepted_gaps = Arc::new(wiring.accepted_gaps().await?);
    settings.owners = Arc::new(wiring.owners().await?);
    settings.owner_domains.clone_from(&config.notify.domains);
    settings.guidance = wired.guidance;
    (settings.redo, settings.hold_if_unread, settings.unowned) = (None, None, UnownedPolicy::Skip);
    settings.notify_when = NotifyWhen::Always;
    let mut pipeline = Pipeline::new(parts, settings);
    if let Some(mut decisions) = wired.decisions {
        decisions.log = Arc::new(ReadOnly(decisions.log));
        pipeline = pipeline.with_decisions(decisions);
    }
    let failed = |message: String| Error::new(ErrorKind::Other, "make the preview").with_message(message);
    let RunOutcome::Done(summary) = pipeline.run().await? else {
        return Err(failed("the run was not done".to_owned()));
    };
    let outcome = summary.projects.into_iter().next().ok_or_else(|| failed("the run has no project".to_owned()))?;
    let (parts, messages): (Vec<_>, Vec<_>) = notifier.sent().into_iter().partition(|message| message.part.is_some());
    let Some(message) = messages.into_iter().next() else {
        let errors: Vec<&str> = outcome.errors.iter().map(|error| &*error.message).collect();
        return Err(failed(errors.join("; ")));
    };
    let reports = reports(&store, &config.run_id, &name);
    Ok(Made { outcome, message, parts: parts.into_iter().take(MAX_PARTS).collect(), reports, has_mail })
}

fn recipient(text: &str) -> Result<Recipient> {
    text.parse().map_err(|e| Error::new(ErrorKind::InvalidInput, "name a recipient").with_source(e))
}

/// The configured formats, and the workbook and the page in any case.
fn renderers(
    config: &RunConfig,
    configured: &[Arc<dyn ReportRenderer>],
    guidance: &Guidance,
) -> Vec<Arc<dyn ReportRenderer>> {
    let more = [Format::Xlsx, Format::Html].into_iter().filter(|format| !config.report.formats.contains(format));
    configured.iter().cloned().chain(more.map(|format| renderer(format, guidance, &config.report.columns))).collect()
}

/// Returns the history of the project alone, so that nobody is told that the others are gone. A file that is not there is
/// not made.
fn reader(config: &RunConfig, reader: Arc<dyn HistoryReader>, project: &str) -> Arc<dyn HistoryReader> {
    match &config.history {
        History::Sqlite(path) if !path.exists() => Arc::new(MemoryHistory::new()),
        _ => Arc::new(OneProject { reader, project: project.to_owned() }),
    }
}

#[derive(Debug)]
struct OneProject {
    reader: Arc<dyn HistoryReader>,
    project: String,
}

#[async_trait]
impl HistoryReader for OneProject {
    async fn project(&self, query: &HistoryQuery) -> Result<ProjectHistory> {
        self.reader.project(query).await
    }

    async fn projects(&self, query: &ListProjects) -> Result<Vec<String>> {
        let names = self.reader.projects(query).await?;
        Ok(names.into_iter().filter(|name| *name == self.project).collect())
    }
}

/// Shows decisions, and keeps none.
#[derive(Debug)]
struct ReadOnly(Arc<dyn DecisionLog>);

#[async_trait]
impl DecisionLog for ReadOnly {
    async fn record(&self, _: &RecordDecisions) -> Result<()> {
        Ok(())
    }

    async fn decisions(&self, query: &DecisionQuery) -> Result<ProjectDecisions> {
        self.0.decisions(query).await
    }

    async fn note_returned(&self, _: &ReturnedFile) -> Result<()> {
        Ok(())
    }

    async fn returned(&self, id: &str) -> Result<Option<ReturnedFile>> {
        self.0.returned(id).await
    }
}

/// The files of the report that the run stored, with names to look at.
fn reports(store: &MemoryStore, run: &RunId, project: &str) -> Vec<(String, Vec<u8>)> {
    let file = |extension: &str| {
        let artifact = store.get(&ArtifactKey::for_report(run, project, extension))?;
        Some((format!("report.{extension}"), artifact.body.to_vec()))
    };
    ["xlsx", "html", "csv", "jsonl"].into_iter().filter_map(file).collect()
}

impl Made {
    /// All files: the mail, the report and the cards.
    fn files(&self, voice: &Voice, config: &RunConfig) -> Result<Vec<(String, Vec<u8>)>> {
        let mut files = mail_files("mail", &self.message, voice, config)?;
        for (number, part) in (1..).zip(&self.parts) {
            files.extend(mail_files(&format!("owner-{number}"), part, voice, config)?);
        }
        files.extend(self.reports.iter().cloned());
        for format in chat_formats() {
            let card = chat_message(&self.as_card(format.scheme(), config)?, &voice.templates)?;
            files.push((format!("card.{}.json", format.scheme()), format.body(&card).into_bytes()));
        }
        Ok(files)
    }

    /// The message to a channel, with the button if any channel gets one.
    fn as_card(&self, scheme: &str, config: &RunConfig) -> Result<Notification> {
        let mut card = self.message.clone();
        card.recipient = recipient(&format!("{scheme}:preview"))?;
        card.is_mailed = self.has_mail;
        let has_button = !config.audience.channel_links.is_empty();
        card.link = has_button.then(|| link(config, card.generated_at));
        Ok(card)
    }
}

/// The files of a mail, in the order of [`MAIL_FILES`].
fn mail_files(name: &str, message: &Notification, voice: &Voice, config: &RunConfig) -> Result<Vec<(String, Vec<u8>)>> {
    let mut message = message.clone();
    message.link = Some(link(config, message.generated_at));
    message.answer_link = message.answer_link.map(|_| link(config, message.generated_at));
    let mail = compose(&message, &voice.from, &voice.templates)?;
    let head = format!("To: {}\nSubject: {}\n\n", message.recipient, mail.subject);
    let bodies = [mail.html.into_bytes(), (head + &mail.text).into_bytes(), mail.raw];
    Ok(MAIL_FILES.iter().map(|extension| format!("{name}.{extension}")).zip(bodies).collect())
}

/// A link that leads nowhere and looks like one of a run.
fn link(config: &RunConfig, now: Timestamp) -> ArtifactLink {
    let url = Secret::new("https://link-to-the-report.example.com/".to_owned());
    let end = SignedDuration::try_from(config.report.link.ttl).ok().and_then(|ttl| now.checked_add(ttl).ok());
    ArtifactLink::new(url, end, LinkLimit::Requested).with_network(config.audience.link_network.clone())
}

/// Who mails come from, and their texts.
struct Voice {
    from: Sender,
    templates: Templates,
}

impl Voice {
    fn of(mailer: Option<&dyn Mailer>, config: &RunConfig) -> Result<Self> {
        let (from, templates) = match mailer {
            Some(mailer) => (mailer.sender().clone(), mailer.templates().clone()),
            None => (Sender::from(recipient("security-hub@example.invalid")?), templates(&config.notify)?),
        };
        Ok(Self { from, templates })
    }
}

fn write(out: &Path, files: Vec<(String, Vec<u8>)>) -> Result<Vec<PathBuf>> {
    let failed = |e: std::io::Error| {
        Error::new(ErrorKind::Storage, "write the preview").with_subject(out.display().to_string()).with_source(e)
    };
    std::fs::create_dir_all(out).map_err(failed)?;
    // mails to owners of an earlier preview, of which this one may have fewer
    for number in 1..=MAX_PARTS {
        for extension in MAIL_FILES {
            match std::fs::remove_file(out.join(format!("owner-{number}.{extension}"))) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
                _ => {}
            }
        }
    }
    let write = |(name, body): (String, Vec<u8>)| {
        let path = out.join(name);
        std::fs::write(&path, body).map_err(failed)?;
        Ok(path)
    };
    files.into_iter().map(write).collect()
}
