use findings_core::aws::S3Encryption;
use findings_core::pipeline::ShortLinkPolicy;

use super::values::duration;
use super::*;
use crate::options::Options;

fn resolve_with(set: impl FnOnce(&mut Options)) -> Result<RunConfig, Vec<String>> {
    let mut options = Options::default();
    set(&mut options);
    RunConfig::resolve(&options, "2026-11-23T01:02:03Z".parse().unwrap())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// An option that is set.
#[expect(clippy::unnecessary_wraps, reason = "options are optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn source_of(config: &RunConfig) -> &Source {
    &config.sources.iter().next().unwrap().source
}

fn pace_of(config: &RunConfig) -> Pace {
    config.sources.iter().next().unwrap().pace
}

#[test]
fn no_options_select_sample() {
    let config = resolve_with(|_| {}).unwrap();
    assert!(config.is_sample);
    assert_eq!(config.run_id.as_str(), "2026-11-23T01:02:03.000Z");
    assert_eq!((pace_of(&config).rate, pace_of(&config).burst, config.report.link.ttl.as_secs()), (3.0, 6, 604_800));
    assert_eq!(config.time_zone, None);
}

#[test]
fn empty_option_counts_as_unset() {
    let config = resolve_with(|o| {
        o.projects = some("");
        o.notify = vec![" ".into()];
        o.locale = some("");
        o.link_ttl = some("");
    });
    assert!(config.unwrap().is_sample);
}

#[test]
fn answers_need_decisions_and_their_secret() {
    let with = |decisions: &str| {
        resolve_with(|o| {
            o.decisions.answers = some("true");
            o.decisions.mode = some(decisions);
        })
    };
    let off = with("off").unwrap_err();
    assert!(off[0].starts_with("--answers (FINDINGS_ANSWERS): ") && off[0].contains("--decisions is off"), "{off:?}");
    let keyless = with("show").unwrap_err();
    assert!(keyless[0].contains("set FINDINGS_DECISIONS_KEY"), "{keyless:?}");
    assert_eq!(resolve_with(|o| o.decisions.answers = some("false")).unwrap().decisions.answers, None);
}

#[test]
fn audience_is_read_and_wrong_values_are_named() {
    let set = |channels: &str, reply_to: &str| {
        resolve_with(|o| {
            o.audience.channel_links = some(channels);
            o.audience.reply_to = some(reply_to);
            o.audience.link_network = some("the office");
        })
    };
    let audience = set("teams:payments", "desk@example.com").unwrap().audience;
    assert!(audience.channel_links.allow(&"teams:payments".parse().unwrap()));
    assert_eq!(audience.reply_to.map(|to| to.to_string()).as_deref(), Some("desk@example.com"));
    assert_eq!(audience.link_network.as_deref(), Some("the office"));
    let errors = set("payments", "slack:desk").unwrap_err();
    assert!(
        errors[0].starts_with("--channel-links (FINDINGS_CHANNEL_LINKS): \"payments\" is not a channel"),
        "{errors:?}"
    );
    assert!(errors[1].starts_with("--reply-to (FINDINGS_REPLY_TO): ") && errors.len() == 2, "{errors:?}");
    let when = |text: &str| resolve_with(|o| o.audience.notify_when = some(text));
    assert_eq!(audience.notify_when, findings_core::NotifyWhen::Always, "everybody hears of everything");
    assert_eq!(when("Critical").unwrap().audience.notify_when, findings_core::NotifyWhen::Critical);
    let errors = when("weekly").unwrap_err();
    assert!(
        errors[0].starts_with("--notify-when (FINDINGS_NOTIFY_WHEN): \"weekly\" is not a choice of reports; expected"),
        "{errors:?}"
    );
}

#[test]
fn incomplete_main_options_are_refused() {
    let errors = resolve_with(|o| o.history = some("sqlite:x.db")).unwrap_err();
    assert!(errors[0].starts_with("--projects (FINDINGS_PROJECTS): missing"), "{errors:?}");
    assert_eq!(errors.len(), 2);
    let errors = resolve_with(|o| {
        o.projects = some("p.csv");
        o.source = vec!["securityhub:ap-northeast-1".into()];
    })
    .unwrap_err();
    assert_eq!(errors.len(), 3, "{errors:?}");
    let config = resolve_with(|o| {
        o.projects = some("p.csv");
        o.source = vec!["f.json".into()];
    });
    assert!(!config.unwrap().is_sample);
}

#[test]
fn region_given_twice_is_refused() {
    let resolved = |source: &str| {
        resolve_with(|o| {
            (o.projects, o.reports, o.history) = (some("p.csv"), some("out"), some("sqlite:x.db"));
            (o.source, o.notify) = (vec![source.into()], vec!["outbox:mails".into()]);
        })
    };
    assert!(resolved("securityhub:us-east-1,eu-west-1").is_ok());
    let errors = resolved("securityhub:us-east-1,eu-west-1, us-east-1").unwrap_err();
    assert!(errors.len() == 1 && errors[0].contains("the Region us-east-1 is given twice"), "{errors:?}");
}

#[test]
fn findings_in_s3_are_a_source_that_needs_all_main_options() {
    let resolved = |source: &str, all: bool| {
        resolve_with(|o| {
            (o.projects, o.source) = (some("p.csv"), vec![source.into()]);
            if all {
                (o.reports, o.history, o.notify) = (some("out"), some("sqlite:x.db"), vec!["outbox:mails".into()]);
            }
        })
    };
    for (source, prefix) in [("s3://exports", ""), ("s3://exports/", ""), ("s3://exports/a/b.json.gz", "a/b.json.gz")] {
        let config = resolved(source, true).unwrap();
        assert_eq!(*source_of(&config), Source::S3 { bucket: "exports".into(), prefix: prefix.into() });
        assert!(config.aws().is_needed);
    }
    let errors = resolved("s3://exports/a", false).unwrap_err();
    assert!(errors.len() == 3 && errors[0].contains("with a source in AWS"), "{errors:?}");
    assert!(resolved("s3://UPPER/a", true).unwrap_err()[0].contains("not a bucket name"));
}

#[test]
fn new_security_hub_has_a_pace_of_its_own() {
    let resolved = |source: &str, rate: Option<&str>, mark: Option<&str>| {
        resolve_with(|o| {
            (o.projects, o.reports, o.history) = (some("p.csv"), some("out"), some("sqlite:x.db"));
            (o.source, o.notify) = (vec![source.into()], vec!["outbox:mails".into()]);
            (o.rate, o.mark_notified) = (rate.map(str::to_owned), mark.map(str::to_owned));
        })
    };
    let config = resolved("securityhub-v2:eu-west-1", None, None).unwrap();
    assert_eq!(*source_of(&config), Source::SecurityHub { regions: vec!["eu-west-1".into()], api: HubApi::V2 });
    assert_eq!(pace_of(&config), Pace { rate: 10.0, burst: 30 });
    assert_eq!(pace_of(&resolved("securityhub-v2:eu-west-1", Some("4"), None).unwrap()), Pace { rate: 4.0, burst: 30 });
    assert_eq!(pace_of(&resolved("securityhub:eu-west-1", None, None).unwrap()), Pace { rate: 3.0, burst: 6 });
    assert!(resolved("securityhub-v2:eu-west-1", None, Some("true")).unwrap().mark_notified);
    let export =
        "export:eu-west-1:s3://exports?key=arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let errors = resolved(export, None, Some("true")).unwrap_err();
    assert!(errors.iter().any(|error| error.contains("an export is a copy")), "{errors:?}");
    assert!(resolve_with(|o| o.source = vec!["securityhub-v2:eu-west-1".into()]).unwrap_err().len() == 4);
}

#[test]
fn export_needs_region_place_and_key() {
    let resolved = |source: &str| {
        resolve_with(|o| {
            (o.projects, o.reports, o.history) = (some("p.csv"), some("out"), some("sqlite:x.db"));
            (o.source, o.notify) = (vec![source.into()], vec!["outbox:mails".into()]);
        })
    };
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let config = resolved(&format!("export:eu-west-1:s3://exports/a/b?key={key}")).unwrap();
    let place =
        ExportPlace { region: "eu-west-1".into(), bucket: "exports".into(), prefix: "a/b".into(), key: key.into() };
    assert_eq!((source_of(&config), pace_of(&config).burst), (&Source::Export(place), 30));
    assert_eq!((config.aws().region.as_deref(), config.export_name()), (Some("eu-west-1"), config.run_id.to_string()));
    for (source, want) in [
        ("export:tokyo:s3://exports/a?key=arn", "is not a Region"),
        ("export:eu-west-1", "expected export:REGION:s3://bucket/prefix?key=ARN"),
        ("export:eu-west-1:exports/a", "expected export:REGION:s3://bucket/prefix?key=ARN"),
        ("export:eu-west-1:s3://UPPER/a?key=arn", "not a bucket name"),
        ("export:eu-west-1:s3://exports/a", "the full ARN of a single-Region KMS key in eu-west-1"),
        ("export:eu-west-1:s3://exports/a?key=alias/x", "the full ARN"),
        (&format!("export:us-east-1:s3://exports/a?key={key}"), "KMS key in us-east-1"),
        (&format!("export:eu-west-1:s3://exports/a?key={}", key.replace("/1234", "/mrk-1234")), "single-Region"),
    ] {
        let errors = resolved(source).unwrap_err();
        assert!(errors.len() == 1 && errors[0].contains(want), "{source}: {errors:?}");
    }
}

#[test]
fn all_errors_are_reported_at_once() {
    let errors = resolve_with(|o| {
        o.projects = some("s3://bucket");
        o.source = vec!["securityhub:tokyo".into()];
        o.reports = some("s3://UPPER/x");
        o.notify = vec!["ses:nobody".into(), "smtp:user:secret@host".into(), "smtp://u:secret@h:25".into()];
        o.history = some("postgres://u:secret@db/x");
        o.run_id = some("a b");
        o.locale = some("fr");
        o.time_zone = some("Mars/Olympus");
        o.link_ttl = some("8d");
        o.rate = some("0");
        o.burst = some("-1");
        o.lease = some("1s");
        o.s3_path_style = some("maybe");
    })
    .unwrap_err();
    assert_eq!(errors.len(), 15, "{errors:#?}");
    for (error, want) in
        errors.iter().zip(["FINDINGS_LOCALE", "FINDINGS_PROJECTS", "FINDINGS_SOURCE", "FINDINGS_REPORTS"])
    {
        assert!(error.contains(want), "{error}");
    }
    assert!(!errors.concat().contains("secret"));
}

#[test]
fn durations_are_parsed() {
    for (text, seconds) in [("90s", 90), ("15m", 900), ("2h", 7_200), ("7d", 604_800), ("0s", 0)] {
        assert_eq!(duration(text).unwrap().as_secs(), seconds);
    }
    for text in ["", "7", "d", "1.5h", "-1s", "1w", "+1s", "１s", "99999999999999999999d", "18446744073709551615d"] {
        assert!(duration(text).is_err(), "{text}");
    }
}

#[test]
fn japanese_locale_defaults_to_tokyo_time() {
    let zone = |c: RunConfig| c.time_zone.and_then(|z| z.iana_name().map(str::to_owned));
    assert_eq!(zone(resolve_with(|o| o.locale = some("ja")).unwrap()).as_deref(), Some("Asia/Tokyo"));
    assert_eq!(zone(resolve_with(|o| o.time_zone = some("Europe/Berlin")).unwrap()).as_deref(), Some("Europe/Berlin"));
}

#[test]
fn schemes_select_implementations() {
    let config = resolve_with(|o| {
        o.projects = some("s3://conf-1/a/projects.csv");
        o.source = vec!["securityhub:ap-northeast-1, us-gov-west-1".into()];
        o.reports = some("s3://reports/hub");
        o.notify = vec![
            "outbox:/tmp/a b".into(),
            "ses:Sec <a@example.com>".into(),
            "smtps://u:p@h:465?from=a@example.com".into(),
        ];
        o.history = some("dynamodb:find.ings-1");
    })
    .unwrap();
    assert_eq!(config.projects, Input::S3 { bucket: "conf-1".into(), key: "a/projects.csv".into() });
    let regions = vec!["ap-northeast-1".into(), "us-gov-west-1".into()];
    assert_eq!(*source_of(&config), Source::SecurityHub { regions, api: HubApi::V1 });
    assert!(matches!(&config.notify.notifiers[0], Notify::Outbox(dir) if dir.as_os_str() == "/tmp/a b"));
    assert!(!format!("{config:?}").contains("u:p@h"), "a password must not be printed");
}

#[test]
fn link_lifetimes_are_parsed() {
    let link = |ttl: &str, min: &str| {
        resolve_with(|o| (o.link_ttl, o.link_min_ttl) = (some(ttl), some(min))).map(|c| {
            (c.report.link.ttl.as_secs() / 3_600, c.report.link.min_ttl.as_secs() / 3_600, c.report.link.short)
        })
    };
    assert_eq!(link("", "").unwrap(), (168, 72, ShortLinkPolicy::Warn));
    assert_eq!(link("1d", "").unwrap(), (24, 24, ShortLinkPolicy::Warn));
    assert_eq!(link("", "5h").unwrap(), (168, 5, ShortLinkPolicy::Warn));
    assert_eq!(link("", "attach").unwrap(), (168, 72, ShortLinkPolicy::Attach));
    assert_eq!(link("2d", "1d:fail").unwrap(), (48, 24, ShortLinkPolicy::Fail));
    assert!(link("1d", "2d").unwrap_err()[0].contains("longer than --link-ttl"));
    for bad in ["3", "3d:shout", "3d:", ":warn", "warn:3d"] {
        assert!(link("", bad).is_err(), "{bad}");
    }
}

#[test]
fn link_credentials_and_encryption_require_s3() {
    let s3 = |sse: &str, credentials: &str| {
        resolve_with(|o| {
            (o.projects, o.source, o.reports) = (some("p.csv"), vec!["f.json".into()], some("s3://reports/x"));
            (o.s3_sse, o.link_credentials) = (some(sse), some(credentials));
        })
    };
    let config = s3("aws:kms:arn:aws:kms:ap-northeast-1:111122223333:key/1", "profile:links").unwrap();
    let key_id = Some("arn:aws:kms:ap-northeast-1:111122223333:key/1".to_owned());
    assert_eq!(config.report.encryption, Some(S3Encryption::Kms { key_id }));
    assert_eq!(config.report.link_credentials, Some(LinkCredentials::Profile("links".to_owned())));
    assert_eq!(s3("aes256", "").unwrap().report.encryption, Some(S3Encryption::Aes256));
    assert_eq!(s3("aws:kms", "").unwrap().report.encryption, Some(S3Encryption::Kms { key_id: None }));
    for (sse, credentials) in
        [("kms", ""), ("aws:kms:", ""), ("", "AKIDGEHEIM:geheim"), ("", "env:NO_SUCH_VARIABLE_IS_SET"), ("", "env:1X")]
    {
        let errors = s3(sse, credentials).unwrap_err().concat();
        assert!(!errors.contains("geheim"), "{errors}");
    }
    let errors = resolve_with(|o| (o.s3_sse, o.link_credentials) = (some("AES256"), some("profile:x"))).unwrap_err();
    assert!(
        errors.len() == 2 && errors[0].contains("--s3-sse") && errors[1].contains("--link-credentials"),
        "{errors:?}"
    );
}

#[test]
fn columns_and_portal_are_checked_at_the_start() {
    let columns = |text: &str| resolve_with(|o| o.columns = some(text));
    let ids = |text: &str| columns(text).unwrap().report.columns.ids().take(3).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(ids(""), ["severity", "change", "fix_by"]);
    assert_eq!(ids("title, region,rest"), ["title", "region", "severity"]);
    let unknown = columns("title,cost").unwrap_err();
    assert!(unknown[0].starts_with("--columns (FINDINGS_COLUMNS): there is no column \"cost\""), "{unknown:?}");
    assert!(unknown[0].contains("account_name"), "the message lists what there is");
    assert!(columns("title,title").unwrap_err()[0].contains("named twice"));

    let portal = |text: &str| resolve_with(|o| o.console_portal = some(text));
    assert_eq!(portal("").unwrap().report.console_portal, None);
    assert!(portal("https://d-1.awsapps.com/start,Audit").unwrap().report.console_portal.is_some());
    for (wrong, want) in [("d-1.awsapps.com", "access portal"), ("https://d-1.awsapps.com/start,a b", "permission set")]
    {
        let errors = portal(wrong).unwrap_err();
        assert!(errors[0].starts_with("--console-portal (FINDINGS_CONSOLE_PORTAL): "), "{errors:?}");
        assert!(errors[0].contains(want), "{errors:?}");
    }
}

#[test]
fn link_keys_are_parsed_as_iam_prints_them() {
    for json in [
        r#"{"AccessKeyId":"AKIATEST","SecretAccessKey":"geheim"}"#,
        r#"{"aws_access_key_id":"AKIATEST","aws_secret_access_key":"geheim"}"#,
        r#"{"AccessKey":{"UserName":"links","AccessKeyId":"AKIATEST","Status":"Active","SecretAccessKey":"geheim"}}"#,
    ] {
        let key = links::key(json).unwrap();
        assert_eq!((key.access_key_id(), key.secret_access_key(), key.expiry()), ("AKIATEST", "geheim", None));
        assert!(!format!("{key:?}").contains("geheim"));
    }
    assert!(!links::key(r#"{"AccessKeyId":"AKIATEST","Secret":"geheim"}"#).unwrap_err().contains("geheim"));
}

#[test]
fn temporary_link_keys_are_refused() {
    for json in [
        r#"{"AccessKeyId":"ASIATEST","SecretAccessKey":"geheim","SessionToken":"geheim"}"#,
        r#"{"AccessKeyId":"AKIATEST","SecretAccessKey":"geheim","SessionToken":"geheim"}"#,
        r#"{"aws_access_key_id":"AKIATEST","aws_secret_access_key":"geheim","aws_session_token":"geheim"}"#,
        r#"{"AccessKeyId":"ASIATEST","SecretAccessKey":"geheim"}"#,
    ] {
        let refused = links::key(json).unwrap_err();
        assert!(refused.contains("begins with AKIA") && !refused.contains("geheim"), "{refused}");
    }
    let empty = r#"{"AccessKeyId":"AKIATEST","SecretAccessKey":"geheim","SessionToken":null}"#;
    assert!(links::key(empty).is_ok());
}

#[test]
fn ses_sender_accepts_configuration_set() {
    let notify = |text: &str| {
        resolve_with(|o| (o.projects, o.source, o.notify) = (some("p"), vec!["f".into()], vec![text.into()]))
    };
    let Notify::Ses { configuration_set, .. } =
        &notify("ses:A <a@example.com>?configuration-set=findings").unwrap().notify.notifiers[0]
    else {
        panic!("it is SES");
    };
    assert_eq!(configuration_set.as_deref(), Some("findings"));
    assert!(notify("ses:a@example.com?set=x").is_err() && notify("ses:a@example.com?configuration-set=").is_err());
}

#[test]
fn topics_are_in_regions() {
    let notify = |texts: &[&str]| {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        resolve_with(|o| (o.projects, o.source, o.notify) = (some("p"), vec!["f".into()], texts))
    };
    let config = notify(&["sns:ap-northeast-1,us-east-1"]).unwrap();
    let Notify::Sns { regions } = &config.notify.notifiers[0] else { panic!("these are topics") };
    assert_eq!(regions, &["ap-northeast-1", "us-east-1"]);
    assert!(config.aws().is_needed);
    assert!(notify(&["sns:arn:aws:sns:x"]).unwrap_err()[0].contains("is not a Region"));
    assert!(notify(&["sns:us-east-1", "sns:eu-west-1,us-east-1"]).unwrap_err()[0].contains("told twice"));
}

#[test]
fn formats_keep_their_order() {
    let formats = |text: &str| resolve_with(|o| o.format = some(text)).map(|config| config.report.formats);
    assert_eq!(formats("").unwrap(), [Format::Xlsx]);
    assert_eq!(formats("jsonl, html,xlsx,csv").unwrap(), [Format::Jsonl, Format::Html, Format::Xlsx, Format::Csv]);
    assert!(formats("xls").unwrap_err()[0].starts_with("--format (FINDINGS_FORMAT): \"xls\" is not a format"));
    assert!(formats("csv,csv").unwrap_err()[0].ends_with("csv is given twice"));
}

#[test]
fn webhooks_are_read_from_variables_and_not_printed() {
    let notify = |text: &str| {
        resolve_with(|o| (o.projects, o.source, o.notify) = (some("p"), vec!["f".into()], vec![text.into()]))
            .unwrap_err()
            .concat()
    };
    assert!(notify("slack:NO_SUCH_VARIABLE_IS_SET").contains("NO_SUCH_VARIABLE_IS_SET is not set"));
    let pasted = notify("teams:https://example.com/geheim");
    assert!(pasted.contains("expected teams:VARIABLE") && !pasted.contains("geheim"), "{pasted}");
}

#[test]
fn operators_are_mail_addresses() {
    let read = |text: &str| resolve_with(|o| o.operators = some(text)).map(|c| c.notify.operators.len());
    assert_eq!(read("a@example.com; b@example.com,a@example.com").unwrap(), 2);
    assert!(read("a@example.com;b").is_err() && read("slack:ops").is_err());
    let one_mistake = resolve_with(|o| {
        o.operators = some("a@example.com");
        o.notify = vec!["ses:nobody".into()];
    });
    let told = one_mistake.unwrap_err().concat();
    assert!(told.contains("--notify") && !told.contains("--operators"), "{told}");
}

#[test]
fn history_requires_no_other_option() {
    let options = Options { history: some("dynamodb:findings"), rate: some("fast"), ..Options::default() };
    let config = HistoryConfig::resolve(&options).unwrap();
    assert_eq!(config.history, History::DynamoDb { table: "findings".to_owned() });
    assert!(config.aws().is_needed);
    let wrong = Options { history: some("x"), sla: some("high"), ..Options::default() };
    let errors = HistoryConfig::resolve(&wrong).unwrap_err();
    assert_eq!(errors.iter().map(|error| error.flag).collect::<Vec<_>>(), ["history", "sla"]);
}

#[test]
fn enroll_requires_registry_and_security_hub() {
    let options = Options {
        projects: some("p.csv"),
        source: vec!["securityhub:us-east-1,eu-west-1".into()],
        ..Options::default()
    };
    let config = EnrollConfig::resolve(&options).unwrap();
    assert_eq!((config.home.as_str(), config.regions.len()), ("us-east-1", 2));
    assert_eq!(config.aws().region.as_deref(), Some("us-east-1"));
    let flags =
        |options: Options| EnrollConfig::resolve(&options).unwrap_err().iter().map(|e| e.flag).collect::<Vec<_>>();
    let wrong = Options { source: vec!["f.json".into()], burst: some("0"), ..Options::default() };
    assert_eq!(flags(wrong), ["source", "projects", "burst"]);
    assert_eq!(flags(Options { source: vec!["securityhub:tokyo".into()], ..options.clone() }), ["source"]);
    assert_eq!(flags(Options { projects: some("s3://bucket"), ..options }), ["projects"]);
}

#[test]
fn relink_requires_run_id() {
    let now = "2026-11-23T01:02:03Z".parse().unwrap();
    let errors = RunConfig::resolve_finished(&Options { rate: some("0"), ..Options::default() }, now).unwrap_err();
    assert_eq!(errors.iter().map(|error| error.flag).collect::<Vec<_>>(), ["run-id", "rate"]);
}

#[test]
fn run_checks_sla_targets() {
    assert!(resolve_with(|o| o.sla = some("high")).unwrap_err()[0].starts_with("--sla (FINDINGS_SLA)"));
}

#[test]
fn renames_are_pairs_of_names() {
    let config = resolve_with(|o| o.rename = vec!["Warehouse=Data Platform".into(), " ".into()]).unwrap();
    assert_eq!(config.renames, [findings_core::registry::Rename::new("Warehouse", "Data Platform")]);
    let errors = resolve_with(|o| o.rename = vec!["Warehouse".into()]).unwrap_err();
    assert!(errors[0].starts_with("--rename (FINDINGS_RENAME): \"Warehouse\" is no renaming"), "{errors:?}");
}

#[test]
fn operators_are_inside_the_allowed_domains() {
    let read = |domains: &str| {
        resolve_with(|o| {
            o.operators = some("a@Example.com");
            o.recipient_domains = some(domains);
        })
    };
    assert!(!read("example.com").unwrap().notify.domains.allow_all());
    for (domains, want) in [("*.example.com", "outside the domains"), ("example", "is not a domain")] {
        let told = format!("{:?}", read(domains).unwrap_err());
        assert!(told.contains(want), "{told}");
    }
}
