//! The members of the administrator account.

use std::collections::HashMap;

use serde_json::{Value, json};

/// AWS: MaxResults is 1 to 50.
pub(super) const LARGEST_PAGE: usize = 50;
pub(super) const ADDED_AT: &str = "2026-01-01T00:00:00.000Z";

/// A member account, as the administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub(super) account: String,
    pub(super) status: String,
    email: Option<String>,
}

impl Member {
    /// AWS knows the statuses `Created`, `Invited`, `Enabled` (also seen as `ENABLED`), `Removed`,
    /// `Resigned`, `Deleted` and `AccountSuspended`; the text is handed out as it is given.
    pub fn new(account: impl Into<String>, status: impl Into<String>) -> Self {
        Self { account: account.into(), status: status.into(), email: None }
    }

    /// A member with the status `Enabled`.
    pub fn enabled(account: impl Into<String>) -> Self {
        Self::new(account, "Enabled")
    }

    /// Sets the mail address that the administrator entered.
    pub fn with_email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    pub(super) fn json(&self, administrator: &str) -> Value {
        let mut member = json!({
            "AccountId": self.account,
            "MemberStatus": self.status,
            "AdministratorId": administrator,
            "MasterId": administrator,
            "InvitedAt": ADDED_AT,
            "UpdatedAt": ADDED_AT,
        });
        if let Some(email) = &self.email {
            member["Email"] = json!(email);
        }
        member
    }
}

/// The members in all Regions, or in individual ones.
#[derive(Debug, Default)]
pub(super) struct Members {
    everywhere: Vec<Member>,
    by_region: HashMap<String, Vec<Member>>,
}

impl Members {
    pub(super) fn set(&mut self, members: Vec<Member>) {
        self.everywhere = sorted(members);
    }

    /// Returns whether the Region has a list of its own.
    pub(super) fn knows_region(&self, region: &str) -> bool {
        self.by_region.contains_key(region)
    }

    pub(super) fn set_in(&mut self, region: &str, members: Vec<Member>) {
        self.by_region.insert(region.to_owned(), sorted(members));
    }

    /// The status of an account in a Region.
    pub(super) fn status(&self, region: &str, account: &str) -> Option<&str> {
        let member = self.of(region).iter().find(|member| member.account == account)?;
        Some(&member.status)
    }

    /// Each account with its status.
    pub(super) fn statuses(&self, region: &str) -> impl Iterator<Item = (String, String)> {
        self.of(region).iter().map(|member| (member.account.clone(), member.status.clone()))
    }

    /// Adds a member in one Region, or replaces it.
    pub(super) fn put(&mut self, region: &str, member: Member) {
        let members = self.by_region.entry(region.to_owned()).or_insert_with(|| self.everywhere.clone());
        match members.binary_search_by(|known| known.account.cmp(&member.account)) {
            Ok(at) => members[at] = member,
            Err(at) => members.insert(at, member),
        }
    }

    pub(super) fn of(&self, region: &str) -> &[Member] {
        self.by_region.get(region).unwrap_or(&self.everywhere)
    }
}

/// Sorts members by account. Pages continue after an account, so that members added or removed between pages do not
/// shift others.
fn sorted(mut members: Vec<Member>) -> Vec<Member> {
    members.sort_by(|a, b| a.account.cmp(&b.account));
    members
}
