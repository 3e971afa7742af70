//! The summary as one line that log services keep whole: shortened if it is too long.

use serde::Serialize;

use super::outcome::{ProjectOutcome, ProjectStatus};
use super::summary::{Summary, SummaryError};
use crate::{Error, ErrorKind, Result};

/// Space in bytes for the keys and numbers of [`Shortened`].
const FRAME: usize = 1_000;

/// The longest text of an error of the run in a shortened summary, in characters.
const MAX_MESSAGE: usize = 500;

/// What a shortened summary left out.
#[derive(Debug, Default, Serialize)]
struct Shortened<'a> {
    /// Numbers of projects that are not in `projects`.
    left_out: StatusCounts,
    /// Names of those of them that have errors or were not delivered, the failed ones first.
    in_trouble: Vec<&'a str>,
    /// Number of projects in trouble whose names did not fit either.
    unnamed: u64,
    /// Number of errors of the run that were left out.
    errors_left_out: u64,
    /// Fields of the summary that were left out.
    fields_left_out: Vec<&'static str>,
}

#[derive(Debug, Default, Serialize)]
struct StatusCounts {
    ok: u64,
    incomplete: u64,
    failed: u64,
    skipped: u64,
}

/// A shortened summary: the fields of the summary, and what was left out.
#[derive(Serialize)]
struct ShortSummary<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    shortened: Shortened<'a>,
}

impl Summary {
    /// Returns the summary as one JSON object of at most `limit` bytes, which should be 10,000 or more.
    ///
    /// If the whole summary does not fit, `projects` holds those in trouble as far as they fit and then the others. The
    /// additional field `shortened` has the names of all others in trouble, as far as these fit, and counts of the rest.
    /// The whole summary is at [`summary_location`](Self::summary_location).
    ///
    /// # Errors
    /// [`Other`](ErrorKind::Other) if the summary cannot be written as JSON.
    pub fn line(&self, limit: usize) -> Result<String> {
        let whole = json(self)?;
        if whole.len() <= limit {
            return Ok(whole);
        }
        let (mut base, mut shortened) = (Self { projects: Vec::new(), ..self.clone() }, Shortened::default());
        trim(&mut base, &mut shortened, limit / 2)?;
        let room = limit.saturating_sub(FRAME + json(&base)?.len());
        base.projects = choose(&self.projects, room, &mut shortened)?;
        json(&ShortSummary { summary: &base, shortened })
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::new(ErrorKind::Other, "write the summary").with_source(e))
}

/// Returns the length of a value in a list.
fn length(value: &impl Serialize) -> Result<usize> {
    Ok(json(value)?.len() + 1)
}

/// Leaves out what the manifest has, too, and then errors, until everything but the projects fits into `room`.
fn trim(base: &mut Summary, shortened: &mut Shortened<'_>, room: usize) -> Result<()> {
    if json(base)?.len() <= room {
        return Ok(());
    }
    let has = [("coverage", base.coverage.is_some()), ("ownership", base.ownership.is_some())];
    let lists = [
        ("departed", !base.departed.is_empty()),
        ("look_alikes", !base.look_alikes.is_empty()),
        ("unopened", !base.unopened.is_empty()),
    ];
    let has = has.into_iter().chain(lists);
    shortened.fields_left_out = has.filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect();
    (base.coverage, base.ownership, base.departed) = (None, None, Vec::new());
    (base.look_alikes, base.unopened) = (Vec::new(), Vec::new());
    let errors = std::mem::take(&mut base.errors);
    let mut left = room.saturating_sub(json(base)?.len());
    for error in errors {
        let error = clip(error);
        let length = length(&error)?;
        if length <= left {
            left -= length;
            base.errors.push(error);
        } else {
            shortened.errors_left_out += 1;
        }
    }
    Ok(())
}

fn clip(mut error: SummaryError) -> SummaryError {
    if let Some((end, _)) = error.message.char_indices().nth(MAX_MESSAGE) {
        error.message.truncate(end);
        error.message.push('…');
    }
    error
}

/// The lengths of a project in the line.
struct Lengths<'a> {
    index: usize,
    outcome: &'a ProjectOutcome,
    name: usize,
    full: usize,
}

/// Returns the outcomes that fit into `room`, in their order, and notes what becomes of the others. Names of projects in
/// trouble come first: details of one must not push out the name of another.
fn choose<'a>(
    projects: &'a [ProjectOutcome],
    room: usize,
    shortened: &mut Shortened<'a>,
) -> Result<Vec<ProjectOutcome>> {
    let lengths = |(index, outcome): (usize, &'a ProjectOutcome)| {
        Ok(Lengths { index, outcome, name: length(&outcome.project)?, full: length(outcome)? })
    };
    let all = projects.iter().enumerate().map(lengths).collect::<Result<Vec<_>>>()?;
    let (fine, mut trouble): (Vec<_>, Vec<_>) = all.into_iter().partition(|project| project.outcome.is_ok());
    trouble.sort_by_key(|project| rank(project.outcome.status));
    let (mut left, mut named, mut full) = (room, Vec::new(), Vec::new());
    for project in trouble {
        if let Some(rest) = left.checked_sub(project.name) {
            left = rest;
            named.push(project);
        } else {
            shortened.unnamed += 1;
            shortened.left_out.add(project.outcome.status);
        }
    }
    for project in named {
        // the details replace the name
        if let Some(rest) = (left + project.name).checked_sub(project.full) {
            left = rest;
            full.push(project.index);
        } else {
            shortened.in_trouble.push(&project.outcome.project);
            shortened.left_out.add(project.outcome.status);
        }
    }
    let mut has_room = shortened.in_trouble.is_empty() && shortened.unnamed == 0;
    for project in fine {
        has_room &= project.full <= left;
        if has_room {
            left -= project.full;
            full.push(project.index);
        } else {
            shortened.left_out.add(project.outcome.status);
        }
    }
    full.sort_unstable();
    Ok(full.into_iter().filter_map(|index| projects.get(index).cloned()).collect())
}

impl StatusCounts {
    fn add(&mut self, status: ProjectStatus) {
        *match status {
            ProjectStatus::Ok => &mut self.ok,
            ProjectStatus::Incomplete => &mut self.incomplete,
            ProjectStatus::Failed => &mut self.failed,
            ProjectStatus::Skipped => &mut self.skipped,
        } += 1;
    }
}

/// Returns the order of projects in trouble.
fn rank(status: ProjectStatus) -> u8 {
    match status {
        ProjectStatus::Failed => 0,
        ProjectStatus::Skipped => 1,
        ProjectStatus::Incomplete => 2,
        ProjectStatus::Ok => 3,
    }
}

#[cfg(test)]
mod tests;
