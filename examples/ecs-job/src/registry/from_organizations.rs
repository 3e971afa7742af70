//! `ecs-job registry from-organizations`: a first registry, to be completed by people.

use std::collections::BTreeMap;

use findings_core::aws::{DirectoryAccount, OrganizationDirectory};
use findings_core::csv_text::guard_formulas;
use findings_core::{AccountId, Error, ErrorKind, Result};
use futures::{StreamExt as _, TryStreamExt as _};

use super::contacts::Contacts;
use crate::aws::{Aws, need};
use crate::config::{DirectoryConfig, ProjectName};
use crate::waiting::announced;
use crate::{COULD_NOT_START, ending, settings};

/// How many accounts are asked about at a time. Organizations takes few calls a second.
const AT_ONCE: usize = 4;

/// What is known of an account besides the directory.
#[derive(Debug, Default)]
struct Details {
    /// The value of the wanted tag.
    tag: Option<String>,
    contacts: Vec<String>,
}

/// Prints the registry and returns the exit code: 0, or 2 if it could not be made.
pub(crate) async fn from_organizations(config: &DirectoryConfig) -> u8 {
    match make(config).await {
        Ok((csv, left_out)) => {
            ending::print_line(csv.trim_end());
            for account in left_out {
                ending::print_errors(
                    "left out",
                    &[format!("{} ({}) is suspended or closed", account.account, account.name)],
                );
            }
            0
        }
        Err(error) => {
            ending::print_errors("the registry could not be made", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

async fn make(config: &DirectoryConfig) -> Result<(String, Vec<DirectoryAccount>)> {
    let aws = Aws::load(DirectoryConfig::aws()).await?;
    let aws = need(aws.as_ref())?;
    let directory = OrganizationDirectory::new(&aws.organizations());
    let accounts = announced("the accounts of the organisation", directory.accounts()).await?;
    let (accounts, left_out): (Vec<_>, Vec<_>) = accounts.into_iter().partition(|account| account.active);
    let asking = details(&directory, aws, &accounts, config);
    let details = announced("tags and contacts of accounts", asking).await?;
    Ok((csv(&accounts, &details, config)?, left_out))
}

/// Asks for what the configuration needs of each account.
async fn details(
    directory: &OrganizationDirectory,
    aws: &Aws,
    accounts: &[DirectoryAccount],
    config: &DirectoryConfig,
) -> Result<BTreeMap<AccountId, Details>> {
    let contacts = config.contacts.then(|| Contacts::new(aws));
    let contacts = contacts.as_ref();
    let details = |account: AccountId| async move {
        let tag = match &config.project {
            ProjectName::Tag(key) => directory.tags(account).await?.remove(key),
            ProjectName::Unit | ProjectName::Account => None,
        };
        let contacts = match contacts {
            Some(contacts) => contacts.of(account).await?,
            None => Vec::new(),
        };
        Ok((account, Details { tag, contacts }))
    };
    let asked = accounts.iter().map(|account| details(account.account));
    futures::stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await
}

const HEADINGS: [&str; 6] = ["project", "account_ids", "recipients", "account_name", "ou", "suggested_recipients"];

fn csv(
    accounts: &[DirectoryAccount],
    details: &BTreeMap<AccountId, Details>,
    config: &DirectoryConfig,
) -> Result<String> {
    let failed = |error: csv::Error| Error::new(ErrorKind::Other, "write CSV").with_source(error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADINGS).map_err(failed)?;
    let nothing = Details::default();
    for account in accounts {
        let details = details.get(&account.account).unwrap_or(&nothing);
        let cells = [
            project(account, details, &config.project),
            account.account.to_string(),
            String::new(),
            account.name.clone(),
            account.units.join("/"),
            details.contacts.join(";"),
        ];
        writer.write_record(cells.map(|cell| guard_formulas(&cell).into_owned())).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The name of the account's project; empty if it is for people to fill in.
fn project(account: &DirectoryAccount, details: &Details, wanted: &ProjectName) -> String {
    match wanted {
        ProjectName::Account => account.name.clone(),
        // an account in the root belongs to no unit
        ProjectName::Unit => account.units.join("/"),
        ProjectName::Tag(_) => details.tag.clone().unwrap_or_default(),
    }
}
