//! The earlier names of projects, which must be clear without doubt.

use std::collections::{HashMap, HashSet};

use super::{Project, RegistryProblem, project_key};

/// An earlier name as a row states it.
#[derive(Debug)]
pub(super) struct AliasMention {
    /// Index of the project.
    pub(super) index: usize,
    /// Line of the row.
    pub(super) line: u64,
    pub(super) alias: String,
}

/// Adds the earlier names to their projects. A name that belongs to another project, or that two projects claim, is a
/// problem and used by neither: the history of one project must not get into the report of another. `indexes` has the
/// index and first line of each project by the key of its name.
pub(super) fn settle(
    projects: &mut [Project],
    mut mentions: Vec<AliasMention>,
    indexes: &HashMap<String, (usize, u64)>,
) {
    let mut seen = HashSet::new();
    // without repeated ones, no search below is long
    mentions.retain(|mention| seen.insert((mention.index, project_key(&mention.alias))));
    let mut claims: HashMap<String, Vec<(usize, u64)>> = HashMap::new();
    for AliasMention { index, line, alias } in &mentions {
        claims.entry(project_key(alias)).or_default().push((*index, *line));
    }
    for AliasMention { index, line, alias } in mentions {
        let key = project_key(&alias);
        let another = claims.get(&key).and_then(|all| all.iter().find(|(other, _)| *other != index));
        let message = match (indexes.get(&key), another) {
            (Some((other, at)), _) if *other != index => {
                format!(
                    "\"{alias}\" is the name of another project (line {at}), so it is not used as an earlier name; remove one of the two"
                )
            }
            (_, Some((other, at))) => {
                let other = &projects[*other].name;
                format!(
                    "\"{alias}\" is an earlier name of \"{other}\", too (line {at}), so neither has its history; keep one of the two"
                )
            }
            _ => {
                if !key.is_empty() && !indexes.contains_key(&key) {
                    projects[index].aliases.push(alias);
                }
                continue;
            }
        };
        projects[index].problems.push(RegistryProblem::new(line, message).about_people());
    }
}
