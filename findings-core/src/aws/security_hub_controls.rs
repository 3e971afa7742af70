//! What Security Hub says about its controls.

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;

use std::collections::HashMap;

use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::types::{ParameterConfiguration, ParameterValue, SecurityControlDefinition};
use jiff::Timestamp;

use super::error::sdk_error;
use crate::guidance::{ControlCatalogue, ControlDefinition, ControlParameter};
use crate::{Error, ErrorKind, Result};

const OPERATION: &str = "ask Security Hub about its controls";

/// The largest page of ListSecurityControlDefinitions, whose default is 25.
const PAGE: i32 = 100;
/// The most pages: there are a few hundred controls.
const MAX_PAGES: usize = 100;
/// How many controls are asked for in a call of BatchGetSecurityControls, for which AWS documents no maximum.
const BATCH: usize = 100;

/// The catalogue of controls of Security Hub in the client's account and Region.
///
/// Requires the permissions `securityhub:ListSecurityControlDefinitions`, `securityhub:BatchGetSecurityControls` and
/// `securityhub:ListStandardsControlAssociations`.
///
/// ```no_run
/// use findings_core::aws::SecurityHubControls;
/// # async fn example() -> findings_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let controls = SecurityHubControls::new(aws_sdk_securityhub::Client::new(&config));
/// let catalogue = controls.catalogue(jiff::Timestamp::now(), &["S3.8".to_owned()]).await?;
/// println!("{} controls", catalogue.controls.len());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SecurityHubControls {
    client: Client,
}

impl SecurityHubControls {
    /// Uses the client's credentials, Region, endpoint and retries.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Fetches the definitions of all controls, and of `detailed` ones their parameters in this account and the
    /// requirements that they belong to. A detailed control that does not exist is left out.
    ///
    /// # Errors
    /// Those of the calls; a list that does not end is [`Inconsistent`](ErrorKind::Inconsistent).
    pub async fn catalogue(&self, now: Timestamp, detailed: &[String]) -> Result<ControlCatalogue> {
        let mut catalogue = ControlCatalogue::new(now);
        catalogue.controls = self.definitions().await?;
        let is_wanted = |control: &ControlDefinition| detailed.iter().any(|id| control.id.eq_ignore_ascii_case(id));
        let ids: Vec<String> = catalogue.controls.iter().filter(|c| is_wanted(c)).map(|c| c.id.clone()).collect();
        let mut values = HashMap::new();
        for batch in ids.chunks(BATCH) {
            values.extend(self.parameters(batch).await?);
        }
        for control in catalogue.controls.iter_mut().filter(|control| is_wanted(control)) {
            let mut own = values.remove(&control.id).unwrap_or_default();
            for parameter in &mut control.parameters {
                parameter.value = own.remove(&parameter.name).flatten();
            }
            control.requirements = self.requirements(&control.id).await?;
            control.is_detailed = true;
        }
        Ok(catalogue)
    }

    async fn definitions(&self) -> Result<Vec<ControlDefinition>> {
        let (mut controls, mut token): (Vec<ControlDefinition>, Option<String>) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let call = self.client.list_security_control_definitions().max_results(PAGE).set_next_token(token.clone());
            let page = call.send().await.map_err(|error| sdk_error(error, OPERATION))?;
            controls.extend(page.security_control_definitions().iter().filter_map(definition));
            match page.next_token {
                None => return Ok(controls),
                next if next == token => return Err(endless("the same page token came twice")),
                next => token = next,
            }
        }
        Err(endless("the list does not end"))
    }

    /// The values of parameters by control and name; `None` for a default.
    async fn parameters(&self, ids: &[String]) -> Result<HashMap<String, HashMap<String, Option<String>>>> {
        let call = self.client.batch_get_security_controls().set_security_control_ids(Some(ids.to_vec()));
        let answer = call.send().await.map_err(|error| sdk_error(error, OPERATION))?;
        let values = answer.security_controls.unwrap_or_default().into_iter().filter_map(|control| {
            let parameters = control.parameters.unwrap_or_default().into_iter();
            Some((control.security_control_id?, parameters.map(|(name, set)| (name, value(&set))).collect()))
        });
        Ok(values.collect())
    }

    async fn requirements(&self, id: &str) -> Result<Vec<String>> {
        let (mut requirements, mut token): (Vec<String>, Option<String>) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let call = self.client.list_standards_control_associations().security_control_id(id);
            let call = call.max_results(PAGE).set_next_token(token.clone());
            let page = call.send().await.map_err(|error| sdk_error(error, OPERATION).with_subject(id))?;
            let all = page.standards_control_association_summaries().iter();
            requirements.extend(all.flat_map(|summary| summary.related_requirements().iter().cloned()));
            match page.next_token {
                None => {
                    requirements.sort();
                    requirements.dedup();
                    return Ok(requirements);
                }
                next if next == token => return Err(endless("the same page token came twice")),
                next => token = next,
            }
        }
        Err(endless("the list does not end"))
    }
}

fn endless(message: &'static str) -> Error {
    Error::new(ErrorKind::Inconsistent, OPERATION).with_message(message)
}

fn definition(of: &SecurityControlDefinition) -> Option<ControlDefinition> {
    let mut control = ControlDefinition::new(of.security_control_id()?, of.title().unwrap_or_default());
    control.description = of.description().map(str::to_owned);
    control.severity = of.severity_rating().map(|severity| severity.as_str().to_owned());
    control.remediation_url = of.remediation_url().map(str::to_owned);
    let parameters = of.parameter_definitions().into_iter().flatten();
    control.parameters = parameters
        .map(|(name, definition)| {
            let mut parameter = ControlParameter::new(name);
            parameter.description = definition.description().map(str::to_owned);
            parameter
        })
        .collect();
    control.parameters.sort_by(|a, b| a.name.cmp(&b.name));
    Some(control)
}

/// The value of a parameter as a text; `None` for its default.
fn value(of: &ParameterConfiguration) -> Option<String> {
    let list = |items: &[String]| items.join(", ");
    Some(match of.value()? {
        ParameterValue::Integer(number) => number.to_string(),
        ParameterValue::Double(number) => number.to_string(),
        ParameterValue::Boolean(truth) => truth.to_string(),
        ParameterValue::String(text) | ParameterValue::Enum(text) => text.clone(),
        ParameterValue::StringList(items) | ParameterValue::EnumList(items) => list(items),
        ParameterValue::IntegerList(items) => list(&items.iter().map(ToString::to_string).collect::<Vec<_>>()),
        _ => return None,
    })
}
