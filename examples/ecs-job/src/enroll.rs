//! `ecs-job enroll`: makes the registry's accounts members of the administrator account, Region by Region.

mod aws_config;
mod member_roles;
mod options;
mod organization;
mod print;

use std::collections::BTreeSet;
use std::sync::Arc;

use findings_core::aws::{OrganizationsCoverage, SecurityHubCoverage};
use findings_core::registry::{Registry, RegistryProblem};
use findings_core::{AccountId, CoverageSource, Error, ErrorKind, Result};
use findings_enrollment::{
    EnrollRequest, Enroller, EnrollmentReport, EnrollmentState, Linking, SecurityHubEnrollment, enroll as perform,
};

use self::aws_config::Recorders;
use self::member_roles::MemberRoles;
pub(crate) use self::options::Enroll;
use crate::aws::{Aws, need};
use crate::config::EnrollConfig;
use crate::{COULD_NOT_START, ending, settings, wiring};

/// The result of enrolling, as it is printed.
#[derive(Debug)]
struct Enrolled {
    report: EnrollmentReport,
    recorders: Recorders,
    /// Invalid rows of the registry, whose accounts are not enrolled.
    problems: Vec<RegistryProblem>,
}

/// Plans or enrolls, prints the result, and returns the exit code: 1 if something failed or is unknown, or waits for an
/// action after --apply; 2 if it could not start.
pub(crate) async fn enroll(config: &EnrollConfig, options: &Enroll) -> u8 {
    match enrolled(config, options).await {
        Ok(enrolled) => {
            print::print(&enrolled, options);
            enrolled.code()
        }
        Err(error) => {
            ending::print_errors("nothing was enrolled", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

impl Enrolled {
    fn code(&self) -> u8 {
        let report = &self.report;
        let failed = report.count(EnrollmentState::Failed) > 0 || !self.problems.is_empty();
        u8::from(failed || report.applied && report.count(EnrollmentState::Waiting) > 0)
    }
}

async fn enrolled(config: &EnrollConfig, options: &Enroll) -> Result<Enrolled> {
    check_home(config, options)?;
    let aws = Aws::load(config.aws()).await?;
    let registry = wiring::registry(&config.projects, aws.as_ref())?.load().await?;
    let accounts = accounts(&registry)?;
    let problems = registry.projects.iter().flat_map(|p| &p.problems).chain(&registry.problems);
    let problems = problems.filter(|problem| problem.hides_accounts).cloned().collect();
    let aws = need(aws.as_ref())?;
    let coverage = coverage(config, options, aws);
    let mut request = EnrollRequest::new(accounts);
    if let Some(linking) = &options.linked_regions {
        request = request.with_linking(&config.home, linking.clone());
    }
    let mut enroller = SecurityHubEnrollment::new(&aws.security_hub(&config.home));
    if let Some(role) = &options.member_role {
        enroller = enroller.with_member_clients(Arc::new(MemberRoles::new(aws.clone(), role.clone())));
        request = request.with_acceptance();
    }
    let acting: Option<&dyn Enroller> = if options.apply { Some(&enroller) } else { None };
    let mut report = perform(&*coverage, &request, acting).await?;
    if config.organizations {
        report.notes.extend(organization::notes(&enroller, &report.facts).await);
    }
    let recorders = aws_config::check_recorders(config, aws, &report).await?;
    Ok(Enrolled { report, recorders, problems })
}

/// Checks that Regions are linked to exactly one home Region, which is not linked to itself.
fn check_home(config: &EnrollConfig, options: &Enroll) -> Result<()> {
    let wrong = |message| Err(Error::new(ErrorKind::InvalidInput, "read the options").with_message(message));
    let EnrollConfig { home, regions, .. } = config;
    match &options.linked_regions {
        Some(_) if regions.len() > 1 => wrong(format!(
            "--linked-regions needs one home Region, and --source names {}; give securityhub:{home} and link the others to it",
            regions.len()
        )),
        Some(Linking::Regions(linked)) if linked.contains(home) => {
            wrong(format!("--linked-regions: {home} is the home Region, which need not be linked to itself"))
        }
        _ => Ok(()),
    }
}

fn accounts(registry: &Registry) -> Result<Vec<AccountId>> {
    let accounts: BTreeSet<AccountId> = registry.projects.iter().flat_map(|p| p.accounts.iter().copied()).collect();
    if accounts.is_empty() {
        let message = "there is no account in it; see its lines in the log";
        return Err(Error::new(ErrorKind::InvalidInput, "read the registry").with_message(message));
    }
    Ok(accounts.into_iter().collect())
}

/// Returns the coverage of the source's Regions, the Regions to link, and the additional ones. A linked Region only
/// sends findings of accounts that are members there too, so membership is checked in each.
fn coverage(config: &EnrollConfig, options: &Enroll, aws: &Aws) -> Arc<dyn CoverageSource> {
    let mut named: Vec<String> = config.coverage_regions.clone();
    if let Some(Linking::Regions(linked)) = &options.linked_regions {
        named.extend(linked.iter().cloned());
    }
    let mut all = config.regions.clone();
    for region in &named {
        if !all.contains(region) {
            all.push(region.clone());
        }
    }
    let coverage = SecurityHubCoverage::new(all.iter().map(|region| aws.security_hub(region)));
    let coverage = Arc::new(coverage.with_linked_regions(named));
    if config.organizations { Arc::new(OrganizationsCoverage::new(coverage, &aws.organizations())) } else { coverage }
}
