//! Projects answer in the page that the second link of their mails leads to: from the mail over the page into the inbox, and
//! into the next report. The emulator of S3 checks signatures and their end.

use aws_emulators::{HttpAnswer, http_get, http_put, percent_decoded};
use serde_json::{Value, json};

use crate::aws::{Mail, World, mails};
use crate::redirect::Redirector;
use crate::support::{Done, Job};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const SENT_AS: &str = "application/octet-stream";

fn job(world: &World, command: &str, run_id: &str, decisions: &str) -> Job {
    let job =
        world.job(command, run_id).args(&["--decisions", decisions, "--answers", "--organisation-report", "none"]);
    job.env("FINDINGS_DECISIONS_KEY", KEY)
}

/// All links of a mail.
fn links(mail: &Mail) -> Vec<&str> {
    mail.text.split_whitespace().filter(|word| word.starts_with("http://")).collect()
}

/// The project that a mail is about, which is its first line.
fn project_of(mail: &Mail) -> &str {
    mail.text.lines().next().unwrap()
}

/// The page for answers, and where it sends them.
struct Page {
    data: Value,
    put: String,
}

impl Page {
    fn of(answer: &HttpAnswer, link: &str) -> Self {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(answer.header("content-disposition").unwrap().starts_with("inline;"), "{answer:?}");
        let html = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(
            html.contains("connect-src 'self'") && !html.contains("X-Amz"),
            "the page itself lets nobody store anything"
        );
        let data = html.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
        let fragment = link.split_once("#put=").unwrap_or_else(|| panic!("{link}")).1;
        let put = percent_decoded(fragment.split_once("&until=").unwrap().0);
        // the page sends to no other host
        let host = |url: &str| url.split('/').nth(2).unwrap().to_owned();
        assert_eq!(host(&put), host(link));
        Self { data: serde_json::from_str(data).unwrap(), put }
    }

    fn text(&self, issue: &Value, field: &str) -> &str {
        let at = self.data["fields"].as_array().unwrap().iter().position(|name| name == field).unwrap();
        self.data["strings"][usize::try_from(issue[at].as_u64().unwrap()).unwrap()].as_str().unwrap()
    }

    fn issues(&self) -> &Vec<Value> {
        self.data["issues"].as_array().unwrap()
    }

    /// What the page sends if somebody accepts the risk of its first issue.
    fn accepting(&self) -> String {
        let row = json!({ "key": self.text(&self.issues()[0], "key"), "decision": "accept_risk", "comment": "behind the proxy" });
        json!({ "token": self.data["token"], "rows": [row] }).to_string()
    }
}

async fn status_of_put(url: &str, body: &str) -> u16 {
    http_put(url, SENT_AS, body.to_owned()).await.unwrap().status
}

/// What was printed for each entry: outcome, receipt and reason.
fn outcomes(done: &Done) -> Vec<(String, String, String)> {
    let lines: Vec<Value> = serde_json::from_str(done.stdout.lines().next().unwrap()).unwrap();
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    lines.iter().map(|line| (text(line, "outcome"), text(line, "receipt"), text(line, "why"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn answer_goes_from_mail_over_page_into_next_report() {
    let world = World::new().await;
    let run = job(&world, "run", "run-answer-1", "show").run().expect(0);
    let all = mails("run-answer-1").await;
    let mut pages = Vec::new();
    for mail in &all {
        let [report, answers] = links(mail)[..] else { panic!("{}", mail.text) };
        assert!(!report.contains('#') && http_get(report).await.unwrap().status == 200);
        pages.push((mail, Page::of(&http_get(answers).await.unwrap(), answers)));
    }
    let log = format!("{}{}", run.stdout, run.stderr);
    assert!(!log.contains("X-Amz-Signature") && !log.contains("put="), "a link is in the log");
    let mut places: Vec<&str> = pages.iter().map(|(_, page)| page.put.split('?').next().unwrap()).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), pages.len(), "each reader has a place of their own");

    // the answer, and one that is sent to the place of another project
    let (mail, page) = pages.iter().find(|(_, page)| !page.issues().is_empty()).unwrap();
    let answer = page.accepting();
    for (part, forged) in [("answer-", "answer-0"), ("Expires=", "Expires=1"), ("/inbox/", "/runs/")] {
        assert_eq!(status_of_put(&page.put.replacen(part, forged, 1), &answer).await, 403, "{forged}");
    }
    assert_eq!(status_of_put(&page.put, &answer).await, 200);
    let (_, other) = pages.iter().find(|(_, other)| other.data["token"] != page.data["token"]).unwrap();
    let foreign = format!("{answer} ");
    assert_eq!(status_of_put(&other.put, &foreign).await, 200, "S3 cannot tell what is in it");

    let applied = job(&world, "decisions", "now", "show").args(&["--apply", "--output", "json"]).run().expect(1);
    let mut got = outcomes(&applied);
    got.sort();
    let receipt = |body: &str| findings_core::decision::ReturnedFile::receipt_of(body.as_bytes());
    assert_eq!((got[0].0.as_str(), &got[0].1), ("new", &receipt(&answer)), "{got:?}");
    assert_eq!((got[1].0.as_str(), &got[1].1), ("unreadable", &receipt(&foreign)), "{got:?}");
    assert!(got[1].2.contains("was sent by a link to another report"), "{got:?}");
    assert_eq!(got.len(), 2);

    // the next run takes what lies there, and its page has the decision
    job(&world, "run", "run-answer-2", "take").run().expect(0);
    let next = mails("run-answer-2").await;
    let next = next.iter().find(|other| other.to == mail.to && project_of(other) == project_of(mail)).unwrap();
    let link = links(next)[1];
    let shown = Page::of(&http_get(link).await.unwrap(), link);
    let key = |page: &Page, issue: &Value| page.text(issue, "key").split('.').nth(1).unwrap().to_owned();
    let decided = key(page, &page.issues()[0]);
    let row = shown.issues().iter().find(|issue| key(&shown, issue) == decided).unwrap();
    assert_eq!(shown.text(row, "comment"), "behind the proxy");

    // fresh links are new places
    job(&world, "relink", "run-answer-1", "show").run().expect(0);
    let fresh = mails("run-answer-1").await;
    // whoever answered was told what became of it, too, by a mail with one link
    let fresh: Vec<&Mail> = fresh[all.len()..].iter().filter(|mail| links(mail).len() == 2).collect();
    assert_eq!(fresh.len(), all.len());
    for again in fresh {
        let link = links(again)[1];
        let again = Page::of(&http_get(link).await.unwrap(), link);
        assert!(!places.contains(&again.put.split('?').next().unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn link_through_the_table_lets_its_reader_answer_when_it_is_opened() {
    let world = World::new().await;
    let redirector = Redirector::start(&world);
    let links_of = format!("redirect:{}", redirector.base());
    job(&world, "run", "run-answer-table", "show").args(&["--links", &links_of]).run().expect(0);
    let mails = mails("run-answer-table").await;
    let mut places = Vec::new();
    let with_findings = mails.iter().find(|mail| mail.text.contains("Do these first"));
    let answers = links(with_findings.unwrap())[1];
    assert!(answers.starts_with(redirector.base()) && !answers.contains('#'), "{answers}");
    for _ in 0..2 {
        let opened = http_get(answers).await.unwrap();
        assert_eq!(opened.status, 302);
        let onward = opened.header("location").unwrap();
        let page = Page::of(&http_get(onward).await.unwrap(), onward);
        assert!(page.put.contains("X-Amz-Expires=7200&"), "{}", page.put);
        assert_eq!(status_of_put(&page.put, &page.accepting()).await, 200);
        places.push(page.put.split('?').next().unwrap().to_owned());
    }
    assert_eq!(places[0], places[1], "one link stores one file, however often it is opened");
    let planned = job(&world, "decisions", "now", "show").args(&["--output", "json"]).run().expect(0);
    assert_eq!(outcomes(&planned).iter().map(|(outcome, ..)| outcome.as_str()).collect::<Vec<_>>(), ["new"]);

    let revoking = world.bare_job("revoke").args(&["--history", &format!("dynamodb:{}", world.table())]);
    revoking.args(&["--run-id", "run-answer-table"]).run().expect(0);
    assert_eq!(http_get(answers).await.unwrap().status, 410);
    let log = redirector.stop();
    assert!(!log.contains("X-Amz-Signature") && !log.contains("put="), "{log}");
}

#[test]
fn local_reports_have_a_page_that_saves_answers() {
    let dir = crate::embedded::checkout();
    let run = Job::in_dir(dir.path())
        .args(&["run", "--run-id", "local", "--decisions", "show", "--answers"])
        .env("FINDINGS_DECISIONS_KEY", KEY);
    run.run().expect(0);
    let pages = crate::support::files(&dir.path().join("out/reports"), "html");
    let answers: Vec<_> = pages.iter().filter(|page| page.to_str().unwrap().ends_with("-answers.html")).collect();
    assert!(answers.len() > 2, "{pages:?}");
    let mails = crate::support::files(&dir.path().join("out/outbox"), "eml");
    let text = std::fs::read(mails.iter().next().unwrap()).unwrap();
    let mail = mailparse::parse_mail(&text).unwrap();
    let text = mail.parts().find(|part| part.ctype.mimetype == "text/plain").unwrap().get_body().unwrap();
    assert!(text.contains("-answers.html") && text.matches("file://").count() == 2, "{text}");
}
