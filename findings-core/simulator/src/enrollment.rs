//! Rules by which accounts become members.

use std::collections::BTreeSet;

use super::operation::Operation;

/// The settings that decide how accounts become members.
#[derive(Debug, Default)]
pub(super) struct Enrollment {
    /// Accounts of the administrator's organisation, which become members without an invitation.
    pub(super) organization: BTreeSet<String>,
    /// Accounts that are returned as unprocessed, with the reason.
    pub(super) refusals: Vec<(Operation, String, String)>,
    /// Roles that the administrator may assume, by account and name.
    pub(super) roles: BTreeSet<(String, String)>,
}

impl Enrollment {
    pub(super) fn refusal(&self, operation: Operation, account: &str) -> Option<String> {
        let refused = self.refusals.iter().find(|(o, a, _)| *o == operation && a == account)?;
        Some(refused.2.clone())
    }
}
