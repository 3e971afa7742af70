//! Reads the member accounts from a file.

use std::collections::HashMap;
use std::path::PathBuf;

use async_trait::async_trait;
use serde::Deserialize;

use crate::blocking;
use crate::coverage::{CoverageFacts, CoverageRequest, CoverageSource, MemberStatus, RegionFacts};
use crate::{AccountId, Error, ErrorKind, Result, Setting};

/// The member accounts in a file, as the AWS CLI prints them. Used with findings that were exported to a file:
///
/// ```sh
/// aws securityhub list-members --no-only-associated > members.json
/// ```
///
/// The list says nothing about Regions, so its facts apply to all of them. It must contain the members of every status.
/// The administrator account is taken from its entries.
#[derive(Clone, Debug)]
pub struct FileCoverage {
    path: PathBuf,
}

/// The output of `list-members`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MemberList {
    members: Vec<MemberEntry>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MemberEntry {
    account_id: String,
    member_status: String,
    administrator_id: Option<String>,
    /// The deprecated name of `AdministratorId`.
    master_id: Option<String>,
}

impl FileCoverage {
    /// Creates a coverage source that reads the file at `path`. Does not access the disk.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn failure(&self, kind: ErrorKind, message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
        Error::new(kind, "read the members")
            .with_subject(self.path.display().to_string())
            .with_message(message)
            .with_setting(Setting::Members)
    }

    fn read(&self, bytes: &[u8]) -> Result<CoverageFacts> {
        let listing: MemberList = serde_json::from_slice(bytes).map_err(|e| {
            let message =
                "it is not what `aws securityhub list-members --no-only-associated` prints: an object with \"Members\"";
            self.failure(ErrorKind::InvalidInput, message).with_source(e)
        })?;
        if listing.next_token.is_some_and(|token| !token.is_empty()) {
            let message = "it has a NextToken, so members are missing; let the command list all of them (without --no-paginate and --max-items)";
            return Err(self.failure(ErrorKind::InvalidInput, message));
        }
        let mut members = HashMap::new();
        let mut region = RegionFacts::new(None);
        for entry in listing.members {
            let account: AccountId = entry
                .account_id
                .parse()
                .map_err(|e| self.failure(ErrorKind::InvalidInput, format!("AccountId: {e}")))?;
            let Ok(status): Result<MemberStatus, _> = entry.member_status.parse();
            members.insert(account, status);
            let administrator = entry.administrator_id.or(entry.master_id);
            region.administrator = region.administrator.or_else(|| administrator?.parse().ok());
        }
        region.members = Some(members);
        Ok(CoverageFacts::new(vec![region]))
    }
}

#[async_trait]
impl CoverageSource for FileCoverage {
    async fn check(&self, _: &CoverageRequest) -> Result<CoverageFacts> {
        let path = self.path.clone();
        let bytes = blocking::run_io(move || std::fs::read(path)).await.map_err(|error| {
            let (kind, message) = match error.kind() {
                std::io::ErrorKind::NotFound => (ErrorKind::NotFound, "there is no such file"),
                _ => (ErrorKind::Storage, "it cannot be read"),
            };
            self.failure(kind, message).with_source(error)
        })?;
        self.read(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::Hub;

    fn read(json: &str) -> Result<CoverageFacts> {
        FileCoverage::new("members.json").read(json.as_bytes())
    }

    #[test]
    fn read_accepts_output_of_cli() {
        let json = r#"{ "Members": [
            { "AccountId": "111100000001", "MemberStatus": "ENABLED", "AdministratorId": "999900000000", "UpdatedAt": "2026-01-01T00:00:00Z" },
            { "AccountId": "111100000002", "MemberStatus": "Resigned", "MasterId": "999900000000" } ] }"#;
        let facts = read(json).unwrap();
        let region = &facts.regions[0];
        let members = region.members.as_ref().unwrap();
        assert_eq!(members[&"111100000001".parse().unwrap()], MemberStatus::Enabled);
        assert_eq!(members[&"111100000002".parse().unwrap()], MemberStatus::Resigned);
        assert_eq!(region.administrator, "999900000000".parse().ok());
        assert_eq!((&region.region, region.hub), (&None, Hub::Unknown));
    }

    #[test]
    fn incomplete_list_is_refused() {
        for (json, want) in [
            ("[]", "list-members"),
            ("{}", "list-members"),
            (r#"{ "Members": [], "NextToken": "x" }"#, "members are missing"),
            (r#"{ "Members": [{ "AccountId": "1", "MemberStatus": "Enabled" }] }"#, "1 digits instead of 12"),
        ] {
            let error = read(json).unwrap_err().report();
            assert!(error.contains(want) && error.contains("members.json"), "{error}");
        }
    }

    #[tokio::test]
    async fn missing_file_error_names_path() {
        let error = FileCoverage::new("no/members.json").check(&CoverageRequest::new(vec![])).await.unwrap_err();
        assert!(error.to_string().contains("no/members.json"), "{error}");
        assert_eq!(error.setting(), Some(Setting::Members));
    }

    mod conformance {
        use std::sync::Arc;

        use async_trait::async_trait;

        use super::*;
        use crate::testing::conformance::coverage::CoverageProbe;

        #[derive(Debug)]
        struct Probe(tempfile::TempDir);

        #[async_trait]
        impl CoverageProbe for Probe {
            async fn source(&self, members: Vec<(AccountId, &'static str)>) -> Arc<dyn CoverageSource> {
                let member = |(account, status): &(AccountId, &str)| serde_json::json!({ "AccountId": account, "MemberStatus": status, "AdministratorId": "999900000000" });
                let listing = serde_json::json!({ "Members": members.iter().map(member).collect::<Vec<_>>() });
                let path = self.0.path().join("members.json");
                std::fs::write(&path, listing.to_string()).unwrap();
                Arc::new(FileCoverage::new(path))
            }

            async fn forbidden(&self) -> Option<Arc<dyn CoverageSource>> {
                None
            }

            async fn received(&self) -> Option<u64> {
                None
            }
        }

        crate::coverage_conformance!(async { Probe(tempfile::tempdir().unwrap()) });
    }
}
