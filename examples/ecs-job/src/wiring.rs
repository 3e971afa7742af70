//! Which implementation stands behind which option.

use std::sync::Arc;

use findings_core::aws::{
    DynamoDbTable, OrganizationsCoverage, S3Registry, S3Store, SecurityHubCoverage, SecurityHubSource,
    SecurityHubWorkflow,
};
use findings_core::coverage::AcceptedGaps;
use findings_core::local::{AsffFileSource, DirStore, FileCoverage, FileRegistry, SqliteDatabase};
use findings_core::notify::ChatKind;
use findings_core::pipeline::Parts;
use findings_core::source::{Budget, Lane, Sweep};
use findings_core::{
    ArtifactStore, Backend, CoverageSource, Error, ErrorKind, HistoryReader, HistorySink, Notifier, ProjectRegistry,
    ReportRenderer, Result, RunLedger,
};
use findings_notify::{ChatNotifier, Mailer, OutboxNotifier, Sender, SesNotifier, SmtpNotifier, Templates};
use findings_xlsx::{CsvRenderer, Guidance, JsonlRenderer, XlsxRenderer};

use crate::aws::Aws;
use crate::config::{Config, Format, History, Input, Notify, Reports, Source};
use crate::guidance;
use crate::input;

/// A backend and the option that chose it.
pub(crate) type NamedBackend = (&'static str, Arc<dyn Backend>);

/// Everything a run is made of.
#[derive(Debug)]
pub(crate) struct Wired {
    pub(crate) parts: Parts,
    /// What can be checked and set up before a run.
    pub(crate) backends: Vec<NamedBackend>,
    /// Those notifiers that send mail.
    pub(crate) mailers: Vec<Arc<dyn Mailer>>,
}

/// A notifier, as all that it is.
struct Channel {
    notifier: Arc<dyn Notifier>,
    backend: Arc<dyn Backend>,
    mailer: Option<Arc<dyn Mailer>>,
}

/// Something that keeps both the history and the ledger.
trait Memory: HistorySink + HistoryReader + RunLedger + Backend + Clone {}
impl<T: HistorySink + HistoryReader + RunLedger + Backend + Clone> Memory for T {}

/// Puts everything together but the sources: opening a file reads it, and `setup` needs none.
pub(crate) async fn wire(config: &Config) -> Result<Wired> {
    let aws = Aws::load(config).await?;
    let guidance = guidance::load(config.guidance.as_ref(), aws.as_ref()).await?;
    let mut wired = match &config.history {
        History::Sqlite(path) => remember_in(&SqliteDatabase::new(path), config, aws.as_ref()),
        History::DynamoDb { table } => {
            remember_in(&DynamoDbTable::new(need(aws.as_ref())?.dynamodb(), table), config, aws.as_ref())
        }
    }?;
    wired.parts.renderers = config.formats.iter().map(|format| renderer(*format, &guidance)).collect();
    Ok(wired)
}

/// Opens the sources: one lane for a file or for each Region.
pub(crate) async fn lanes(config: &Config) -> Result<Vec<Lane>> {
    match &config.source {
        Source::File(path) => {
            let source = AsffFileSource::open(path).await?;
            let name =
                path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
            Ok(vec![Lane::new(name, Arc::new(source), Budget::unlimited())])
        }
        Source::SecurityHub { regions } => {
            let aws = Aws::load(config).await?;
            let aws = need(aws.as_ref())?;
            let lane = |region: &String| {
                let source = SecurityHubSource::new(&aws.security_hub(region))?;
                Ok(Lane::new(region, Arc::new(source), Budget::new(config.rate, config.burst)))
            };
            regions.iter().map(lane).collect()
        }
    }
}

/// What sets delivered findings to NOTIFIED, if that is wished.
pub(crate) async fn workflow(config: &Config) -> Result<Option<SecurityHubWorkflow>> {
    let Source::SecurityHub { regions } = &config.source else { return Ok(None) };
    let Some((first, others)) = regions.split_first().filter(|_| config.mark_notified) else { return Ok(None) };
    let aws = Aws::load(config).await?;
    let aws = need(aws.as_ref())?;
    let workflow = SecurityHubWorkflow::new(&aws.security_hub(first));
    Ok(Some(others.iter().fold(workflow, |workflow, region| workflow.and(&aws.security_hub(region)))))
}

fn remember_in<M: Memory>(memory: &M, config: &Config, aws: Option<&Aws>) -> Result<Wired> {
    let (store, store_backend) = store(config, aws)?;
    let mut backends: Vec<NamedBackend> = vec![("reports", store_backend), ("history", Arc::new(memory.clone()))];
    let templates = match &config.templates {
        Some(dir) => Templates::from_dir(dir)?,
        None => Templates::builtin()?,
    };
    let (mut notifiers, mut mailers) = (Vec::new(), Vec::new());
    for notify in &config.notify {
        let channel = channel(notify, &templates, aws)?;
        notifiers.push(channel.notifier);
        backends.push(("notify", channel.backend));
        mailers.extend(channel.mailer);
    }
    let parts = Parts {
        ledger: Arc::new(memory.clone()),
        registry: registry(config, aws)?,
        sweep: Sweep::new(Vec::new()),
        coverage: coverage(config, aws)?,
        renderers: Vec::new(),
        store,
        notifiers,
        history_sink: Arc::new(memory.clone()),
        history_reader: Arc::new(memory.clone()),
    };
    Ok(Wired { parts, backends, mailers })
}

pub(crate) fn need(aws: Option<&Aws>) -> Result<&Aws> {
    aws.ok_or_else(|| Error::new(ErrorKind::Other, "load the AWS configuration").with_message("it was not loaded"))
}

pub(crate) fn registry(config: &Config, aws: Option<&Aws>) -> Result<Arc<dyn ProjectRegistry>> {
    Ok(match &config.projects {
        Input::Path(path) => Arc::new(FileRegistry::new(path)),
        Input::S3 { bucket, key } => Arc::new(S3Registry::new(need(aws)?.s3(), bucket, key)),
    })
}

fn renderer(format: Format, guidance: &Guidance) -> Arc<dyn ReportRenderer> {
    match format {
        Format::Xlsx => Arc::new(XlsxRenderer::new().with_packing_thread().with_guidance(guidance.clone())),
        Format::Csv => Arc::new(CsvRenderer::new()),
        Format::Jsonl => Arc::new(JsonlRenderer::new().with_guidance(guidance.clone())),
    }
}

/// Security Hub knows its members; for an exported file they are exported too, or nobody knows.
fn coverage(config: &Config, aws: Option<&Aws>) -> Result<Option<Arc<dyn CoverageSource>>> {
    let coverage: Arc<dyn CoverageSource> = match (&config.source, &config.coverage) {
        (Source::SecurityHub { regions }, _) => {
            let aws = need(aws)?;
            let coverage = SecurityHubCoverage::new(regions.iter().map(|region| aws.security_hub(region)));
            Arc::new(coverage.with_linked_regions(config.coverage_regions.clone()))
        }
        (Source::File(_), Some(path)) => Arc::new(FileCoverage::new(path)),
        (Source::File(_), None) => return Ok(None),
    };
    if !config.organizations {
        return Ok(Some(coverage));
    }
    Ok(Some(Arc::new(OrganizationsCoverage::new(coverage, &need(aws)?.organizations()))))
}

/// The gaps that are known, if there is a file of them.
pub(crate) async fn accepted_gaps(config: &Config) -> Result<AcceptedGaps> {
    const OPERATION: &str = "read the accepted gaps";
    let Some(input) = &config.accepted_gaps else { return Ok(AcceptedGaps::default()) };
    let aws = Aws::load(config).await?;
    let gaps = AcceptedGaps::parse_csv(&input::read(input, aws.as_ref(), OPERATION).await?)?;
    gaps.problems.iter().for_each(|p| tracing::warn!("accepted gaps: {p}; nothing is accepted by this line"));
    Ok(gaps)
}

fn store(config: &Config, aws: Option<&Aws>) -> Result<(Arc<dyn ArtifactStore>, Arc<dyn Backend>)> {
    Ok(match &config.reports {
        Reports::Dir(dir) => both(DirStore::new(dir)),
        Reports::S3 { bucket, prefix } => {
            let aws = need(aws)?;
            let store = S3Store::new(aws.s3(), aws.link_credentials()?, bucket, prefix);
            both(match &config.s3_sse {
                Some(encryption) => store.with_sse(encryption.clone()),
                None => store,
            })
        }
    })
}

fn both<S: ArtifactStore + Backend>(store: S) -> (Arc<dyn ArtifactStore>, Arc<dyn Backend>) {
    let store = Arc::new(store);
    (store.clone(), store)
}

/// The sender of mails in an outbox, which nobody answers.
const OUTBOX_FROM: &str = "Security Hub reports <security-hub@example.invalid>";

fn channel(notify: &Notify, templates: &Templates, aws: Option<&Aws>) -> Result<Channel> {
    fn mail<N: Notifier + Mailer + Backend>(notifier: N) -> Channel {
        let notifier = Arc::new(notifier);
        Channel { notifier: notifier.clone(), backend: notifier.clone(), mailer: Some(notifier) }
    }
    fn chat(notifier: ChatNotifier) -> Channel {
        let notifier = Arc::new(notifier);
        Channel { notifier: notifier.clone(), backend: notifier, mailer: None }
    }
    let templates = templates.clone();
    Ok(match notify {
        Notify::Outbox(dir) => mail(OutboxNotifier::new(dir, sender(OUTBOX_FROM)?)?.with_templates(templates)),
        Notify::Ses { from, configuration_set } => {
            let ses = SesNotifier::new(need(aws)?.ses(), from.clone())?.with_templates(templates);
            mail(match configuration_set {
                Some(name) => ses.with_configuration_set(name),
                None => ses,
            })
        }
        Notify::Chat { kind: ChatKind::Slack, webhooks } => {
            chat(ChatNotifier::slack(webhooks.clone())?.with_templates(templates))
        }
        Notify::Chat { webhooks, .. } => chat(ChatNotifier::teams(webhooks.clone())?.with_templates(templates)),
        Notify::Smtp { url } => mail(SmtpNotifier::from_url(url, None)?.with_templates(templates)),
    })
}

fn sender(text: &str) -> Result<Sender> {
    text.parse().map_err(|e| Error::new(ErrorKind::InvalidInput, "read the sender of mails").with_source(e))
}
