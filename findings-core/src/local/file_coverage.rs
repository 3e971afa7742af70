//! Reads the member accounts from a file.

use std::collections::HashMap;
use std::path::PathBuf;

use async_trait::async_trait;
use serde::Deserialize;

use crate::blocking;
use crate::coverage::{CoverageFacts, CoverageRequest, CoverageSource, MemberStatus, RegionFacts};
use crate::files::{ValuesError, read_values};
use crate::{AccountId, Error, ErrorKind, Result, Setting};

/// The largest list of members, in bytes of text.
const MAX_BYTES: usize = 64 << 20;

const EXPECTED: &str =
    "it is not what `aws securityhub list-members --no-only-associated` prints: an object with \"Members\"";

/// The member accounts in a file, as the AWS CLI prints them. Used with findings that were exported to a file:
///
/// ```sh
/// aws securityhub list-members --no-only-associated > members.json
/// ```
///
/// As with [findings](super::AsffFileSource), the file can be compressed or in UTF-16, pages can be in a list or follow
/// one another, and the path can name a folder or a pattern.
///
/// The list says nothing about Regions, so its facts apply to all of them. It must contain the members of every status.
/// The administrator account is taken from its entries.
#[derive(Clone, Debug)]
pub struct FileCoverage {
    path: PathBuf,
    /// What errors name.
    name: String,
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
        let path = path.into();
        Self { name: path.display().to_string(), path }
    }

    /// Sets the name for errors, if the file is a copy of something else.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    fn failure(&self, kind: ErrorKind, message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
        Error::new(kind, "read the members")
            .with_subject(&*self.name)
            .with_message(message)
            .with_setting(Setting::Members)
    }

    fn read(&self) -> Result<CoverageFacts> {
        let mut entries = Vec::new();
        for file in read_values(&self.path, MAX_BYTES).map_err(|error| self.unreadable(error))? {
            let pages = file.into_iter().map(serde_json::from_value::<MemberList>);
            let pages: Vec<MemberList> = pages
                .collect::<Result<_, _>>()
                .map_err(|e| self.failure(ErrorKind::InvalidInput, EXPECTED).with_source(e))?;
            let Some(last) = pages.last() else { return Err(self.failure(ErrorKind::InvalidInput, EXPECTED)) };
            if last.next_token.as_ref().is_some_and(|token| !token.is_empty()) {
                let message = "it has a NextToken, so members are missing; let the command list all of them (without --no-paginate and --max-items)";
                return Err(self.failure(ErrorKind::InvalidInput, message));
            }
            entries.extend(pages.into_iter().flat_map(|page| page.members));
        }
        self.facts(entries)
    }

    fn unreadable(&self, error: ValuesError) -> Error {
        match error {
            ValuesError::Io(error) => {
                let (kind, message) = match error.kind() {
                    std::io::ErrorKind::NotFound => (ErrorKind::NotFound, "there is no such file"),
                    _ => (ErrorKind::Storage, "it cannot be read"),
                };
                self.failure(kind, message).with_source(error)
            }
            ValuesError::Refused(sentence) => self.failure(ErrorKind::InvalidInput, sentence),
            ValuesError::Syntax(error) => self.failure(ErrorKind::InvalidInput, EXPECTED).with_source(error),
        }
    }

    fn facts(&self, entries: Vec<MemberEntry>) -> Result<CoverageFacts> {
        let mut members = HashMap::new();
        let mut region = RegionFacts::new(None);
        for entry in entries {
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
        let this = self.clone();
        blocking::run("read the members", move || this.read()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::Hub;

    fn read(json: &str) -> Result<CoverageFacts> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("members.json");
        std::fs::write(&path, json).unwrap();
        FileCoverage::new(path).read()
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
    fn members_are_read_from_every_wrapping() {
        let member = |n: u32| format!(r#"{{ "Members": [{{ "AccountId": "{n:012}", "MemberStatus": "Enabled" }}] }}"#);
        let paged = |n: u32| member(n).replace("] }", r#"], "NextToken": "t" }"#);
        let utf16 = format!("\u{feff}{}", member(1)).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, member(1).as_bytes()).unwrap();
        for (content, members) in [
            (format!("\u{feff}{}", member(1)).into_bytes(), 1),
            (utf16, 1),
            (gzip.finish().unwrap(), 1),
            (format!("[{},{}]", paged(1), member(2)).into_bytes(), 2),
            (format!("{}\n{}", paged(1), member(2)).into_bytes(), 2),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("members"), content).unwrap();
            let facts = FileCoverage::new(folder.path()).read().unwrap();
            assert_eq!(facts.regions[0].members.as_ref().unwrap().len(), members);
        }
    }

    #[test]
    fn incomplete_list_is_refused() {
        for (json, want) in [
            ("[]", "list-members"),
            ("{}", "list-members"),
            (r#"{ "Members": [], "NextToken": "x" }"#, "members are missing"),
            (r#"{ "Members": [{ "AccountId": "1", "MemberStatus": "Enabled" }] }"#, "1 digits instead of 12"),
            (r#"[{ "Members": [] }, { "Members": [], "NextToken": "x" }]"#, "members are missing"),
            (r#"{ "__type": "AccessDeniedException", "message": "no" }"#, "an error of AWS"),
            ("Members:\n- AccountId: '111100000001'\n", "it is YAML"),
            ("", "list-members"),
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
