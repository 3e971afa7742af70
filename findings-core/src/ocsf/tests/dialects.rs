//! The same findings as each product writes them, next to what ASFF says of them.

use super::*;
use crate::asff;
use crate::history::IssueId;
use crate::{ComplianceStatus, Severity, WorkflowStatus};

const TITLE: &str = "SQS queues should be encrypted at rest";
const ID: &str = "arn:aws:securityhub:eu-west-1:111122223333:security-control/SQS.1/finding/0a1b2c3d";

/// A finding of a control in ASFF.
fn control() -> Value {
    json!({
        "AwsAccountId": ACCOUNT, "AwsAccountName": "payments", "Id": ID,
        "ProductArn": "arn:aws:securityhub:eu-west-1::product/aws/securityhub", "ProductName": "Security Hub",
        "Region": "eu-west-1", "GeneratorId": "security-control/SQS.1", "Title": TITLE, "Description": "It checks queues.",
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        "Severity": { "Label": "MEDIUM" }, "Workflow": { "Status": "NOTIFIED" }, "RecordState": "ACTIVE",
        "Compliance": {
            "Status": "FAILED", "SecurityControlId": "SQS.1", "StatusReasons": [{ "ReasonCode": "CONFIG_EVALUATIONS_EMPTY" }],
            "AssociatedStandards": [{ "StandardsId": "standards/aws-foundational-security-best-practices/v/1.0.0" }],
        },
        "FirstObservedAt": "2026-11-01T00:00:00.500Z", "LastObservedAt": "2026-11-20T00:00:00Z",
        "CreatedAt": "2026-11-01T00:00:00Z", "UpdatedAt": "2026-11-19T23:00:00Z",
        "Resources": [{
            "Id": "arn:aws:sqs:eu-west-1:111122223333:orders", "Type": "AwsSqsQueue", "Region": "eu-west-1",
            "Tags": { "a": "1", "b": "x=y" },
        }],
        "Remediation": { "Recommendation": { "Text": "Encrypt it.", "Url": "https://docs.aws.amazon.com/SQS.1" } },
        "Note": { "Text": "確認中" },
    })
}

/// The same in the new Security Hub.
fn security_hub() -> Value {
    json!({
        "activity_id": 2, "activity_name": "Update", "category_uid": 2, "class_uid": 2003, "comment": "確認中",
        "cloud": { "account": { "uid": ACCOUNT, "name": "payments" }, "provider": "AWS", "region": "eu-west-1" },
        "compliance": {
            "control": "SQS.1", "status": "Fail", "status_id": 3,
            "standards": ["standards/aws-foundational-security-best-practices/v/1.0.0"],
            "assessments": [{ "name": "CONFIG_EVALUATIONS_EMPTY", "meets_criteria": false }],
        },
        "finding_info": {
            "uid": ID, "title": TITLE, "desc": "It checks queues.",
            "types": ["Software and Configuration Checks/Industry and Regulatory Standards", "Posture Management"],
            "analytic": { "category": "AWS::Config::ConfigRule", "name": "securityhub-sqs", "type_id": 1 },
            "first_seen_time": 1_793_491_200_500_u64, "first_seen_time_dt": "2026-11-01T00:00:00.500Z",
            "last_seen_time_dt": "2026-11-20T00:00:00.000Z", "created_time": 1_793_491_200_000_u64,
            "modified_time_dt": "2026-11-19T23:00:00.000Z",
        },
        "metadata": {
            "product": { "name": "Security Hub", "uid": "arn:aws:securityhub:eu-west-1::productv2/aws/securityhub" },
            "uid": "ab".repeat(32), "version": "1.6.0",
        },
        "remediation": { "desc": "Encrypt it.", "references": ["https://docs.aws.amazon.com/SQS.1"] },
        "resources": [{
            "cloud_partition": "aws", "owner": { "account": { "uid": ACCOUNT } }, "region": "eu-west-1",
            "type": "AWS::SQS::Queue", "uid": "https://sqs.eu-west-1.amazonaws.com/111122223333/orders",
            "uid_alt": "arn:aws:sqs:eu-west-1:111122223333:orders",
            "tags": [{ "name": "b", "value": "x=y" }, { "name": "a", "value": "1" }],
        }],
        "severity": "Medium", "severity_id": 3, "status": "In Progress", "status_id": 2, "time": 1_763_593_200_000_u64,
        "vendor_attributes": { "severity": "High", "severity_id": 4 },
    })
}

/// The same in Security Lake.
fn security_lake() -> Value {
    json!({
        "activity_id": 2, "class_uid": 2003, "message": "確認中",
        "cloud": { "account": { "uid": ACCOUNT, "name": "payments" }, "provider": "AWS", "region": "eu-west-1" },
        "compliance": {
            "control": "SQS.1", "status": "FAILED", "status_code": "CONFIG_EVALUATIONS_EMPTY",
            "standards": ["standards/aws-foundational-security-best-practices/v/1.0.0"],
        },
        "finding_info": {
            "uid": ID, "title": TITLE, "desc": "It checks queues.",
            "types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
            "first_seen_time_dt": "2026-11-01T09:00:00.500+09:00", "last_seen_time_dt": "2026-11-20 00:00:00",
            "created_time_dt": "2026-11-01T09:00:00+09:00", "modified_time_dt": "2026-11-20T08:00:00.000+09:00",
        },
        "metadata": {
            "product": {
                "feature": { "uid": "security-control/SQS.1" }, "name": "Security Hub",
                "uid": "arn:aws:securityhub:eu-west-1::product/aws/securityhub",
            },
            "version": "1.1.0",
        },
        "remediation": { "desc": "Encrypt it.", "references": ["https://docs.aws.amazon.com/SQS.1"] },
        "resource": {
            "region": "eu-west-1", "type": "AwsSqsQueue", "uid": "arn:aws:sqs:eu-west-1:111122223333:orders",
            "labels": ["b=x=y", "a=1"],
        },
        "severity": "Medium", "severity_id": 3, "status": "In Progress",
        "unmapped": { "RecordState": "ACTIVE", "WorkflowState": "NEW", "Sample": "false" },
    })
}

fn asff(record: &Value) -> Finding {
    asff::decode_finding(record.to_string().as_bytes(), &TextPool::default()).unwrap()
}

#[test]
fn finding_of_a_control_is_the_same_in_all_dialects() {
    assert_eq!(finding(&security_lake()), asff(&control()));
    // only the new Security Hub says what the product sent
    let mut record = control();
    record["FindingProviderFields"] = json!({ "Severity": { "Label": "HIGH" } });
    assert_eq!(finding(&security_hub()), asff(&record));
}

#[test]
fn states_are_those_of_asff() {
    use RecordState::{Active, Archived};
    use WorkflowStatus::{New, Notified, Resolved, Suppressed};
    let state = |record: &Value| {
        let finding = finding(record);
        (finding.workflow, finding.record_state, odd(&finding))
    };
    for (word, id, workflow, record_state, odd) in [
        ("Unknown", 0, New, Active, ""),
        ("New", 1, New, Active, ""),
        ("In Progress", 2, Notified, Active, ""),
        ("Suppressed", 3, Suppressed, Active, ""),
        ("Resolved", 4, Resolved, Active, ""),
        ("Archived", 5, New, Archived, ""),
        ("Deleted", 6, New, Archived, ""),
        ("Other", 99, New, Active, ""),
        // early versions of Prowler: the word is right
        ("New", 3, New, Active, ""),
        ("Escalated", 4, Resolved, Active, ""),
        ("Escalated", 8, New, Active, "status_id=8;status=Escalated"),
        ("Resolved", 8, Resolved, Active, ""),
    ] {
        let mut record = security_hub();
        (record["status"], record["status_id"]) = (word.into(), id.into());
        assert_eq!(state(&record), (workflow, record_state, odd.to_owned()), "{word} {id}");
    }
    let mut record = security_hub();
    record["activity_id"] = 3.into();
    assert_eq!(finding(&record).record_state, Archived, "closed");
    let mut record = security_lake();
    record["unmapped"]["RecordState"] = "ARCHIVED".into();
    assert_eq!(finding(&record).record_state, Archived);
}

#[test]
fn severity_is_that_of_people_and_else_of_the_product() {
    for (word, id, want, marks) in [
        (json!("Medium"), json!(3), Severity::Medium, ""),
        (json!("Fatal"), json!(6), Severity::Critical, ""),
        (json!(null), json!(5), Severity::Critical, ""),
        (json!("HIGH"), json!(null), Severity::High, ""),
        (json!("Other"), json!(99), Severity::Informational, ""),
        (json!("Unknown"), json!(4), Severity::High, ""),
        (json!("Dire"), json!(42), Severity::High, "severity_id=42;severity=Dire"),
        (json!(null), json!(null), Severity::High, ""),
        (json!(null), json!("4"), Severity::High, "severity_id=4"),
    ] {
        let mut record = security_hub();
        (record["severity"], record["severity_id"]) = (word.clone(), id.clone());
        let finding = finding(&record);
        assert_eq!((finding.severity, odd(&finding).as_str()), (want, marks), "{word} {id}");
    }
}

#[test]
fn results_of_checks_are_those_of_asff() {
    use ComplianceStatus::{Failed, NotAvailable, Passed, Warning};
    for (status, id, want, marks) in [
        (json!("Pass"), json!(1), Some(Passed), ""),
        (json!("Warning"), json!(2), Some(Warning), ""),
        (json!("Fail"), json!(3), Some(Failed), ""),
        (json!("Unknown"), json!(0), Some(NotAvailable), ""),
        (json!(null), json!(null), Some(NotAvailable), ""),
        (json!("PASSED"), json!(null), Some(Passed), ""),
        (json!("NOT_AVAILABLE"), json!(null), Some(NotAvailable), ""),
        (json!("INFOED"), json!(null), None, "compliance.status=INFOED"),
        (json!(null), json!(17), None, "compliance.status_id=17"),
    ] {
        let mut record = security_hub();
        (record["compliance"]["status"], record["compliance"]["status_id"]) = (status.clone(), id.clone());
        let finding = finding(&record);
        assert_eq!((finding.compliance, odd(&finding).as_str()), (want, marks), "{status} {id}");
    }
}

#[test]
fn identity_of_resources_is_that_of_asff() {
    let arn = "arn:aws:s3:::a";
    let account = "AWS::::Account:111122223333";
    for (kind, uid, alternative, want) in [
        ("AWS::S3::Bucket", json!("a"), json!(arn), arn),
        ("AWS::S3::Bucket", json!(arn), json!(null), arn),
        ("AWS::CloudFormation::Stack", json!("arn:aws:x"), json!("stack"), "arn:aws:x"),
        ("AWS::::Account", json!(ACCOUNT), json!(null), account),
        ("AWS::::Account", json!(ACCOUNT), json!("arn:aws:guardduty:eu-west-1:111122223333:detector/1"), account),
        ("AWS::::Account", json!(account), json!(null), account),
        ("AWS::EC2::Instance", json!("i-1"), json!(null), "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"),
        ("Other", json!(null), json!(null), "a name"),
        ("Other", json!(null), json!("else"), "else"),
    ] {
        let mut record = security_hub();
        record["resources"] = json!([{ "type": kind, "uid": uid, "uid_alt": alternative, "name": "a name" }]);
        assert_eq!(&*finding(&record).resources[0].id, want, "{kind} {uid} {alternative}");
    }
}

#[test]
fn issues_of_controls_have_the_same_identity_in_both_formats() {
    let mut of_account = (control(), security_hub());
    of_account.0["Resources"] = json!([{ "Id": "AWS::::Account:111122223333", "Type": "AwsAccount" }]);
    of_account.1["resources"] = json!([{ "type": "AWS::::Account", "uid": ACCOUNT }]);
    for (asff_record, ocsf_record) in [(control(), security_hub()), (control(), security_lake()), of_account] {
        assert_eq!(IssueId::of(&asff(&asff_record)), IssueId::of(&finding(&ocsf_record)), "{ocsf_record}");
    }
}

#[test]
fn generator_is_the_rule_in_the_id_where_nothing_else_names_it() {
    for (id, want) in [
        (ID, Some("security-control/SQS.1")),
        (
            "arn:aws:securityhub:eu-west-1:111122223333:subscription/pci-dss/v/3.2.1/PCI.S3.1/finding/1",
            Some("pci-dss/v/3.2.1/PCI.S3.1"),
        ),
        ("something else", None),
    ] {
        let mut record = security_hub();
        record["finding_info"]["uid"] = id.into();
        assert_eq!(finding(&record).generator_id.as_deref(), want, "{id}");
        record["finding_info"]["analytic"]["uid"] = "detector".into();
        assert_eq!(finding(&record).generator_id.as_deref(), want.or(Some("detector")), "{id}");
    }
}

#[test]
fn coverage_findings_are_told_apart() {
    let record = json!({
        "activity_id": 2, "class_uid": 2003, "cloud": { "account": { "uid": ACCOUNT }, "region": "eu-west-1" },
        "compliance": {
            "assessments": [{ "category": "Coverage", "meets_criteria": false, "name": "GuardDuty Foundational Coverage" }],
            "status": "Fail", "status_id": 3,
        },
        "finding_info": { "title": "GuardDuty", "types": ["Coverage"], "uid": "8c4b" },
        "metadata": { "product": { "uid": "arn:aws:securityhub:eu-west-1::productv2/aws/securityhub-coverage" } },
        "resources": [{ "type": "AWS::::Account", "uid": ACCOUNT, "uid_alt": "arn:aws:guardduty:x" }],
        "status_id": 1,
    });
    let coverage = finding(&record);
    assert!(coverage.is_coverage() && !coverage.is_security_hub_check());
    assert_eq!((coverage.compliance, &coverage.control_id), (Some(ComplianceStatus::Failed), &None));
    assert_eq!(*coverage.types, ["Coverage".into()], "the only type is shown");
    assert!(!finding(&security_hub()).is_coverage());
}

#[test]
fn early_records_of_security_lake_are_read() {
    let record = json!({
        "class_uid": 2001, "cloud": { "account_uid": ACCOUNT, "provider": "AWS", "region": "eu-west-1" },
        "compliance": { "status": "PASSED" },
        "finding": {
            "uid": "1", "title": "EC2.19 ports", "modified_time": 1_767_225_600_000_u64,
            "remediation": { "desc": "Close them.", "kb_articles": ["https://docs.aws.amazon.com/EC2.19"] },
        },
        "metadata": { "product": { "uid": "arn:aws:securityhub:eu-west-1::product/aws/securityhub" } },
        "state": "Resolved", "state_id": 4, "severity_id": 1,
        "unmapped": {
            "ProductFields.ControlId": "EC2.19", "ProductFields.StandardsArn": "arn:aws:securityhub:::standards/x/v/1",
            "Compliance.StatusReasons[].ReasonCode": "A,B", "UserDefinedFields.team": "blue", "Sample": "true",
        },
    });
    let finding = finding(&record);
    assert_eq!((finding.control_id.as_deref(), finding.workflow), (Some("EC2.19"), WorkflowStatus::Resolved));
    assert_eq!(
        (&*finding.standards, &*finding.compliance_reasons),
        (&["standards/x/v/1".into()][..], &["A".into(), "B".into()][..])
    );
    assert_eq!(finding.updated_at, "2026-01-01T00:00:00Z".parse().ok());
    assert_eq!(finding.remediation_url.as_deref(), Some("https://docs.aws.amazon.com/EC2.19"));
    assert_eq!((finding.sample, &*finding.user_defined_fields), (true, &[("team".into(), "blue".into())][..]));
}

#[test]
fn records_of_prowler_are_read() {
    let record = json!({
        "message": "Bucket a is public.", "class_uid": 2004, "activity_id": 1,
        "metadata": {
            "event_code": "s3_bucket_public", "version": "1.4.0",
            "product": { "name": "Prowler", "uid": "prowler", "vendor_name": "Prowler" },
        },
        "severity_id": 5, "severity": "Critical", "status": "New", "status_id": 1, "status_code": "FAIL",
        "unmapped": { "compliance": { "CIS-1.4": ["2.1.5"] }, "categories": [] },
        "finding_info": {
            "uid": "prowler-aws-s3_bucket_public-111122223333-eu-west-1-a", "title": "Buckets are private",
            "desc": "It checks buckets.", "created_time": 1_767_225_600, "types": ["Effects/Data Exposure"],
        },
        "resources": [{
            "uid": "arn:aws:s3:::a", "type": "AwsS3Bucket", "region": "eu-west-1", "labels": ["owner:blue=1"],
            "name": "a", "data": { "details": "" },
        }],
        "cloud": { "account": { "uid": ACCOUNT, "name": "", "labels": [] }, "provider": "aws", "region": "eu-west-1" },
        "remediation": { "desc": "Block it.", "references": ["aws s3api put-public-access-block", "https://a.example/1"] },
        "time": 1_767_225_600,
    });
    let read = finding(&record);
    assert_eq!((&*read.product_arn, read.generator_id.as_deref()), ("prowler", Some("s3_bucket_public")));
    assert_eq!((&*read.description, &read.note), ("Bucket a is public.", &None));
    assert_eq!(read.compliance, Some(ComplianceStatus::Failed));
    assert_eq!(read.updated_at, "2026-01-01T00:00:00Z".parse().ok());
    assert_eq!(read.remediation_url.as_deref(), Some("https://a.example/1"));
    assert_eq!(read.resources[0].tags, [("owner".into(), "blue=1".into())]);
    assert_eq!((read.account_name.as_deref(), odd(&read).as_str()), (None, ""));
    let of_code = |code: &str| {
        let mut record = record.clone();
        record["status_code"] = code.into();
        finding(&record).compliance
    };
    assert_eq!(of_code("PASS"), Some(ComplianceStatus::Passed));
    assert_eq!(of_code("MANUAL"), Some(ComplianceStatus::NotAvailable));
}
