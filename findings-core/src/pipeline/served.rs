//! Which recipients in the registry no notifier serves. It is known before anything is fetched.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::notify::Notifier;
use crate::recipient::Recipient;
use crate::registry::Project;

/// A recipient that no notifier serves. Displayed, it says where it is and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnservedRecipient {
    /// The name of the project.
    pub project: String,
    /// The recipient.
    pub recipient: Recipient,
    /// The line of the registry that names it first, counted from 1; 0 if it is not known.
    pub line: u64,
    /// The schemes that notifiers serve, sorted.
    pub schemes: Vec<String>,
}

/// Returns the recipients and leads of the projects that no notifier serves, in the order of the registry. A program without
/// notifiers tells nobody on purpose: then there are none.
///
/// ```
/// use std::sync::Arc;
///
/// use findings_core::memory::MemoryNotifier;
/// use findings_core::pipeline::unserved_recipients;
/// use findings_core::registry::Project;
///
/// let projects = [Project::new("Payments").with_recipients(["pager:on-call".parse()?])];
/// assert!(unserved_recipients(&projects, &[Arc::new(MemoryNotifier::new())]).is_empty(), "it serves everybody");
/// # Ok::<(), findings_core::recipient::InvalidRecipient>(())
/// ```
pub fn unserved_recipients(projects: &[Project], notifiers: &[Arc<dyn Notifier>]) -> Vec<UnservedRecipient> {
    if notifiers.is_empty() {
        return Vec::new();
    }
    let schemes: BTreeSet<String> = notifiers.iter().flat_map(|notifier| notifier.schemes()).collect();
    let named = projects
        .iter()
        .flat_map(|project| project.recipients.iter().chain(&project.leads).map(move |to| (project, to)));
    let unserved = named.filter(|(_, to)| !notifiers.iter().any(|notifier| notifier.serves(to)));
    let describe = |(project, recipient): (&Project, &Recipient)| UnservedRecipient {
        project: project.name.clone(),
        recipient: recipient.clone(),
        line: project.line_of(recipient),
        schemes: schemes.iter().cloned().collect(),
    };
    unserved.map(describe).collect()
}

/// Says that no notifier serves a recipient, and what to do.
pub(super) fn no_notifier(recipient: &Recipient) -> String {
    let scheme = recipient.scheme();
    format!("no notifier serves it; correct it in the registry, or add it to a notifier for {scheme}")
}

impl fmt::Display for UnservedRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { project, recipient, line, schemes } = self;
        if *line > 0 {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{project}: {recipient}: {} (served: {})", no_notifier(recipient), schemes.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::Result;
    use crate::notify::{Notification, Receipt};
    use crate::registry::parse_csv;

    /// Serves mail only.
    #[derive(Debug)]
    struct Mail;

    #[async_trait]
    impl Notifier for Mail {
        fn name(&self) -> &'static str {
            "mail"
        }

        async fn notify(&self, _: &Notification) -> Result<Receipt> {
            Ok(Receipt { message_id: "1".to_owned() })
        }
    }

    #[test]
    fn entry_is_named_with_its_line_and_what_to_do() {
        let csv = "project,account_ids,recipients\nA,111100000001,a@example.com\nA,111100000002,pager:on-call\n";
        let projects = parse_csv(csv.as_bytes()).unwrap().projects;
        let unserved = unserved_recipients(&projects, &[Arc::new(Mail)]);
        let said: Vec<String> = unserved.iter().map(ToString::to_string).collect();
        let want = "line 3: A: pager:on-call: no notifier serves it; correct it in the registry, or add it to a notifier for \
                    pager (served: mail)";
        assert_eq!(said, [want]);
        assert!(unserved_recipients(&projects, &[]).is_empty());
    }
}
