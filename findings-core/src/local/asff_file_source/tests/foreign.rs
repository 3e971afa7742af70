//! What holds no findings is named, and limits are kept.

use serde_json::json;

use super::shapes::{ACCOUNT, asff, event, gzip, sns, zipped};
use super::*;

const EXPORT: &str = "aws securityhub get-findings";

/// Opens the contents and looks for name and cure in the errors.
async fn refused(cases: &[(&[u8], &str, &str)]) {
    for (content, what, cure) in cases {
        let error = open(content).await.1.unwrap_err();
        let (text, shown) = (error.report(), String::from_utf8_lossy(content));
        assert!(text.contains(what) && text.contains(cure), "{shown}: {text}");
        assert_eq!((error.kind(), error.setting()), (ErrorKind::InvalidInput, Some(Setting::Source)), "{shown}");
    }
}

#[tokio::test]
async fn other_files_are_named_with_the_command_that_makes_them_readable() {
    let xlsx = zipped(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]);
    let tar = [&[b'x'; 257][..], b"ustar\x0000"].concat();
    let xml = b"<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let expired = b"\nAn error occurred (ExpiredTokenException) when calling the GetFindings operation: The token";
    refused(&[
        (&xlsx, "an Excel workbook", EXPORT),
        (b"\xD0\xCF\x11\xE0\xA1\xB1", "an old Excel workbook", EXPORT),
        (b"%PDF-1.7", "a PDF", EXPORT),
        (b"PAR1\x15\x04", "a Parquet file", "duckdb"),
        (b"BZh91AY", "bzip2", "bunzip2"),
        (b"\xFD7zXZ\0\0", "xz", "xz -dk"),
        (b"7z\xBC\xAF\x27\x1C", "7-Zip", "7z x"),
        (&tar, "a tar archive", "tar -xf"),
        (b"\xFF\xFE\0\0{\0\0\0", "UTF-32", "iconv"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
        (b"\n<!DOCTYPE html>\n<html>", "a web page", EXPORT),
        (xml, "AccessDenied: Access Denied", "remove its cause"),
        (b"<?xml version=\"1.0\"?><x/>", "an XML document", EXPORT),
        (expired, "An error occurred (ExpiredTokenException)", "remove its cause"),
        (b"Unable to locate credentials. You can configure", "Unable to locate", "remove its cause"),
        (b"Findings:\n- AwsAccountId: '111122223333'\n  Id: a\n", "YAML", "yq -o json"),
        (b"- AwsAccountId: '111122223333'\n  Id: a\n", "YAML", "yq -o json"),
        (b"---\nFindings: []\n", "YAML", "yq -o json"),
        (b"Severity,Title,Account\nHIGH,x,111122223333\n", "a CSV file", EXPORT),
        (b"------------\n|GetFindings|\n", "a table", "--output json"),
        (b"+-----+\n| id |\n", "a table", "--output json"),
        (b"FINDINGS\t111122223333\t", "AWS CLI as text", "--output json"),
        (b"{'Findings': [{'Id': 'it\\'s'}]}", "a Python object", "json.dumps"),
        (&zipped(&[]), "no file in the archive", "expected"),
        (&gzip(&gzip(&gzip(&gzip(b"[]")))), "more than 3 archives", "unpack it"),
    ])
    .await;
}

#[tokio::test]
async fn other_json_is_named() {
    let guardduty = br#"{"Findings":[{"AccountId":"111122223333","Arn":"a","Type":"t","Severity":8,"Service":{}}]}"#;
    let ocsf = br#"{"class_uid":2003,"cloud":{"account":{}},"finding_info":{"uid":"x"}}"#;
    let expired = br#"{"__type":"com.amazon#ExpiredTokenException","message":"The token is expired"}"#;
    refused(&[
        (expired, "an error of AWS and no finding: ExpiredTokenException: The token is expired", "remove its cause"),
        (br#"{"Error":{"Code":"AccessDenied","Message":"no"},"ResponseMetadata":{}}"#, "AccessDenied: no", "again"),
        (br#"{"message":"Forbidden"}"#, "Forbidden", "remove its cause"),
        (ocsf, "finding x: cloud.account.uid is missing", "expected findings in ASFF or OCSF"),
        (
            br#"{"detail-type":"Findings Imported V2","detail":{"findings":[{"class_uid":2003}]}}"#,
            "uid is missing",
            "OCSF",
        ),
        (br#"{"detail-type":"Findings Imported V2","detail":{}}"#, "without findings", EXPORT),
        (br#"{"detail-type":"Security Hub Findings - Imported","detail":{}}"#, "without findings", EXPORT),
        (br#"{"detail-type":"EC2 Instance State-change Notification","detail":{}}"#, "none with findings", "expected"),
        (br#"{"Type":"SubscriptionConfirmation","Message":"You have chosen"}"#, "none with findings", "expected"),
        (br#"{"SuccessCount":1,"FailedCount":0,"FailedFindings":[]}"#, "the answer to an import", EXPORT),
        (br#"{"ProcessedFindings":[{"Id":"a"}],"UnprocessedFindings":[]}"#, "the answer to an import", EXPORT),
        (guardduty, "GuardDuty", EXPORT),
        (br#"{"findings":[{"awsAccountId":"111122223333","findingArn":"a"}]}"#, "Inspector", EXPORT),
        (br#"{"Records":[{"eventVersion":"1.0","eventSource":"s3"}]}"#, "CloudTrail", EXPORT),
        (br#"[{"id":"a","product_arn":"p","generator_id":"g"}]"#, "without source_account_id", "select *"),
    ])
    .await;
}

#[tokio::test]
async fn other_events_of_a_stream_are_set_aside() {
    let other = json!({ "detail-type": "Security Hub Insight Results", "detail": { "insightResults": [] } });
    let trial =
        json!({ "logEvents": [{ "id": "", "message": "CWL CONTROL MESSAGE: Checking health of destination." }] });
    let confirmation = json!({ "Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe" });
    let content = [event(&["a"]), other.clone(), other, trial, confirmation].map(|value| value.to_string()).join("\n");
    let source = open(content.as_bytes()).await.1.unwrap();
    assert_eq!((source.len(), source.set_aside(), source.rejected()), (1, 4, &[][..]));
}

#[tokio::test]
async fn unreadable_records_of_ocsf_belong_to_their_accounts() {
    let ocsf = r#"{"class_uid":2003,"cloud":{"account":{"uid":"111122223333"}}}"#;
    let source = open(format!("{}\n{ocsf}", asff("a")).as_bytes()).await.1.unwrap();
    let rejected = &source.rejected()[0];
    assert_eq!((rejected.line, rejected.account), (Some(2), ACCOUNT.parse().ok()));
}

#[tokio::test]
async fn findings_about_other_clouds_are_counted_and_nothing_else() {
    let of = |account: &str| json!({ "class_uid": 2004, "cloud": { "account": { "uid": account } }, "finding_info": { "uid": "x" } });
    let azure = of("0b7e1a52-6d3f-4c58-9a3e-2f4c1d5e6f70").to_string();
    let event = json!({ "class_uid": 6003, "cloud": { "account": { "uid": ACCOUNT } }, "api": {} }).to_string();
    let source = open(format!("{azure}\n{}\n{azure}\n{event}", of(ACCOUNT)).as_bytes()).await.1.unwrap();
    assert_eq!((source.len(), source.outside_aws(), source.set_aside(), source.rejected()), (1, 2, 1, &[][..]));
    let source = open(azure.as_bytes()).await.1.unwrap();
    assert_eq!((source.len(), source.outside_aws(), source.rejected()), (0, 1, &[][..]));
}

#[tokio::test]
async fn versions_in_both_formats_are_one_finding() {
    let mut newer = json!({
        "class_uid": 2003, "cloud": { "account": { "uid": ACCOUNT } }, "status_id": 2,
        "finding_info": { "uid": "a", "modified_time_dt": "2026-11-21T00:00:00Z" },
        "metadata": { "product": { "uid": "arn:aws:securityhub:us-east-1::productv2/aws/securityhub" } },
    });
    for (time, title) in [("2026-11-21T00:00:00Z", "new"), ("2026-11-01T00:00:00Z", "公開バケット a")] {
        newer["finding_info"]["title"] = "new".into();
        newer["finding_info"]["modified_time_dt"] = time.into();
        let source = open(format!("{}\n{newer}", asff("a")).as_bytes()).await.1.unwrap();
        let found = super::shapes::findings(&source).await;
        assert_eq!((found.len(), &*found[0].title, source.superseded()), (1, title, 1), "{time}");
    }
}

#[tokio::test]
async fn messages_in_messages_have_a_limit() {
    let wrapped = |levels: usize| (0..levels).fold(event(&["a"]), |inner, _| sns(&inner)).to_string();
    assert_eq!(open(wrapped(4).as_bytes()).await.1.unwrap().len(), 1);
    let error = open(wrapped(5).as_bytes()).await.1.unwrap_err().report();
    assert!(error.contains("more than 4 messages"), "{error}");
}
