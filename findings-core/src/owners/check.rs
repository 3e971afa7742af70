//! What is wrong with rules when they are compared with the registry, before any finding is fetched.

use super::condition::Condition;
use super::{OwnerRule, OwnerRules};
use crate::csv_text::LineProblem;
use crate::registry::{Project, Registry};

impl OwnerRules {
    /// Returns what is wrong with the rules as far as the registry tells: a project that it does not have, an account that is
    /// not of the project, and a rule behind one that fits everything. Such a rule never fits.
    ///
    /// ```
    /// use findings_core::owners::OwnerRules;
    /// use findings_core::registry::parse_csv;
    /// let registry = parse_csv(b"project,account_ids,recipients\nPayments,111100000001,a@example.com\n")?;
    /// let rules = OwnerRules::parse_csv(b"project,match,owner\nPayment,*,Sato\n")?;
    /// assert!(rules.check(&registry)[0].to_string().starts_with("line 2: \"Payment\" is not in the registry"));
    /// # Ok::<(), findings_core::Error>(())
    /// ```
    pub fn check(&self, registry: &Registry) -> Vec<LineProblem> {
        let problem = |rule: &OwnerRule| {
            let message = never_fits(rule, &registry.projects).or_else(|| self.hidden_by(rule))?;
            Some(LineProblem::new(rule.line, message))
        };
        self.rules.iter().filter_map(problem).collect()
    }

    fn hidden_by(&self, rule: &OwnerRule) -> Option<String> {
        let hides = |earlier: &&OwnerRule| {
            let is_wider = earlier.project.is_none() || earlier.project == rule.project;
            earlier.line < rule.line && is_wider && earlier.fits_everything()
        };
        let earlier = self.rules.iter().find(hides)?;
        Some(format!(
            "line {} fits every finding before it, so this rule is never used; move it up, or delete one",
            earlier.line
        ))
    }
}

impl OwnerRule {
    fn fits_everything(&self) -> bool {
        self.conditions.is_empty() && matches!(self.owner, super::OwnerText::Given(_))
    }

    fn accounts(&self) -> impl Iterator<Item = crate::AccountId> {
        self.conditions.iter().filter_map(|condition| match condition {
            Condition::Account(account) => Some(*account),
            _ => None,
        })
    }
}

fn never_fits(rule: &OwnerRule, projects: &[Project]) -> Option<String> {
    let name = rule.project.as_deref();
    let named: Vec<&Project> = projects.iter().filter(|project| rule.is_for(project)).collect();
    if let (Some(name), []) = (name, &*named) {
        let name: String = name.escape_debug().take(80).collect();
        return Some(format!("\"{name}\" is not in the registry, so the rule fits nothing; write the name as there"));
    }
    let is_known = |account| named.iter().any(|project| project.accounts.contains(&account));
    let foreign = rule.accounts().find(|account| !is_known(*account))?;
    let whose = name.map_or_else(|| "any project of the registry".to_owned(), |name| format!("\"{name}\""));
    Some(format!("account {foreign} is not of {whose}, so the rule fits nothing; correct the account or the project"))
}
