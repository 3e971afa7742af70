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
        (r#"{"AwsAccountId":"012345678901","Id":"x","RecordState":"GONE"}"#, "RecordState \"GONE\""),
        (r#"{"AwsAccountId":"012345678901","Id":"x","Severity":{"Label":"BAD"}}"#, "Severity.Label"),
        (r#"{"AwsAccountId":"012345678901","Id":"x","Workflow":{"Status":"?"}}"#, "Workflow.Status"),
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
    let rejected = decode(r#"{"AwsAccountId":"012345678901","Id":"abc","Resources":{}}"#).unwrap_err();
    assert_eq!(rejected.account, "012345678901".parse().ok());
    assert!(rejected.message.contains("finding abc"), "{rejected}");
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

proptest::proptest! {
    #[test]
    fn decoder_never_panics(bytes: Vec<u8>) {
        let _ = decode_finding(&bytes, &TextPool::default());
        let _ = decode_page(&bytes, &TextPool::default());
    }
}
