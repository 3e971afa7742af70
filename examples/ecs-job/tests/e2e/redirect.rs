//! Links through the table, from the mail to the file: as a web server, and as a function of AWS Lambda.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::mpsc;

use aws_emulators::http_get;
use serde_json::{Value, json};

use crate::aws::{World, mails};
use crate::delivery::read_request;
use crate::support::Job;

/// How long an answer of the function may take, so that the test ends if there is none.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// The program that answers links. It ends with this value.
pub(crate) struct Redirector {
    process: Child,
    base: String,
}

impl Redirector {
    pub(crate) fn start(world: &World) -> Self {
        let mut process = answering(world, "127.0.0.1:0").spawn();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim().strip_prefix("answering links at ").and_then(|rest| rest.strip_suffix("/r/…"));
        let base = base.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { process, base }
    }

    /// What its links begin with.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Stops the program and returns its log.
    pub(crate) fn stop(mut self) -> String {
        self.process.kill().unwrap();
        let mut log = String::new();
        std::io::Read::read_to_string(&mut self.process.stderr.take().unwrap(), &mut log).unwrap();
        log
    }
}

impl Drop for Redirector {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn answering(world: &World, listen: &str) -> Job {
    world
        .bare_job("redirect")
        .args(&["--listen", listen, "--s3-path-style", "--log", "json", "--log-level", "trace"])
        .args(&["--reports", &format!("s3://{}/reports", world.bucket())])
        .args(&["--history", &format!("dynamodb:{}", world.table())])
        .args(&["--contact", "Security Desk"])
}

/// Returns a job that makes links of the redirector.
fn linking(world: &World, base: &str, command: &str, run_id: &str) -> Job {
    world.job(command, run_id).args(&["--links", &format!("redirect:{base}")])
}

/// Returns what a command about links prints.
fn ask(world: &World, command: &str, args: &[&str]) -> crate::support::Done {
    world.bare_job(command).args(&["--history", &format!("dynamodb:{}", world.table())]).args(args).run()
}

fn listed(world: &World, run_id: &str) -> Vec<Value> {
    let done = ask(world, "history", &["--opened", "--run-id", run_id, "--output", "json"]).expect(0);
    serde_json::from_str::<Value>(&done.stdout).unwrap()["links"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn links_lead_from_mail_to_file_until_they_are_revoked() {
    let world = World::new().await;
    let redirector = Redirector::start(&world);
    let base = redirector.base.clone();
    let plan = linking(&world, &base, "plan", "run-links").run().expect(0);
    assert!(plan.stdout.contains("links made now work until "), "{}", plan.stdout);
    assert!(listed(&world, "run-links").is_empty(), "a plan makes no links");
    let done = linking(&world, &base, "run", "run-links").run().expect(0);
    let mails = mails("run-links").await;
    assert!(mails.len() > 5);
    let mut tokens = Vec::new();
    for mail in &mails {
        let token = mail.link().strip_prefix(&format!("{base}/r/")).unwrap_or_else(|| panic!("{}", mail.link()));
        let answer = http_get(mail.link()).await.unwrap();
        assert_eq!(answer.status, 302);
        let onward = answer.header("location").unwrap();
        assert!(onward.contains("X-Amz-Expires=60&"), "{onward}");
        let file = http_get(onward).await.unwrap();
        assert!(file.status == 200 && file.body.starts_with(b"PK"), "{}", file.status);
        tokens.push(token.to_owned());
    }
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), mails.len(), "each recipient has a link of their own");

    let links = listed(&world, "run-links");
    assert_eq!(links.len(), mails.len());
    assert!(
        links.iter().all(|l| l["openings"]["count"] == 1 && l["openings"]["last_from"] == "127.0.0.1"),
        "{links:?}"
    );
    let expires = done.summary()["projects"][0]["link_expires_at"].as_str().unwrap().to_owned();
    assert_eq!(
        links.iter().find(|l| l["report"]["project"] == done.summary()["projects"][0]["project"]).unwrap()["expires_at"],
        expires
    );

    let status = ask(&world, "status", &["--output", "json"]).expect(0).stdout;
    let status: Value = serde_json::from_str(&status).unwrap();
    let payments = &done.summary()["projects"][0];
    let of = status["deliveries"].as_array().unwrap().iter().find(|d| d["project"] == payments["project"]).unwrap();
    assert_eq!((&of["opened_by"], &of["link_until"]), (&of["sent"], &payments["link_expires_at"]), "{of}");

    let cut = http_get(&mails[0].link()[..mails[0].link().len() - 1]).await.unwrap();
    let page = String::from_utf8_lossy(&cut.body).into_owned();
    assert!(
        cut.status == 404 && page.contains("ask Security Desk") && page.contains("リンクが正しくありません"),
        "{page}"
    );

    // one project, then one link, then the rest of the run; each again
    let project = links[0]["report"]["project"].as_str().unwrap();
    for _ in 0..2 {
        let revoked = ask(&world, "revoke", &["--run-id", "run-links", "--project", project]).expect(0);
        assert!(revoked.stdout.contains(&format!("({project})")), "who opened it is named: {}", revoked.stdout);
    }
    let is_of = |mail: &crate::aws::Mail| mail.text.contains(project);
    let other = mails.iter().find(|mail| !is_of(mail)).unwrap();
    ask(&world, "revoke", &["--link", other.link()]).expect(0);
    for mail in &mails {
        let gone = is_of(mail) || mail.link() == other.link();
        assert_eq!(http_get(mail.link()).await.unwrap().status, if gone { 410 } else { 302 }, "{}", mail.subject);
    }
    ask(&world, "revoke", &["--run-id", "run-links"]).expect(0);
    for mail in &mails {
        let answer = http_get(mail.link()).await.unwrap();
        let page = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(answer.status == 410 && page.contains("This link was revoked"), "{page}");
    }
    let unknown = ask(&world, "revoke", &["--run-id", "never"]).expect(2);
    assert!(unknown.stderr.contains("no link to a report of this run is known"), "{}", unknown.stderr);

    // a fresh link works, and an old one says when it ended
    linking(&world, &base, "relink", "run-links")
        .args(&["--project", project, "--link-ttl", "3s", "--link-min-ttl", "1s"])
        .run()
        .expect(0);
    let fresh: Vec<_> = crate::aws::mails("run-links").await.into_iter().skip(mails.len()).collect();
    assert_eq!(http_get(fresh[0].link()).await.unwrap().status, 302);
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let expired = http_get(fresh[0].link()).await.unwrap();
    let page = String::from_utf8_lossy(&expired.body).into_owned();
    assert!(expired.status == 410 && page.contains("This link has expired"), "{page}");

    let log = format!("{}{}{}", done.stdout, done.stderr, redirector.stop());
    assert!(log.contains("a link was opened"), "{log}");
    for secret in tokens.iter().map(String::as_str).chain(["X-Amz-Signature", "X-Amz-Credential"]) {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn function_answers_events_of_api_gateway() {
    let world = World::new().await;
    linking(&world, "https://reports.example.com/prod", "run", "run-function").run().expect(0);
    let mail = mails("run-function").await.swap_remove(0);
    let start = mail.text.find("https://reports.example.com/prod/r/").expect("a link of the function");
    let path =
        mail.text[start..].split_whitespace().next().unwrap().strip_prefix("https://reports.example.com").unwrap();
    let paths = [path, "/prod/r/unknown", "/prod/"];
    let (runtime, answers) = runtime(paths.map(event).into());
    let mut function = answering(&world, "127.0.0.1:0").env("AWS_LAMBDA_RUNTIME_API", runtime);
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "links"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
    ] {
        function = function.env(name, value);
    }
    let mut function = function.spawn();
    let answers: Vec<Value> = paths.iter().map_while(|_| answers.recv_timeout(PATIENCE).ok()).collect();
    function.kill().unwrap();
    let log = crate::support::Done::from(function.wait_with_output().unwrap()).stderr;
    assert_eq!(answers.len(), paths.len(), "{log}");
    let statuses: Vec<_> = answers.iter().map(|answer| answer["statusCode"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [302, 404, 404], "{answers:?}");
    let header = |answer: &Value, name: &str| {
        let single = answer["headers"][name].as_str().map(str::to_owned);
        single.or_else(|| answer["multiValueHeaders"][name][0].as_str().map(str::to_owned)).unwrap_or_default()
    };
    let file = http_get(&header(&answers[0], "location")).await.unwrap();
    assert!(file.status == 200 && file.body.starts_with(b"PK"), "{}", file.status);
    assert!(header(&answers[1], "content-type").starts_with("text/html"), "{}", answers[1]);
    assert!(answers[1]["body"].as_str().unwrap().contains("This link is not complete"));
    let opened: Vec<Value> = listed(&world, "run-function");
    let from: Vec<_> = opened.iter().filter_map(|link| link["openings"]["last_from"].as_str()).collect();
    assert_eq!(from, ["198.51.100.7"]);
}

/// Returns an event as API Gateway sends it for a GET of this path.
fn event(path: &str) -> Value {
    let path = path.strip_prefix("/prod").unwrap_or(path);
    json!({
        "resource": "/r/{token}", "path": path, "httpMethod": "GET",
        "headers": {"Accept-Language": "en", "X-Forwarded-For": "203.0.113.99"},
        "multiValueHeaders": {"Accept-Language": ["en"], "X-Forwarded-For": ["203.0.113.99"]},
        "queryStringParameters": null, "multiValueQueryStringParameters": null,
        "pathParameters": {"token": path.rsplit('/').next()}, "stageVariables": null,
        "requestContext": {
            "resourceId": "r", "resourcePath": "/r/{token}", "httpMethod": "GET", "path": format!("/prod{path}"),
            "accountId": "111122223333", "protocol": "HTTP/1.1", "stage": "prod", "domainPrefix": "a1", "apiId": "a1",
            "requestTimeEpoch": 1_796_000_000_000_i64, "requestId": "1", "domainName": "reports.example.com",
            "identity": {"sourceIp": "198.51.100.7", "userAgent": "test"},
        },
        "body": null, "isBase64Encoded": false,
    })
}

/// Starts a runtime interface of AWS Lambda that hands these events out, one by one. Returns its address, and the
/// function's answers.
fn runtime(events: Vec<Value>) -> (String, mpsc::Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, answers) = mpsc::channel();
    let (queue, waiting) = mpsc::channel();
    for event in events {
        queue.send(event).unwrap();
    }
    let waiting = std::sync::Arc::new(std::sync::Mutex::new((waiting, queue)));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (sender, waiting) = (sender.clone(), waiting.clone());
            std::thread::spawn(move || serve(stream, &sender, &waiting));
        }
    });
    (address, answers)
}

type Queue = std::sync::Mutex<(mpsc::Receiver<Value>, mpsc::Sender<Value>)>;

fn serve(mut stream: TcpStream, sender: &mpsc::Sender<Value>, waiting: &Queue) {
    loop {
        let request = read_request(&mut stream);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { return };
        let answer = if head.starts_with("GET /2018-06-01/runtime/invocation/next") {
            // without further events the connection stays open, as the real interface keeps it
            let event = waiting.lock().unwrap().0.recv().unwrap().to_string();
            format!(
                "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: 1\r\nlambda-runtime-deadline-ms: 4000000000000\r\n\
                 lambda-runtime-invoked-function-arn: arn:aws:lambda:ap-northeast-1:111122223333:function:links\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{event}",
                event.len()
            )
        } else {
            if head.contains("/response") {
                let _ = sender.send(serde_json::from_str(body).unwrap());
            }
            "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".to_owned()
        };
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
