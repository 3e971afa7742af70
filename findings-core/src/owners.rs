//! Who takes care of which findings inside a project: rules by tag, account, Region or resource.
//!
//! A project can have hundreds of accounts and many teams. The registry says who hears of the project; the rules say whose
//! each finding is. They fill the owner in reports, and every owner with an address gets a message about their own part.
//!
//! ```
//! use findings_core::Finding;
//! use findings_core::owners::OwnerRules;
//! use findings_core::registry::Project;
//!
//! let csv = "project,match,owner\n\
//!            Payments,tag:Team=data,Data team <data@example.com>\n\
//!            *,account:123456789012 & region:eu-west-1,Sato <sato@example.com>\n\
//!            *,tag:Owner,tag:Owner\n";
//! let rules = OwnerRules::parse_csv(csv.as_bytes())?;
//! let mut finding = Finding::new("123456789012".parse()?, "1");
//! finding.region = Some("eu-west-1".into());
//! let of_project = rules.of_project(&Project::new("Payments")).expect("two rules are for all projects");
//! let assigned = of_project.find(&finding).expect("the second rule fits");
//! assert_eq!((&*assigned.owner, assigned.line), ("Sato <sato@example.com>", 3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod check;
mod condition;

use crate::csv_text::{LISTED, LineProblem, Table, and_more, cut, read_table};
use crate::decision::MAX_OWNER;
use crate::registry::{Project, project_key};
use crate::{Finding, Result, Text};

use self::condition::Condition;

pub(crate) use self::address::address_of;

/// What stands for all projects.
const ALL: &str = "*";

/// A rule: whose the findings of a project are that fit its conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnerRule {
    /// Its line in the file, counted from 1.
    pub line: u64,
    /// The project, by its name or an earlier one; `None` for all projects.
    pub project: Option<String>,
    /// A finding has to fit all of them. None fit every finding.
    conditions: Vec<Condition>,
    owner: OwnerText,
}

/// Who the owner is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum OwnerText {
    /// This text: a name, an address, or both.
    Given(Text),
    /// The value of the tag with this key.
    Tag(String),
}

/// Whose a finding is, and which rule says so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assignment {
    /// The owner: a name, a mail address or channel, or both as in `Sato <sato@example.com>`.
    pub owner: Text,
    /// Whether the owner stands in a tag. Whoever may tag resources enters it, so mail to it needs more care.
    pub is_from_tag: bool,
    /// The line of the rule, counted from 1.
    pub line: u64,
}

/// The rules of an organisation, in the order of the file. The first rule that fits a finding counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnerRules {
    /// The rules.
    pub rules: Vec<OwnerRule>,
    /// The lines that could not be read. Their rules are not used.
    pub problems: Vec<LineProblem>,
}

impl OwnerRules {
    /// Reads a CSV file with the columns `project`, `match` and `owner`. It accepts the same encodings as the registry.
    ///
    /// * `project` is the name of a project or `*` for all.
    /// * `match` has conditions that are separated by ` & `: `tag:KEY=VALUE`, `tag:KEY` (any value), `account:ID`,
    ///   `region:NAME`, `resource:PREFIX` (the beginning of an ARN). `*` fits every finding.
    /// * `owner` is a name, an address, both as in `Sato <sato@example.com>`, a channel such as `slack:data`, or `tag:KEY`
    ///   for the value of that tag.
    ///
    /// ```
    /// use findings_core::owners::OwnerRules;
    /// let csv = "project,match,owner\nPayments,region:eu-west-1,Sato\nPayments,acount:1,Mori\n";
    /// let rules = OwnerRules::parse_csv(csv.as_bytes())?;
    /// assert_eq!((rules.rules.len(), rules.problems[0].line), (1, 3));
    /// # Ok::<(), findings_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the file is not CSV or a column is missing. A line that cannot
    /// be read does not fail the call; it is added to [`problems`](Self::problems).
    pub fn parse_csv(bytes: &[u8]) -> Result<Self> {
        let table: Table<3> = read_table(bytes, "read the owners", ["project", "match", "owner"])?;
        let mut read = Self::default();
        for (line, [project, conditions, owner]) in table.rows {
            match parse_rule(line, &project, &conditions, &owner) {
                Ok(rule) => read.rules.push(rule),
                Err(message) => read.problems.push(LineProblem::new(line, message)),
            }
        }
        let hidden = cut(&mut read.problems, LISTED);
        if let Some(first) = hidden.first() {
            read.problems.push(LineProblem::new(first.line, and_more(hidden.len())));
        }
        Ok(read)
    }

    /// Returns the rules that can fit findings of a project; `None` if there are none. Then nothing is said of owners: a
    /// project without rules is not one whose findings are nobody's.
    pub fn of_project<'a>(&'a self, project: &Project) -> Option<ProjectOwners<'a>> {
        let rules: Vec<&OwnerRule> = self.rules.iter().filter(|rule| rule.is_for(project)).collect();
        (!rules.is_empty()).then_some(ProjectOwners { rules })
    }
}

impl OwnerRule {
    /// Whether it is about findings of a project.
    pub(crate) fn is_for(&self, project: &Project) -> bool {
        self.project.as_deref().is_none_or(|name| project.is_called(name))
    }

    /// Returns the owner of a finding; `None` if the rule does not fit.
    fn owner_of(&self, finding: &Finding) -> Option<Text> {
        if !self.conditions.iter().all(|condition| condition.fits(finding)) {
            return None;
        }
        match &self.owner {
            OwnerText::Given(owner) => Some(owner.clone()),
            OwnerText::Tag(key) => condition::tag(finding, key).and_then(owner_text),
        }
    }
}

/// The rules that can fit findings of one project.
#[derive(Clone, Debug)]
pub struct ProjectOwners<'a> {
    rules: Vec<&'a OwnerRule>,
}

impl ProjectOwners<'_> {
    /// Returns whose a finding is, by the first rule that fits; `None` if it is nobody's.
    pub fn find(&self, finding: &Finding) -> Option<Assignment> {
        self.rules.iter().find_map(|rule| {
            let owner = rule.owner_of(finding)?;
            let is_from_tag = matches!(rule.owner, OwnerText::Tag(_));
            Some(Assignment { owner, is_from_tag, line: rule.line })
        })
    }
}

fn parse_rule(line: u64, project: &str, conditions: &str, owner: &str) -> Result<OwnerRule, String> {
    let project = match project.trim() {
        ALL => None,
        name if project_key(name).is_empty() => {
            return Err("project: it is empty; write the name of a project, or * for all".to_owned());
        }
        name => Some(name.to_owned()),
    };
    let conditions = condition::parse_all(conditions).map_err(|message| format!("match: {message}"))?;
    let owner = parse_owner(owner).map_err(|message| format!("owner: {message}"))?;
    Ok(OwnerRule { line, project, conditions, owner })
}

fn parse_owner(owner: &str) -> Result<OwnerText, String> {
    if let Some(key) = owner.trim().strip_prefix("tag:") {
        let key = key.trim();
        return if key.is_empty() {
            Err("tag: names no key; write tag:KEY, such as tag:Owner".to_owned())
        } else {
            Ok(OwnerText::Tag(key.to_owned()))
        };
    }
    let length = owner.chars().count();
    if length > MAX_OWNER {
        return Err(format!("it has {length} characters, {MAX_OWNER} at most; shorten it"));
    }
    let missing = || "it is empty; write a name, an address, or both as in Sato <sato@example.com>".to_owned();
    let owner = owner_text(owner).ok_or_else(missing)?;
    if owner.contains('@') && address_of(&owner).is_none() {
        return Err(format!(
            "\"{owner}\" has no address that mail can go to; write one address, as in Sato <sato@example.com>"
        ));
    }
    Ok(OwnerText::Given(owner))
}

/// An owner as one line: what it was read from can have line breaks.
fn owner_text(text: &str) -> Option<Text> {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_OWNER).collect();
    (!text.is_empty()).then(|| text.into())
}

#[cfg(test)]
mod tests;
