//! What a summary tells a report about the organisation.

use super::settings::UnownedPolicy;
use super::summary::Summary;
use crate::organisation::{AccountStanding, CoverageInput, RunRemark, RunRemarks};

impl Summary {
    /// What the run's coverage check showed, for [`OrganisationInput::coverage`]; `None` if coverage was not checked.
    /// `unowned` is the policy of the run, which the summary does not tell.
    ///
    /// [`OrganisationInput::coverage`]: crate::organisation::OrganisationInput::coverage
    pub fn coverage_of_organisation(&self, unowned: UnownedPolicy) -> Option<CoverageInput> {
        self.coverage.as_ref()?;
        let accounts = self.projects.iter().flat_map(|project| {
            project.coverage.iter().map(|account| {
                let standing = AccountStanding::new(&project.project, account.account, account.verdict);
                AccountStanding { complete: account.complete, regions: account.regions.clone(), ..standing }
            })
        });
        // a summary leaves the ownership out if the comparison found nothing
        let ownership = self.ownership.clone().unwrap_or_default();
        let looked_for_unowned = unowned != UnownedPolicy::Skip;
        Some(CoverageInput { looked_for_unowned, ..CoverageInput::new(accounts.collect(), Some(ownership)) })
    }

    /// What the run could not do, for [`OrganisationInput::runs`].
    ///
    /// [`OrganisationInput::runs`]: crate::organisation::OrganisationInput::runs
    pub fn remarks(&self) -> RunRemarks {
        let of_run = self.errors.iter().map(|error| RunRemark::new(&error.message));
        let of_projects = self.projects.iter().flat_map(|project| {
            let errors = project.errors.iter();
            errors.map(|error| RunRemark::new(&error.message).of_project(&project.project, error.account))
        });
        RunRemarks::new(self.run_id.clone(), of_run.chain(of_projects).collect())
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use crate::AccountId;
    use crate::coverage::{CoverageFacts, MemberStatus, RegionFacts};
    use crate::history::{HistoryQuery, HistoryReader as _, ListProjects};
    use crate::memory::{MemoryCoverage, MemoryRegistry};
    use crate::organisation::{OrganisationBuilder, OrganisationInput, OrganisationReport, ReportRange, WeekState};
    use crate::pipeline::run::tests::{World, project};
    use crate::pipeline::{Summary, UnownedPolicy};

    fn account(n: u64) -> AccountId {
        project("", &[n], &[]).accounts[0]
    }

    async fn report(world: &World, summary: &Summary) -> OrganisationReport {
        let as_of = world.clock().0;
        let mut input = OrganisationInput::new(ReportRange::last_weeks(3, as_of, TimeZone::UTC).unwrap());
        input.registry = Some(world.parts.registry.load().await.unwrap());
        input.coverage = summary.coverage_of_organisation(UnownedPolicy::Names);
        input.runs.push(summary.remarks());
        let mut builder = OrganisationBuilder::new(input);
        for name in world.history.projects(&ListProjects::new()).await.unwrap() {
            let history = world.history.project(&HistoryQuery::new(&name).with_all_runs()).await.unwrap();
            builder.add_project(&name, &history);
        }
        builder.finish()
    }

    #[tokio::test]
    async fn runs_of_the_pipeline_make_a_report_in_which_renaming_fixes_nothing() {
        let others = || project("b", &[2], &["y@example.com"]);
        let mut world = World::new(vec![project("old", &[1], &["x@example.com"]), others()]);
        world.see(&[(1, "one"), (1, "two"), (2, "three")]).at("2026-11-09T00:00:00Z").run("r1").await;
        let renamed = project("new", &[1], &["x@example.com"]).with_aliases(["old"]);
        world.parts.registry = std::sync::Arc::new(MemoryRegistry::new(vec![renamed, others()]));
        world.see(&[(1, "one"), (1, "two"), (2, "three")]).at("2026-11-16T00:00:00Z").run("r2").await;
        // account 2 is no member any more, and nothing of it is there
        let members = [(account(1), MemberStatus::Enabled), (account(9), MemberStatus::Enabled)];
        let facts = CoverageFacts::new(vec![RegionFacts::new(None).with_members(members)]);
        world.parts.coverage = Some(std::sync::Arc::new(MemoryCoverage::new(facts)));
        let summary = world.see(&[(1, "one")]).at("2026-11-23T00:00:00Z").run("r3").await;

        let report = report(&world, &summary).await;
        let names: Vec<&str> = report.projects.iter().map(|p| p.project.as_str()).collect();
        assert_eq!((names, report.renamed[0].goes_on_as.as_deref()), (vec!["b", "new"], Some("new")));
        let open: Vec<_> = report.weeks.iter().map(|week| week.numbers.map(|n| n.open.total())).collect();
        // without checks, nobody knows whether "two" is fixed either
        assert_eq!(open, [Some(3), Some(3), Some(3)]);
        let last = &report.weeks[2];
        assert_eq!((last.state, last.numbers.unwrap().flow.fixed.total()), (WeekState::Incomplete, 0));
        let coverage = report.coverage.unwrap();
        assert_eq!(coverage.unowned.unwrap()[0].account, account(9));
        assert!(coverage.gaps.iter().any(|gap| gap.project == "b" && gap.account == account(2)), "{:?}", coverage.gaps);
        let [first, _, third] = &report.runs[..] else { panic!("{:?}", report.runs) };
        assert_eq!((first.projects, &first.remarks, third.incomplete.is_empty()), (2, &None, false));
        let remarks = third.remarks.as_ref().unwrap();
        assert!(remarks.iter().any(|remark| remark.project.as_deref() == Some("b")), "{remarks:?}");
    }
}
