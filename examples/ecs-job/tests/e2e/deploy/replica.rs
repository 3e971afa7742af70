//! Copies of reports and registry in another Region (`ReplicaBucketArn`): what S3 is told, and what its role may do.

use serde_json::json;

use super::policy::{Request, has, statements, texts};
use super::task_role::ALL_ON;
use super::template::{EXISTING, Template};

const BUCKET: &str = "arn:aws:s3:::copies";
const KEY: &str = "arn:aws:kms:ap-northeast-3:111122223333:key/5678";

/// The bucket and the key in the other Region.
pub(super) const REPLICA: [(&str, &str); 2] = [("ReplicaBucketArn", BUCKET), ("ReplicaKmsKeyArn", KEY)];

#[test]
fn replication_copies_everything_and_no_deletion() {
    let template = Template::with(&[&ALL_ON[..], &REPLICA].concat());
    let rule = template.properties("Bucket")["ReplicationConfiguration"]["Rules"][0].take();
    assert_eq!(rule["Filter"], json!({"Prefix": ""}));
    assert_eq!(rule["DeleteMarkerReplication"]["Status"], "Disabled");
    // S3 leaves out objects with a KMS key unless both are given
    assert_eq!(rule["SourceSelectionCriteria"]["SseKmsEncryptedObjects"]["Status"], "Enabled");
    assert_eq!(rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"], KEY);
    let plain = Template::with(&REPLICA[..1]).properties("Bucket")["ReplicationConfiguration"]["Rules"][0].take();
    assert!(plain["SourceSelectionCriteria"].is_null() && plain["Destination"]["EncryptionConfiguration"].is_null());
}

#[test]
fn replication_role_can_copy_and_nothing_else() {
    let template = Template::with(&[&ALL_ON[..], &REPLICA].concat());
    let document = template.properties("ReplicationPolicy")["PolicyDocument"].take();
    let (report, copy) = ("arn:aws:s3:::reports/security-hub/x", "arn:aws:s3:::copies/security-hub/x");
    let (home, other) = (ALL_ON[0].1, KEY);
    for (action, on, allowed) in [
        ("s3:GetReplicationConfiguration", "arn:aws:s3:::reports", true),
        ("s3:ListBucket", "arn:aws:s3:::reports", true),
        ("s3:GetObjectVersionForReplication", report, true),
        ("s3:GetObjectVersionTagging", report, true),
        ("s3:ReplicateObject", copy, true),
        ("s3:ReplicateObject", report, false),
        ("s3:ReplicateDelete", copy, false),
        ("s3:GetObject", report, false),
        ("s3:GetObjectVersionForReplication", copy, false),
        ("kms:Decrypt", home, true),
        ("kms:Decrypt", other, false),
        ("kms:Encrypt", other, true),
        ("kms:Encrypt", home, false),
    ] {
        assert_eq!(has(&document, "Allow", &Request::new(action, on)), allowed, "{action} on {on}");
    }
    assert!(statements(&document).flat_map(|s| texts(&s["Action"])).all(|action| !action.contains('*')));
    // who may read reports only from the company network is not asked about copies that S3 itself makes
    let bucket = template.properties("BucketPolicy")["PolicyDocument"].take();
    let reads = Request::new("s3:GetObjectVersionForReplication", report).with("aws:SecureTransport", "true");
    assert!(!has(&bucket, "Deny", &reads));
}

#[test]
fn replication_is_made_only_for_a_bucket_of_the_stack() {
    for (parameters, made) in [(&REPLICA[..], 1), (&[], 0), (&[&REPLICA[..], &EXISTING].concat(), 0)] {
        let template = Template::with(parameters);
        let roles = template.of_type("AWS::IAM::Role");
        assert_eq!(roles.iter().filter(|(name, _)| name == "ReplicationRole").count(), made);
        assert_eq!(template.of_type("AWS::IAM::Policy").len(), made);
    }
}
