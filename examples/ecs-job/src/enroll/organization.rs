//! Notes on how future accounts of the organisation become members.

use findings_core::ErrorKind;
use findings_core::coverage::{CoverageFacts, Hub};
use findings_enrollment::{NewAccounts, SecurityHubEnrollment};

/// Returns a note for each Region in which Security Hub is on.
pub(super) async fn notes(enrollment: &SecurityHubEnrollment, facts: &CoverageFacts) -> Vec<String> {
    let regions = facts.regions.iter().filter(|region| region.hub == Hub::On);
    let mut notes = Vec::new();
    for region in regions.filter_map(|region| region.region.as_deref()) {
        let what = match enrollment.new_accounts(region).await {
            Ok(NewAccounts::Added) => "new accounts of the organisation become members by themselves".to_owned(),
            Ok(NewAccounts::NotAdded) => {
                "new accounts of the organisation do not become members by themselves; enroll again when there are some".to_owned()
            }
            Ok(NewAccounts::ByPolicy) => {
                "the organisation's central configuration decides by its policies which accounts become members".to_owned()
            }
            Err(error) if error.kind() == ErrorKind::NotEnabled => {
                "this account is not the organisation's delegated administrator of Security Hub, so even its accounts have to be invited; leave --organizations out".to_owned()
            }
            Err(error) => format!("failed to {}", error.report()),
        };
        notes.push(format!("{region}: {what}"));
    }
    notes
}
