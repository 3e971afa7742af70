//! All AWS SDK calls in the code, each with the IAM actions that permit it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::{files, workspace};

/// Folders with SDK calls.
const PLACES: [&str; 7] = [
    "findings-core/enrollment/src",
    "findings-core/src/aws",
    "findings-notify/src/ses",
    "findings-notify/src/ses.rs",
    "findings-notify/src/sns",
    "findings-notify/src/sns.rs",
    "examples/ecs-job/src",
];

/// Method name of the call in the code, and the IAM actions that it needs, as the Service Authorization Reference lists
/// them. `task_role.rs` says on which resources. Two are easily wrong, and no emulator shows it:
///
/// * A raw mail is authorised as `ses:SendRawEmail` by the SESv2 `SendEmail`, too, which does not document it
///   (django-anymail#384, symfony#51461). The reference lists only `ses:SendEmail`, so both are granted.
/// * S3 has no action `HeadObject` or `ListObjectsV2`.
pub(crate) const RUN: [(&str, &[&str]); 26] = [
    ("batch_update_findings", &["securityhub:BatchUpdateFindings"]),
    ("batch_update_findings_v2", &["securityhub:BatchUpdateFindings"]),
    ("batch_write_item", &["dynamodb:BatchWriteItem"]),
    ("describe_hub", &["securityhub:DescribeHub"]),
    ("describe_table", &["dynamodb:DescribeTable"]),
    ("get_account", &["ses:GetAccount"]),
    ("get_email_identity", &["ses:GetEmailIdentity"]),
    ("get_finding_aggregator", &["securityhub:GetFindingAggregator"]),
    ("get_finding_statistics_v2", &["securityhub:GetAdhocInsightResults"]),
    ("get_findings", &["securityhub:GetFindings"]),
    ("get_findings_v2", &["securityhub:GetFindings"]),
    ("get_item", &["dynamodb:GetItem"]),
    ("get_members", &["securityhub:GetMembers"]),
    ("get_object", &["s3:GetObject"]),
    ("head_bucket", &["s3:ListBucket"]),
    ("head_object", &["s3:GetObject"]),
    ("list_accounts", &["organizations:ListAccounts"]),
    ("list_finding_aggregators", &["securityhub:ListFindingAggregators"]),
    ("list_members", &["securityhub:ListMembers"]),
    ("list_objects_v2", &["s3:ListBucket"]),
    ("list_suppressed_destinations", &["ses:ListSuppressedDestinations"]),
    ("put_item", &["dynamodb:PutItem"]),
    ("put_object", &["s3:PutObject"]),
    ("query", &["dynamodb:Query"]),
    ("send_email", &["ses:SendEmail", "ses:SendRawEmail"]),
    ("update_item", &["dynamodb:UpdateItem"]),
];

/// Additional calls for the source `export:`, which the template does not offer. Their permissions are in
/// docs/permissions.md.
const OTHER_SOURCES: [(&str, &str); 1] = [("get_export_job_v2", "GetExportJobV2")];

/// Additional calls for topics of SNS, which the template does not offer, and of `ecs-job doctor`. Their permissions are in
/// docs/permissions.md.
const OTHER_STEPS: [(&str, &str); 2] = [("get_caller_identity", "sts:GetCallerIdentity"), ("publish", "sns:Publish")];

/// Additional calls of `ecs-job setup`. The stack creates these resources, so the task has no permission for them.
const SETUP: [&str; 9] = [
    "create_bucket",
    "create_email_identity",
    "create_table",
    "describe_continuous_backups",
    "describe_time_to_live",
    "put_public_access_block",
    "update_continuous_backups",
    "update_table",
    "update_time_to_live",
];

/// Additional calls of `ecs-job enroll`. An administrator runs it, with the policy in docs/enroll.md; the task has no
/// permission for them.
pub(crate) const ENROLL: [(&str, &str); 8] = [
    ("accept_administrator_invitation", "securityhub:AcceptAdministratorInvitation"),
    ("create_finding_aggregator", "securityhub:CreateFindingAggregator"),
    ("create_members", "securityhub:CreateMembers"),
    ("describe_organization_configuration", "securityhub:DescribeOrganizationConfiguration"),
    ("enable_security_hub", "securityhub:EnableSecurityHub"),
    ("invite_members", "securityhub:InviteMembers"),
    ("list_invitations", "securityhub:ListInvitations"),
    ("update_finding_aggregator", "securityhub:UpdateFindingAggregator"),
];

/// Additional calls of `ecs-job registry from-organizations`. An administrator runs it once, with the permissions in
/// docs/operate.md.
const FIRST_REGISTRY: [(&str, &str); 5] = [
    ("get_alternate_contact", "account:GetAlternateContact"),
    ("list_accounts_for_parent", "ListAccountsForParent"),
    ("list_organizational_units_for_parent", "ListOrganizationalUnitsForParent"),
    ("list_roots", "organizations:ListRoots"),
    ("list_tags_for_resource", "ListTagsForResource"),
];

/// Additional calls of `ecs-job guidance new`. A person runs it, with the permissions in docs/operate.md.
const DRAFTS: [(&str, &str); 3] = [
    ("batch_get_security_controls", "BatchGetSecurityControls"),
    ("list_security_control_definitions", "securityhub:ListSecurityControlDefinitions"),
    ("list_standards_control_associations", "ListStandardsControlAssociations"),
];

/// Methods that look like SDK calls but are none.
const OTHERS: [&str; 7] =
    ["enable_all", "get_action", "get_arguments", "get_id", "get_long", "get_matches", "query_pairs"];

/// Prefixes of SDK operations.
const VERBS: [&str; 22] = [
    "accept",
    "associate",
    "assume",
    "batch",
    "create",
    "delete",
    "describe",
    "disable",
    "enable",
    "execute",
    "get",
    "head",
    "invite",
    "list",
    "put",
    "query",
    "restore",
    "scan",
    "send",
    "transact",
    "update",
    "upload",
];

#[test]
fn all_sdk_calls_are_listed() {
    let known = RUN.iter().map(|(call, _)| *call).chain(ENROLL.iter().map(|(call, _)| *call)).chain(SETUP);
    let others = OTHER_SOURCES.iter().chain(&OTHER_STEPS).chain(&FIRST_REGISTRY).chain(&DRAFTS).map(|(call, _)| *call);
    let known: BTreeSet<&str> = known.chain(others).collect();
    let operate = std::fs::read_to_string(workspace().join("docs/operate.md")).unwrap();
    for (call, action) in FIRST_REGISTRY.into_iter().chain(DRAFTS) {
        assert!(operate.contains(action), "docs/operate.md lacks {action} of {call}");
    }
    let permissions = std::fs::read_to_string(workspace().join("docs/permissions.md")).unwrap();
    for (call, action) in OTHER_SOURCES.into_iter().chain(OTHER_STEPS) {
        assert!(permissions.contains(action), "docs/permissions.md lacks {action} of {call}");
    }
    let found = calls();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).filter(|c| !OTHERS.contains(c)).collect();
    assert_eq!(found, known, "list a new call above, with the actions that permit it, and grant them in the template");
}

fn calls() -> BTreeSet<String> {
    let files = PLACES.iter().flat_map(|place| sources(&workspace().join(place)));
    files.flat_map(|file| calls_in(&std::fs::read_to_string(file).unwrap())).collect()
}

fn sources(place: &Path) -> Vec<std::path::PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let is_test = |path: &Path| path.components().any(|c| matches!(c.as_os_str().to_str(), Some("tests" | "tests.rs")));
    let found = files(place, "rs");
    assert!(!found.is_empty(), "there are no sources in {}", place.display());
    found.into_iter().filter(|path| !is_test(path)).collect()
}

/// Returns methods without arguments whose names begin with such a prefix. Ignores the tests of the file.
fn calls_in(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = code.split("#[cfg(test)]\n#[cfg(feature = \"testing\")]\nmod tests {").next().unwrap_or_default();
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let names = code.split('.').skip(1).filter_map(|rest| {
        let end = rest.find(|c| !is_name(c))?;
        rest[end..].starts_with("()").then(|| &rest[..end])
    });
    let is_operation = |name: &str| match name.split_once('_') {
        Some((verb, _)) => VERBS.contains(&verb),
        None => ["query", "scan", "publish"].contains(&name),
    };
    names.filter(|name| is_operation(name)).map(str::to_owned).collect()
}

#[test]
fn calls_are_found_across_line_breaks() {
    let code = "
        let a = self.client.get_object().bucket(b);
        let b = client
            .put_item()
            .send().await;
        x.get(1); x.query().table_name(t); map.get_mut(); y.list_objects_v2().send();
        #[cfg(test)]\nmod tests { z.delete_table().send(); }";
    let want = ["get_mut", "get_object", "list_objects_v2", "put_item", "query"];
    assert_eq!(calls_in(code), want.map(str::to_owned).into());
}
