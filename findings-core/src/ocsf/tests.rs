mod dialects;
mod fields;

use serde_json::{Value, json};

use super::resource::asff_type;
use super::*;
use crate::{ErrorKind, Finding, RecordState};

const ACCOUNT: &str = "111122223333";

fn decode(record: &Value) -> Result<Decoded, RejectedRecord> {
    decode_finding(record.to_string().as_bytes(), &TextPool::default())
}

fn finding(record: &Value) -> Finding {
    match decode(record) {
        Ok(Decoded::Finding(finding)) => *finding,
        other => panic!("{record}: {other:?}"),
    }
}

/// The odd values as `FIELD=VALUE`.
fn odd(finding: &Finding) -> String {
    finding.odd_values.iter().map(|odd| format!("{}={}", odd.field, odd.value)).collect::<Vec<_>>().join(";")
}

fn minimal() -> Value {
    json!({ "class_uid": 2004, "cloud": { "account": { "uid": ACCOUNT } }, "finding_info": { "uid": "i-1" } })
}

#[test]
fn only_account_and_id_are_required() {
    assert_eq!(finding(&minimal()), Finding::new(ACCOUNT.parse().unwrap(), "i-1"));
    for (pointer, value, want) in [
        ("/cloud", Value::Null, "cloud.account.uid is missing"),
        ("/cloud/account", json!([]), "cloud.account.uid is missing"),
        ("/cloud/account/uid", json!(""), "cloud.account.uid is missing"),
        ("/cloud/account/uid", json!("11122223333"), "cloud.account.uid \"11122223333\" has 11 digits"),
        ("/cloud/account/uid", json!(11_122_223_333_u64), "has 11 digits instead of 12"),
        ("/cloud/account/uid", json!("1.11E+11"), "a spreadsheet has rounded"),
        ("/finding_info", Value::Null, "finding_info.uid is missing"),
        ("/finding_info/uid", json!(""), "finding_info.uid is missing"),
        ("/finding_info/uid", json!(7), "finding_info.uid is not a text"),
    ] {
        let mut record = minimal();
        *record.pointer_mut(pointer).unwrap() = value;
        let rejected = decode(&record).unwrap_err();
        assert!(rejected.message.contains(want), "{record}: {rejected}");
        assert_eq!(rejected.account.is_some(), pointer.starts_with("/finding_info"), "{record}");
    }
    for json in ["", "{", "[]", "7", "{\"class_uid\":2004"] {
        let rejected = decode_finding(json.as_bytes(), &TextPool::default()).unwrap_err();
        assert!(rejected.message.contains("not a finding in OCSF"), "{json}: {rejected}");
    }
}

#[test]
fn rejected_record_names_its_finding() {
    let mut record = minimal();
    record["cloud"]["account"]["uid"] = "12".into();
    assert!(decode(&record).unwrap_err().message.starts_with("finding i-1: cloud.account.uid"));
}

#[test]
fn other_clouds_and_other_events_are_set_aside() {
    use SetAside::{NoFinding, OutsideAws};
    for (pointer, value, want) in [
        ("/cloud/account/uid", json!("0b7e1a52-6d3f-4c58-9a3e-2f4c1d5e6f70"), OutsideAws),
        ("/cloud/account/uid", json!("my-project-1"), OutsideAws),
        ("/cloud/provider", json!("GCP"), OutsideAws),
        ("/cloud/provider", json!("azure"), OutsideAws),
        ("/class_uid", json!(6003), NoFinding),
        ("/class_uid", json!("6003"), NoFinding),
        ("/class_uid", json!(2005), NoFinding),
    ] {
        let mut record = minimal();
        // 12 digits are a number of a project of Google Cloud, too
        record["cloud"]["provider"] = "AWS".into();
        *record.pointer_mut(pointer).unwrap() = value;
        assert_eq!(decode(&record), Ok(Decoded::SetAside(want)), "{record}");
    }
}

#[test]
fn unknown_classes_are_read_like_the_others() {
    let mut record = minimal();
    record["class_uid"] = 2042.into();
    assert_eq!(odd(&finding(&record)), "class_uid=2042");
    record["class_uid"] = json!({});
    assert_eq!(odd(&finding(&record)), "class_uid={}");
    for class in [2001, 2002, 2003, 2004, 2006, 2007, 2008] {
        record["class_uid"] = class.into();
        assert_eq!(odd(&finding(&record)), "", "{class}");
    }
}

#[test]
fn types_of_resources_are_those_of_asff() {
    for (ocsf, asff) in [
        ("AWS::EC2::Instance", "AwsEc2Instance"),
        ("AWS::EC2::VPCPeeringConnection", "AwsEc2VpcPeeringConnection"),
        ("AWS::S3::Bucket", "AwsS3Bucket"),
        ("AWS::RDS::DBInstance", "AwsRdsDbInstance"),
        ("AWS::DynamoDB::Table", "AwsDynamoDbTable"),
        ("AWS::IAM::AccessKey", "AwsIamAccessKey"),
        ("AWS::SQS::Queue", "AwsSqsQueue"),
        ("AWS::::Account", "AwsAccount"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "AwsElbv2LoadBalancer"),
        ("AwsS3Bucket", "AwsS3Bucket"),
        ("Other", "Other"),
        ("", ""),
    ] {
        assert_eq!(asff_type(ocsf), asff);
    }
}

#[test]
fn text_that_is_almost_json_is_repaired() {
    for (json, want) in [
        (r#""finding_info":{"uid":"i-1","title":"a \ud83d b"}"#, "finding_info.title=a \u{fffd} b"),
        ("\"finding_info\":{\"uid\":\"i-1\",\"title\":\"a\tb\"}", "finding=control character (\\u0000-\\u001F) found "),
        (r#""finding_info":{"uid":"i-1"},"severity_id":1e999"#, "severity_id=1e999"),
        (r#""finding_info":{"uid":"i-1"},"status_id":1,"status_id":3"#, "finding=duplicate field `status_id`"),
    ] {
        let json = format!(r#"{{"class_uid":2004,"cloud":{{"account":{{"uid":"{ACCOUNT}"}}}},{json}}}"#);
        let Ok(Decoded::Finding(finding)) = decode_finding(json.as_bytes(), &TextPool::default()) else {
            panic!("{json}")
        };
        assert_eq!(odd(&finding), want, "{json}");
    }
}

#[test]
fn page_has_findings_rejections_and_what_is_set_aside() {
    let (mut azure, mut bad) = (minimal(), minimal());
    azure["cloud"]["account"]["uid"] = "a-subscription".into();
    bad["finding_info"]["uid"] = Value::Null;
    let body = json!({ "Findings": [minimal(), azure, bad, 7], "NextToken": "t" }).to_string();
    let page = decode_page(body.as_bytes(), &TextPool::default()).unwrap();
    assert_eq!(page.findings, [finding(&minimal())]);
    assert_eq!((page.rejected.len(), page.set_aside, page.next.unwrap().as_str()), (2, 1, "t"));
    for body in ["<html></html>", "{}", "", r#"{"Findings":null}"#, r#"{"Findings":[{"#] {
        let error = decode_page(body.as_bytes(), &TextPool::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
    }
    let long = format!(r#"{{"Findings":[],"NextToken":"{}"}}"#, "t".repeat(64_001));
    assert!(decode_page(long.as_bytes(), &TextPool::default()).is_err());
}

proptest::proptest! {
    #[test]
    fn decoder_never_panics(bytes: Vec<u8>) {
        let _ = decode_finding(&bytes, &TextPool::default());
        let _ = decode_page(&bytes, &TextPool::default());
    }
}
