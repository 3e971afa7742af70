//! What the crates leave open to others, tried by a program outside of the workspace: chat services, values, languages and
//! columns of its own. `.ci/package` copies it beside the packed crates and adds the language `fr` to them.

use std::error::Error;
use std::fmt::Debug;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::str::FromStr;
use std::sync::Arc;

use findings_core::finding::{ComplianceStatus, Note, RecordState, WorkflowStatus};
use findings_core::history::IssueRecord;
use findings_core::notify::{Notification, Notifier};
use findings_core::pipeline::unserved_recipients;
use findings_core::recipient::Recipient;
use findings_core::registry::Project;
use findings_core::report::{Report, ReportBuilder, ReportRenderer};
use findings_core::{Finding, Locale, RunId, Secret, Severity};
use findings_notify::{ChatAnswer, ChatFormat, ChatMessage, ChatNotifier, Templates, Webhooks};
use findings_xlsx::{AddedColumn, ColumnValue, CsvRenderer, FindingColumns, XlsxRenderer};

type Tried = Result<(), Box<dyn Error>>;

const PROJECT: &str = "Payments";

fn finding() -> Result<Finding, Box<dyn Error>> {
    let mut finding = Finding::new("123456789012".parse()?, "finding-1");
    finding.severity = Severity::High;
    finding.title = "Port 22 is open".into();
    finding.note = Some(Note::new("Mended in May").with_author("sato").written_at("2026-05-01T00:00:00Z".parse()?));
    Ok(finding)
}

fn report(locale: Locale) -> Result<Report, Box<dyn Error>> {
    let builder = ReportBuilder::new(PROJECT, "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
    Ok(builder.with_locale(locale).with_account("123456789012".parse()?, [finding()?]).build()?)
}

/// A chat service that the crates do not know.
#[derive(Debug)]
struct Carrier;

impl ChatFormat for Carrier {
    fn scheme(&self) -> &'static str {
        "carrier"
    }

    fn body(&self, message: &ChatMessage) -> String {
        format!("PIGEON {}", message.subject)
    }

    fn is_accepted(&self, answer: &ChatAnswer) -> bool {
        answer.text == "coo"
    }
}

/// Takes one message, answers `coo`, and returns the body.
fn dovecote(listener: TcpListener) -> std::io::Result<String> {
    let (mut stream, _) = listener.accept()?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\ncoo")?;
    String::from_utf8(body).map_err(std::io::Error::other)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chat_service_of_ones_own_gets_its_own_format() -> Tried {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/loft", listener.local_addr()?);
    let loft = std::thread::spawn(move || dovecote(listener));
    let webhooks = Webhooks::parse("loft", &Secret::new(url))?;
    let notifier = ChatNotifier::new(Carrier, webhooks)?;
    let to: Recipient = "carrier:loft".parse()?;
    assert!(notifier.serves(&to) && !notifier.serves(&"teams:loft".parse()?));
    notifier.notify(&Notification::of(&report(Locale::En)?, to)?).await?;
    let body = loft.join().map_err(|_| "the loft fell down")??;
    assert!(body.starts_with("PIGEON ") && body.contains(PROJECT), "{body}");

    let projects = [Project::new(PROJECT).with_recipients(["carrier:loft".parse()?, "raven:tower".parse()?])];
    let unserved = unserved_recipients(&projects, &[Arc::new(notifier)]);
    assert_eq!(unserved.iter().map(|entry| entry.recipient.as_str()).collect::<Vec<_>>(), ["raven:tower"]);
    assert!(unserved[0].to_string().contains("served: carrier"), "{}", unserved[0]);
    Ok(())
}

fn parse_what_they_print<T: FromStr + ToString + PartialEq + Debug>(all: &[T]) {
    assert!(!all.is_empty());
    for value in all {
        assert_eq!(value.to_string().parse().ok().as_ref(), Some(value));
    }
}

#[test]
fn values_are_made_and_parsed() -> Tried {
    parse_what_they_print(Severity::ALL);
    parse_what_they_print(WorkflowStatus::ALL);
    parse_what_they_print(RecordState::ALL);
    parse_what_they_print(ComplianceStatus::ALL);
    let run: RunId = "2026-11-23".parse()?;
    let issue = IssueRecord::new(&finding()?, &run, "2026-11-23T00:00:00Z".parse()?);
    assert!(issue.is_open() && issue.severity == Severity::High && issue.opened_in == run);
    assert_eq!(finding()?.note.and_then(|note| note.updated_by).as_deref(), Some("sato"));
    Ok(())
}

#[test]
fn added_language_is_spoken_everywhere() -> Tried {
    let french: Locale = "fr".parse()?;
    assert!(Locale::ALL.contains(&french));
    let (english, french) = (report(Locale::En)?, report(french)?);
    let csv = |report| Ok::<_, findings_core::Error>(CsvRenderer::new().render(report)?.body);
    assert!(String::from_utf8(csv(&french)?.to_vec())?.contains("Gravité"));
    assert_ne!(csv(&english)?, csv(&french)?);
    assert_ne!(XlsxRenderer::new().render(&english)?.body, XlsxRenderer::new().render(&french)?.body);
    let to: Recipient = "sato@example.com".parse()?;
    let sender = "Security <security@example.com>".parse()?;
    let mail = findings_notify::compose(&Notification::of(&french, to)?, &sender, &Templates::builtin()?)?;
    assert!(mail.subject.contains("Bonjour"), "{}", mail.subject);
    Ok(())
}

#[test]
fn column_of_ones_own_is_added() -> Tried {
    let cost_centre = AddedColumn::new("cost_centre", "Cost centre", |_, report| {
        if report.project == PROJECT { "4711".into() } else { ColumnValue::Empty }
    });
    let columns = FindingColumns::standard().with(cost_centre.with_heading(Locale::Ja, "原価部門"));
    assert!(columns.ids().any(|id| id == "cost_centre"));
    let columns = columns.in_order(["severity", "cost_centre", "title"])?;
    let csv = CsvRenderer::new().with_columns(columns.clone()).render(&report(Locale::Ja)?)?.body;
    let csv = String::from_utf8(csv.to_vec())?;
    assert!(csv.contains("原価部門") && csv.contains("4711"), "{csv}");
    assert_eq!(XlsxRenderer::new().with_columns(columns).render(&report(Locale::En)?)?.rows, 1);
    Ok(())
}
