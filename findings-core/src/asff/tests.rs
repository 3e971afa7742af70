use super::*;
use crate::{ComplianceStatus, RecordState, Severity, WorkflowStatus};

fn decode(json: &str) -> Result<Finding, RejectedRecord> {
    decode_finding(json.as_bytes(), &TextPool::default())
}

const MINIMAL: &str = r#"{"AwsAccountId":"012345678901","Id":"i-1"}"#;

#[test]
fn only_account_and_id_are_required() {
    let finding = decode(MINIMAL).unwrap();
    assert_eq!(finding, Finding::new("012345678901".parse().unwrap(), "i-1"));
    for (json, want) in [
        (r#"{"Id":"x"}"#, "AwsAccountId is missing"),
        (r#"{"AwsAccountId":"012345678901"}"#, "Id is missing"),
        (r#"{"AwsAccountId":"12345678901","Id":"x"}"#, "leading zeros"),
        (r#"{"AwsAccountId":12345678901,"Id":"x"}"#, "leading zeros"),
        (r#"{"AwsAccountId":1.11122223333e11,"Id":"x"}"#, "AwsAccountId"),
        (r#"{"AwsAccountId":["012345678901"],"Id":"x"}"#, "AwsAccountId is missing"),
        (r#"{"AwsAccountId":"012345678901","Id":null}"#, "Id is missing"),
        (r#"{"AwsAccountId":"012345678901","Id":7}"#, "Id is 7"),
        (r#"{"AwsAccountId":"012345678901","Id":"x","Title":"#, "not a finding in ASFF"),
        (r#"{"AwsAccountId":"012345678901","Id":["x"]}"#, "not a finding in ASFF"),
        ("[]", "not a finding in ASFF"),
    ] {
        let message = decode(json).unwrap_err().message;
        assert!(message.contains(want), "{json}: {message}");
    }
}

#[test]
fn null_is_treated_as_missing() {
    let finding = decode(
        r#"{"AwsAccountId":"012345678901","Id":"1","Resources":null,"Severity":null,"Workflow":{"Status":null},"Note":null,
            "Compliance":{"AssociatedStandards":null},"Remediation":{"Recommendation":null},"Title":null,"ProductFields":null}"#,
    );
    assert_eq!(finding.unwrap(), Finding::new("012345678901".parse().unwrap(), "1"));
}

#[test]
fn decoder_keeps_all_fields_of_report() {
    let finding = decode(
        r#"{"AwsAccountId":"012345678901","Id":"1","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/inspector",
            "Severity":{"Label":"HIGH","Normalized":10},"RecordState":"ARCHIVED","Workflow":{"Status":"SUPPRESSED"},
            "Compliance":{"Status":"NOT_AVAILABLE","SecurityControlId":"S3.1","AssociatedStandards":[{"StandardsId":"standards/a"}],
              "StatusReasons":[{"ReasonCode":"CONFIG_EVALUATIONS_EMPTY"}]},
            "Resources":[{"Id":"r1","Type":"AwsS3Bucket","Tags":{"b":"2","a":"1"},"Details":{"AwsS3Bucket":{}}},{"Id":"r2","Region":"us-east-1"}],
            "Vulnerabilities":[{"Id":"CVE-1","VulnerablePackages":[{"Name":"p","Version":"1","FixedInVersion":"2"}],"FixAvailable":"YES"}],
            "Remediation":{"Recommendation":{"Text":"do","Url":"https://example.com"}},
            "Note":{"Text":"確認中","UpdatedBy":"sato","UpdatedAt":"2026-01-01T00:00:00Z"},"UserDefinedFields":{"k":"v"},"Sample":true}"#,
    )
    .unwrap();
    assert_eq!((finding.severity, finding.record_state), (Severity::High, RecordState::Archived));
    assert_eq!(finding.workflow, WorkflowStatus::Suppressed);
    assert_eq!(finding.compliance, Some(ComplianceStatus::NotAvailable));
    assert_eq!(finding.control_id.as_deref(), Some("S3.1"));
    assert_eq!(*finding.standards, ["standards/a".into()]);
    assert_eq!(*finding.compliance_reasons, ["CONFIG_EVALUATIONS_EMPTY".into()]);
    assert_eq!(finding.region.as_deref(), Some("eu-west-1"), "from ProductArn");
    assert_eq!(finding.resources[0].tags, [("a".into(), "1".into()), ("b".into(), "2".into())]);
    assert_eq!(&*finding.resources[1].id, "r2");
    assert_eq!(finding.vulnerabilities[0].packages[0].fixed_in.as_deref(), Some("2"));
    assert_eq!(&*finding.note.unwrap().text, "確認中");
    assert_eq!(finding.user_defined_fields.len(), 1);
    assert!(finding.sample);
}

#[test]
fn control_is_read_from_product_fields_of_security_hub() {
    let old = |arn: &str| {
        decode(&format!(
            r#"{{"AwsAccountId":"012345678901","Id":"1","ProductArn":"{arn}","ProductFields":{{"ControlId":"IAM.5",
                "StandardsArn":"arn:aws:securityhub:::standards/x/v/1.0.0","aws/securityhub/ProductName":"Security Hub"}}}}"#
        ))
        .unwrap()
    };
    let finding = old("arn:aws:securityhub:us-east-1::product/aws/securityhub");
    assert_eq!(finding.control_id.as_deref(), Some("IAM.5"));
    assert_eq!(*finding.standards, ["standards/x/v/1.0.0".into()]);
    assert_eq!(finding.product_name.as_deref(), Some("Security Hub"));
    assert_eq!(old("arn:aws:securityhub:us-east-1::product/other/thing").control_id, None);
}

#[test]
fn severity_without_label_is_derived_from_normalized() {
    for (normalized, want) in [
        ("0", Severity::Informational),
        ("1", Severity::Low),
        ("39", Severity::Low),
        ("40", Severity::Medium),
        ("69.5", Severity::High),
        ("90", Severity::Critical),
        ("100", Severity::Critical),
        ("-5", Severity::Informational),
        ("1e9", Severity::Critical),
    ] {
        let json = format!(r#"{{"AwsAccountId":"012345678901","Id":"1","Severity":{{"Normalized":{normalized}}}}}"#);
        assert_eq!(decode(&json).unwrap().severity, want, "{normalized}");
    }
}

#[test]
fn parse_time_accepts_all_forms() {
    let utc = "2026-01-01T00:00:00Z".parse().ok();
    for (text, want) in [
        ("2026-01-01T00:00:00Z", utc),
        ("2026-01-01T00:00:00.000Z", utc),
        ("2026-01-01T09:00:00+09:00", utc),
        ("2026-01-01T09:00:00.000000+0900", utc),
        ("2026-01-01T00:00:00", utc),
        (" 2026-01-01 00:00:00 ", utc),
        ("2018-11-27T00:00:00Z", "2018-11-27T00:00:00Z".parse().ok()),
        ("2018-11-26T23:59:59Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ] {
        assert_eq!(parse_time(text), want, "{text}");
    }
}

#[test]
fn repeated_texts_are_shared() {
    let pool = TextPool::default();
    let json = r#"{"AwsAccountId":"012345678901","Id":"1","Title":"S3 \u3042"}"#;
    let a = decode_finding(json.as_bytes(), &pool).unwrap();
    let b = decode_finding(json.as_bytes(), &pool).unwrap();
    assert!(std::sync::Arc::ptr_eq(&a.title, &b.title));
    assert_eq!(&*a.title, "S3 あ");
}

#[test]
fn rejected_record_names_account_and_finding() {
    let rejected = decode(r#"{"AwsAccountId":"012345678901","Id":["abc"]}"#).unwrap_err();
    assert_eq!(rejected.account, "012345678901".parse().ok());
    let rejected = decode(r#"{"AwsAccountId":12345678901,"Id":"abc","Title":"\ud83d"}"#).unwrap_err();
    assert!(rejected.message.contains("finding abc"), "{rejected}");
}

/// Decodes a finding with these other members. Returns it with its odd values as `FIELD=VALUE`.
fn decode_odd(members: &str) -> (Finding, Vec<String>) {
    let json = format!(r#"{{"AwsAccountId":"111122223333","Id":"x",{members}}}"#);
    let finding = decode(&json).unwrap_or_else(|rejected| panic!("{members}: {rejected}"));
    let odd = finding.odd_values.iter().map(|odd| format!("{}={}", odd.field, odd.value)).collect();
    (finding, odd)
}

#[test]
fn odd_value_costs_only_itself() {
    type Want = (&'static str, &'static str, fn(&Finding) -> bool);
    let table: &[Want] = &[
        (r#""Compliance":{"Status":"INFOED","SecurityControlId":"S3.8"}"#, "Compliance.Status=INFOED", |f| {
            f.compliance.is_none() && f.control_id.as_deref() == Some("S3.8")
        }),
        (r#""Compliance":{"Status":7}"#, "Compliance.Status=7", |f| f.compliance.is_none()),
        (r#""Compliance":"FAILED""#, "Compliance=FAILED", |f| f.compliance.is_none()),
        (r#""Compliance":{"Status":"not_available"}"#, "Compliance.Status=not_available", |f| {
            f.compliance == Some(ComplianceStatus::NotAvailable)
        }),
        (r#""Severity":{"Label":"Critical"}"#, "Severity.Label=Critical", |f| f.severity == Severity::Critical),
        (r#""Severity":{"Label":"BAD","Normalized":70}"#, "Severity.Label=BAD", |f| f.severity == Severity::High),
        (r#""Severity":{"Label":"BAD"}"#, "Severity.Label=BAD", |f| f.severity == Severity::Informational),
        (r#""Severity":{"Normalized":"90"}"#, "Severity.Normalized=90", |f| f.severity == Severity::Critical),
        (r#""Severity":{"Normalized":"?"}"#, "Severity.Normalized=?", |f| f.severity == Severity::Informational),
        (r#""Severity":{"Label":"LOW","Normalized":1e999}"#, "Severity.Normalized=1e999", |f| {
            f.severity == Severity::Low
        }),
        (r#""Severity":{"Label":"LOW","Normalized":NaN}"#, "Severity.Normalized=NaN", |f| f.severity == Severity::Low),
        (r#""RecordState":"GONE""#, "RecordState=GONE", |f| f.record_state == RecordState::Active),
        (r#""RecordState":"archived""#, "RecordState=archived", |f| f.record_state == RecordState::Archived),
        (r#""Workflow":{"Status":"?"}"#, "Workflow.Status=?", |f| f.workflow == WorkflowStatus::New),
        (r#""Workflow":{"Status":"Suppressed"}"#, "Workflow.Status=Suppressed", |f| {
            f.workflow == WorkflowStatus::Suppressed
        }),
        (r#""Types":"a/b/c""#, "Types=a/b/c", |f| f.types == ["a/b/c".into()]),
        (r#""Types":["a",null,7]"#, "Types=null;Types=7", |f| f.types == ["a".into(), "7".into()]),
        (r#""Title":["not","a","text"],"Description":"d""#, r#"Title=["not","a","text"]"#, |f| {
            f.title.is_empty() && &*f.description == "d"
        }),
        (r#""Title":41"#, "Title=41", |f| &*f.title == "41"),
        (r#""Description":"Trojan \ud83d\ude00\ud83d""#, "Description=Trojan \u{1f600}\u{fffd}", |f| {
            &*f.description == "Trojan \u{1f600}\u{fffd}"
        }),
        (r#""Title":"a\udc00\\ud83d""#, "Title=a\u{fffd}\\ud83d", |f| &*f.title == "a\u{fffd}\\ud83d"),
        (
            r#""Resources":[{"Id":"r","Tags":{"Owner":null,"a":"b","n":1}}]"#,
            "Resources.Tags.Owner=null;Resources.Tags.n=1",
            |f| f.resources[0].tags == [("a".into(), "b".into()), ("n".into(), "1".into())],
        ),
        (r#""Resources":[null,{"Id":"r"}]"#, "Resources=null", |f| f.resources.len() == 1),
        (r#""Resources":{"Id":"r"}"#, r#"Resources={"Id":"r"}"#, |f| &*f.resources[0].id == "r"),
        (r#""UserDefinedFields":{"k":["v"],"l":"w"}"#, r#"UserDefinedFields.k=["v"]"#, |f| {
            f.user_defined_fields == [("l".into(), "w".into())]
        }),
        (r#""UpdatedAt":"yesterday""#, "UpdatedAt=yesterday", |f| f.updated_at.is_none()),
        (r#""UpdatedAt":1764330000"#, "UpdatedAt=1764330000", |f| f.updated_at.is_none()),
        (r#""Sample":"true""#, "Sample=true", |f| f.sample),
        (r#""Sample":7"#, "Sample=7", |f| !f.sample),
        (r#""Title":"a","Title":"b""#, "Finding=duplicate field `Title`", |f| &*f.title == "b"),
        ("\"Title\":\"a\tb\"", "Finding=control character (\\u0000-\\u001F) found ", |f| &*f.title == "a\tb"),
        (r#""Details":{"a":"\ud83d"},"Title":7"#, "Title=7", |f| &*f.title == "7"),
    ];
    for (members, want, holds) in table {
        let (finding, odd) = decode_odd(members);
        assert_eq!(odd.join(";"), *want, "{members}");
        assert!(holds(&finding), "{members}: {finding:?}");
        let page = format!(r#"{{"Findings":[{{"AwsAccountId":"111122223333","Id":"x",{members}}}]}}"#);
        let mut page = decode_page(page.as_bytes(), &TextPool::default()).unwrap();
        // a control character keeps a page from being split into records, so it is repaired before
        if want.contains("control character") {
            page.findings[0].odd_values.clone_from(&finding.odd_values);
        }
        assert_eq!(page.findings, [finding], "{members}");
    }
}

#[test]
fn account_can_be_a_number_of_twelve_digits() {
    let finding = decode(r#"{"AwsAccountId":111122223333,"Id":"int","Severity":{"Label":"HIGH"}}"#).unwrap();
    assert_eq!((finding.account.to_string().as_str(), finding.severity), ("111122223333", Severity::High));
    assert_eq!((&*finding.odd_values[0].field, &*finding.odd_values[0].value), ("AwsAccountId", "111122223333"));
}

#[test]
fn odd_values_are_limited_and_serialised_only_if_there_are_any() {
    let tags: Vec<_> = (0..1000).map(|n| format!("\"{n}\":null")).collect();
    let (finding, odd) = decode_odd(&format!(r#""Resources":[{{"Tags":{{{}}}}}]"#, tags.join(",")));
    assert_eq!((odd.len(), finding.resources[0].tags.len()), (50, 0));
    let (finding, odd) = decode_odd(&format!(r#""Sample":"{}""#, "語".repeat(100)));
    assert_eq!(odd, [format!("Sample={}", "語".repeat(40))]);
    let json = serde_json::to_value(&finding).unwrap();
    assert_eq!(json["odd_values"][0]["field"], "Sample");
    assert_eq!(serde_json::to_value(decode(MINIMAL).unwrap()).unwrap().get("odd_values"), None);
}

#[test]
fn provider_fields_count_where_the_service_has_no_value() {
    for (members, severity, types) in [
        (
            r#""FindingProviderFields":{"Severity":{"Label":"CRITICAL","Original":"9"},"Types":["a/b/c"]}"#,
            Severity::Critical,
            "a/b/c",
        ),
        (r#""FindingProviderFields":{"Severity":{"Normalized":70}}"#, Severity::High, ""),
        (
            r#""Severity":null,"Types":[],"FindingProviderFields":{"Severity":{"Label":"LOW"},"Types":["a"]}"#,
            Severity::Low,
            "a",
        ),
        (
            r#""Severity":{"Normalized":40},"Types":["x"],"FindingProviderFields":{"Severity":{"Label":"CRITICAL"},"Types":["a"]}"#,
            Severity::Medium,
            "x",
        ),
        (r#""Severity":{"Label":"LOW"},"FindingProviderFields":{"Severity":{"Label":"CRITICAL"}}"#, Severity::Low, ""),
        (r#""FindingProviderFields":{"Severity":{"Label":"Critical"},"Types":"a"}"#, Severity::Critical, "a"),
        (r#""FindingProviderFields":{}"#, Severity::Informational, ""),
    ] {
        let (finding, _) = decode_odd(members);
        assert_eq!((finding.severity, finding.types.join(",").as_str()), (severity, types), "{members}");
    }
}

#[test]
fn what_explains_a_severity_is_kept_and_what_is_missing_or_odd_is_not_made_up() {
    let given = |provider: &str| {
        let json = format!(
            r#"{{"AwsAccountId":"012345678901","Id":"1","Severity":{{"Label":"LOW"}},"FindingProviderFields":{provider}}}"#
        );
        let finding = decode(&json).unwrap();
        (finding.severity, finding.provider_severity, finding.odd_values.len())
    };
    assert_eq!(given(r#"{"Severity":{"Label":"HIGH","Original":"8"}}"#), (Severity::Low, Some(Severity::High), 0));
    assert_eq!(given(r#"{"Severity":{"Label":"LOW"}}"#), (Severity::Low, Some(Severity::Low), 0));
    // how products count is their own affair
    for provider in [r#"{"Severity":{"Original":"HIGH"}}"#, r#"{"Severity":{"Label":"Severe"}}"#, "{}", "null"] {
        assert_eq!(given(provider), (Severity::Low, None, 0), "{provider}");
    }
    let scores = |members: &str| {
        let (finding, _) = decode_odd(&format!(r#""Vulnerabilities":[{{"Id":"CVE-1"{members}}}]"#));
        (finding.vulnerabilities[0].cvss_score, finding.vulnerabilities[0].epss_score)
    };
    let two = r#","Cvss":[{"BaseScore":4.0,"Version":"2.0"},{"BaseScore":9.8,"Version":"3.1"}],"EpssScore":0.94"#;
    assert_eq!(scores(two), (Some(9.8), Some(0.94)));
    for missing in
        ["", r#","Cvss":[],"EpssScore":null"#, r#","Cvss":[{"BaseScore":98}],"EpssScore":94"#, r#","Cvss":[{}]"#]
    {
        assert_eq!(scores(missing), (None, None), "{missing}");
    }
}

#[test]
fn response_without_findings_is_malformed() {
    for body in ["<html></html>", "{}", "", r#"{"Findings":null}"#, r#"{"Findings":[{"#] {
        let error = decode_page(body.as_bytes(), &TextPool::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
    }
}

#[test]
fn page_with_bad_records_keeps_good_ones() {
    let valid = r#"{"AwsAccountId":"012345678901","Id":"1","Title":"a"}"#;
    for (others, rejected) in [("", 0), (r#",{"Id":"2"}"#, 1), (r#",{"AwsAccountId":"012345678901","Id":7},[]"#, 2)] {
        let body = format!(r#"{{"Findings":[{valid}{others}],"NextToken":"t"}}"#);
        let page = decode_page(body.as_bytes(), &TextPool::default()).unwrap();
        assert_eq!(page.findings, [decode(valid).unwrap()]);
        assert_eq!((page.rejected.len(), page.next.unwrap().as_str()), (rejected, "t"), "{others}");
    }
}

#[test]
fn empty_token_ends_pages() {
    for body in [r#"{"Findings":[],"NextToken":""}"#, r#"{"Findings":[],"NextToken":null}"#, r#"{"Findings":[]}"#] {
        assert_eq!(decode_page(body.as_bytes(), &TextPool::default()).unwrap().next, None, "{body}");
    }
}

/// Calls `visit` with the path of each value in `value`, as a JSON pointer.
fn for_each_path(value: &serde_json::Value, path: &str, visit: &mut dyn FnMut(&str)) {
    let members: Vec<_> = match value {
        serde_json::Value::Object(members) => members.iter().map(|(k, v)| (k.replace('/', "~1"), v)).collect(),
        serde_json::Value::Array(entries) => entries.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in members {
        let path = format!("{path}/{name}");
        visit(&path);
        for_each_path(value, &path, visit);
    }
}

#[test]
fn no_value_of_any_other_field_costs_the_finding() {
    let whole = serde_json::json!({
        "AwsAccountName": "n", "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/securityhub", "ProductName": "p",
        "Region": "r", "GeneratorId": "g", "Types": ["t"], "Title": "t", "Description": "d",
        "FindingProviderFields": {"Severity": {"Label": "LOW", "Normalized": 1}, "Types": ["t"]},
        "Severity": {"Label": "HIGH", "Normalized": 70}, "Workflow": {"Status": "NEW"}, "RecordState": "ACTIVE",
        "Compliance": {"Status": "FAILED", "SecurityControlId": "S3.8", "AssociatedStandards": [{"StandardsId": "s"}],
            "StatusReasons": [{"ReasonCode": "c"}]},
        "FirstObservedAt": "2026-01-01T00:00:00Z", "LastObservedAt": "2026-01-01T00:00:00Z",
        "CreatedAt": "2026-01-01T00:00:00Z", "UpdatedAt": "2026-01-01T00:00:00Z",
        "Resources": [{"Id": "i", "Type": "t", "Region": "r", "Tags": {"k": "v"}}],
        "Vulnerabilities": [{"Id": "i", "VulnerablePackages": [{"Name": "n", "Version": "1", "FixedInVersion": "2"}],
            "FixAvailable": "YES", "ExploitAvailable": "NO", "Cvss": [{"BaseScore": 9.8}], "EpssScore": 0.5}],
        "Remediation": {"Recommendation": {"Text": "t", "Url": "u"}}, "SourceUrl": "u",
        "ProductFields": {"ControlId": "c", "RuleId": "r", "StandardsArn": "a", "StandardsGuideArn": "g",
            "aws/securityhub/ProductName": "p"},
        "Note": {"Text": "t", "UpdatedBy": "u", "UpdatedAt": "2026-01-01T00:00:00Z"},
        "UserDefinedFields": {"k": "v"}, "Sample": false,
    });
    let mut whole = whole;
    (whole["AwsAccountId"], whole["Id"]) = ("111122223333".into(), "x".into());
    let odd: serde_json::Value =
        serde_json::from_str(r#"[null, true, 7, -1.5, "x", [], {}, [null], {"a": null}, [[7]]]"#).unwrap();
    let mut paths = Vec::new();
    for_each_path(&whole, "", &mut |path| paths.push(path.to_owned()));
    assert!(paths.len() > 70, "{}", paths.len());
    for path in paths.iter().filter(|path| !["/AwsAccountId", "/Id"].contains(&path.as_str())) {
        for value in odd.as_array().unwrap() {
            let mut record = whole.clone();
            *record.pointer_mut(path).unwrap() = value.clone();
            let finding = decode(&record.to_string()).unwrap_or_else(|rejected| panic!("{path} {value}: {rejected}"));
            assert_eq!(&*finding.id, "x", "{path} {value}");
            assert!(finding.odd_values.iter().all(|odd| &*odd.field != "Finding"), "{path} {value}: {finding:?}");
        }
    }
}

/// Any JSON value of a few levels.
fn any_json() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    use proptest::prelude::{Just, Strategy as _, any, prop_oneof};
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn sanitising_changes_no_json(value in any_json()) {
        let json = serde_json::to_string_pretty(&value).unwrap();
        proptest::prop_assert_eq!(repair::sanitize(&json, false), json);
    }

    #[test]
    fn decoder_never_panics(bytes: Vec<u8>) {
        let _ = decode_finding(&bytes, &TextPool::default());
        let _ = decode_page(&bytes, &TextPool::default());
    }
}

#[test]
fn token_has_a_limit() {
    let decode = |length: usize| {
        let body = format!(r#"{{"Findings":[],"NextToken":"{}"}}"#, "t".repeat(length));
        decode_page(body.as_bytes(), &TextPool::default())
    };
    assert!(decode(64_000).is_ok());
    let error = decode(64_001).unwrap_err().to_string();
    assert!(error.contains("NextToken has more than 64 KB"), "{error}");
}
