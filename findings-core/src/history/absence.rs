//! Whether the absence of an issue from the fetched findings shows that it is resolved.

use std::collections::HashMap;

use super::IssueRecord;
use crate::source::View;
use crate::{AccountId, Text};

/// What the absence of an issue from the fetched findings shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Absence {
    /// Nothing: Security Hub does not check the account, or not all findings were fetched.
    Inconclusive,
    /// That it is resolved if a query for the issue proves it. Some checks cannot be made there, and findings whose
    /// control is no longer checked disappear, too.
    NeedsProof,
    /// That it is resolved.
    Conclusive,
}

/// What absence shows, by account and Region. It shows nothing where nothing is said: in an account or Region that a run
/// did not look at, findings are absent, too.
///
/// ```
/// use findings_core::history::{Absence, AbsenceRules};
/// let account = "123456789012".parse()?;
/// let rules = AbsenceRules::default()
///     .with(account, Some("us-east-1"), Absence::Conclusive)
///     .with(account, Some("eu-west-1"), Absence::Inconclusive);
/// assert_eq!(rules.in_region(account, Some("us-east-1")), Absence::Conclusive);
/// assert_eq!(rules.in_region(account, Some("eu-west-1")), Absence::Inconclusive);
/// assert_eq!(rules.in_region(account, Some("ap-east-1")), Absence::Inconclusive, "nobody looked there");
/// assert_eq!(rules.in_region(account, None), Absence::Inconclusive, "it may be of eu-west-1");
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AbsenceRules {
    accounts: HashMap<AccountId, Vec<(Option<Text>, Absence)>>,
    /// What absence from each view shows; empty if there is only one kind of source, ever.
    views: Vec<(View, AbsenceRules)>,
    /// The view that showed the issues of which the history does not say it.
    earlier: Option<Text>,
}

impl AbsenceRules {
    /// Rules by which absence is conclusive in all Regions of these accounts, and inconclusive in all other accounts.
    pub fn conclusive_for(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        accounts.into_iter().fold(Self::default(), |rules, account| rules.with(account, None, Absence::Conclusive))
    }

    /// Says what absence shows in a Region of an account, or in all of its Regions of which nothing else is said.
    #[must_use]
    pub fn with(mut self, account: AccountId, region: Option<&str>, absence: Absence) -> Self {
        self.accounts.entry(account).or_default().push((region.map(Text::from), absence));
        self
    }

    /// Rules of a run that reads these views. `earlier` is the view of the last run that had only one: it showed the issues
    /// whose records do not say who did.
    ///
    /// What the absence of an issue shows is what it shows in the views that showed the issue. If none of them is read any
    /// more, nobody looked: then only a query for the issue can prove that it is resolved.
    ///
    /// ```
    /// use findings_core::Finding;
    /// use findings_core::history::{Absence, AbsenceRules, IssueRecord};
    /// use findings_core::source::View;
    /// let account = "123456789012".parse()?;
    /// let everywhere = AbsenceRules::conclusive_for([account]);
    /// let rules = AbsenceRules::of_views([(View::security_hub(), everywhere)], None);
    /// let mut issue = IssueRecord::new(&Finding::new(account, "1"), &"2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
    /// issue.sources = vec![View::files("scans/prowler.json").as_str().into()];
    /// assert_eq!(rules.of_issue(&issue), Absence::NeedsProof);
    /// issue.sources.push("securityhub".into());
    /// assert_eq!(rules.of_issue(&issue), Absence::Conclusive);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of_views(views: impl IntoIterator<Item = (View, Self)>, earlier: Option<Text>) -> Self {
        Self { views: views.into_iter().collect(), earlier, ..Self::default() }
    }

    /// What absence shows in a Region of an account. If the Region is unknown, the weakest rule of all Regions applies.
    pub fn in_region(&self, account: AccountId, region: Option<&str>) -> Absence {
        let rules = self.accounts.get(&account).map_or(&[][..], Vec::as_slice);
        let weakest = |concerns: &dyn Fn(Option<&str>) -> bool| {
            rules.iter().filter(|(of, _)| concerns(of.as_deref())).map(|(_, absence)| *absence).min()
        };
        let Some(region) = region else { return weakest(&|_| true).unwrap_or(Absence::Inconclusive) };
        weakest(&|of| of == Some(region)).or_else(|| weakest(&|of| of.is_none())).unwrap_or(Absence::Inconclusive)
    }

    /// What the absence of an issue shows.
    pub fn of_issue(&self, issue: &IssueRecord) -> Absence {
        let region = issue.region.as_deref();
        let each = || self.views.iter().map(|(view, rules)| (view, rules.in_region(issue.account, region)));
        let best = each().map(|(_, absence)| absence).max();
        let Some(best) = best else { return self.in_region(issue.account, region) };
        let sources = match &issue.sources[..] {
            // there is one view, and always was one, as far as anybody knows
            [] if self.views.len() == 1 => return best,
            [] => self.earlier.as_slice(),
            sources => sources,
        };
        let shows = |view: &View| sources.iter().any(|source| view.shows(source));
        let shown = each().filter(|(view, _)| shows(view)).map(|(_, absence)| absence).max();
        let all_agree = || each().all(|(_, absence)| absence == best);
        match shown {
            Some(absence) => absence,
            None if sources.is_empty() && all_agree() => best,
            None => best.min(Absence::NeedsProof),
        }
    }

    /// Whether a view that showed the issue is read.
    pub(crate) fn is_looked_for(&self, issue: &IssueRecord) -> bool {
        let is_shown = |(view, _): &(View, Self)| issue.sources.iter().any(|source| view.shows(source));
        issue.sources.is_empty() || self.views.is_empty() || self.views.iter().any(is_shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Finding;

    /// What the absence of an issue shows, by what showed it, what is read, and what is known of the account there.
    #[test]
    fn issue_is_resolved_only_by_a_view_that_shows_it() {
        use Absence::{Conclusive, Inconclusive, NeedsProof};
        let account = "000000000001".parse().unwrap();
        let (hub, v2, file) = (View::security_hub(), View::security_hub_v2(), View::files("scan.json"));
        let rules = |absence| AbsenceRules::default().with(account, None, absence);
        let read = |views: &[(&View, Absence)], earlier: Option<&View>| {
            let views = views.iter().map(|(view, absence)| ((*view).clone(), rules(*absence)));
            AbsenceRules::of_views(views, earlier.map(|view| view.name().clone()))
        };
        for (case, sources, rules, want) in [
            ("one view as ever", &[][..], read(&[(&hub, Conclusive)], None), Conclusive),
            ("one view after another one", &[], read(&[(&hub, Conclusive)], Some(&file)), Conclusive),
            ("the file is no longer read", &[&file], read(&[(&hub, Conclusive)], None), NeedsProof),
            ("nor is its account covered", &[&file], read(&[(&hub, Inconclusive)], None), Inconclusive),
            ("both showed it", &[&file, &hub], read(&[(&hub, Conclusive)], None), Conclusive),
            ("the file is silent", &[&file], read(&[(&hub, Conclusive), (&file, Inconclusive)], None), Inconclusive),
            ("the file speaks", &[&file], read(&[(&hub, Inconclusive), (&file, Conclusive)], None), Conclusive),
            (
                "not in the file's account",
                &[&hub],
                read(&[(&hub, Conclusive), (&file, Inconclusive)], None),
                Conclusive,
            ),
            ("file added to hub", &[], read(&[(&hub, Conclusive), (&file, Inconclusive)], Some(&hub)), Conclusive),
            ("hub added to file", &[], read(&[(&hub, Conclusive), (&file, Inconclusive)], Some(&file)), Inconclusive),
            ("nothing known, in doubt", &[], read(&[(&hub, Conclusive), (&file, Inconclusive)], None), NeedsProof),
            ("nothing known, no doubt", &[], read(&[(&hub, Conclusive), (&file, Conclusive)], None), Conclusive),
            ("moved to the new one", &[&hub], read(&[(&v2, Conclusive)], None), Conclusive),
            ("back to the earlier one", &[&v2], read(&[(&hub, Conclusive)], None), NeedsProof),
        ] {
            let finding = Finding::new(account, "1");
            let now = "2026-11-23T00:00:00Z".parse().unwrap();
            let mut issue = IssueRecord::new(&finding, &"2026-11-23".parse().unwrap(), now);
            issue.sources = sources.iter().map(|view| view.name().clone()).collect();
            assert_eq!(rules.of_issue(&issue), want, "{case}");
        }
    }
}
