//! What all sheets are made from: the report, and words for its values in the reader's language.

use findings_core::organisation::{Direction, NoRank, OrganisationDocument, OrganisationReport, Standing, WeekState};

use crate::lang::organisation::OrganisationTexts;
use crate::lang::{self, Texts, fill};
use crate::limits;
use crate::setting::Setting;
use crate::sheets::page::Page;

/// Maximum characters of a name in a sentence.
const NAME: usize = 40;

/// A report, and the texts of the reader's language.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) document: &'a OrganisationDocument,
    pub(super) report: &'a OrganisationReport,
    /// The texts of all workbooks.
    pub(super) texts: &'static Texts,
    /// The texts of this workbook.
    pub(super) own: &'static OrganisationTexts,
}

/// A page for reading about the organisation.
pub(super) type OrganisationPage<'b, 'r> = Page<'b, 'r, View<'r>>;

impl<'a> View<'a> {
    pub(super) fn new(document: &'a OrganisationDocument) -> Self {
        let (texts, own) = (lang::texts(document.locale), lang::organisation::texts(document.locale));
        Self { document, report: &document.report, texts, own }
    }

    /// What every sheet depends on.
    pub(super) fn setting(&self) -> Setting<'a> {
        let is_whole = self.latest_week().is_none_or(|week| self.report.weeks[week].state == WeekState::Complete);
        let alarm = if is_whole { "" } else { self.texts.page_incomplete };
        Setting { texts: self.texts, time_zone: &self.document.time_zone, subject: self.own.title, alarm, until: None }
    }

    /// The week of the latest run, by its index; `None` if it is not among the weeks of the report.
    pub(super) fn latest_week(&self) -> Option<usize> {
        self.report.weeks.iter().rposition(|week| week.numbers.is_some())
    }

    /// The weeks from the first run on, by index.
    pub(super) fn known_weeks(&self) -> std::ops::Range<usize> {
        let weeks = &self.report.weeks;
        let first = weeks.iter().position(|week| week.state != WeekState::NotYet).unwrap_or(weeks.len());
        first..weeks.len()
    }

    /// The name of a project, by its index.
    pub(super) fn project(&self, index: usize) -> &'a str {
        self.report.projects.get(index).map_or("", |project| project.project.as_str())
    }

    /// The names of projects in a sentence, at most `most` of them.
    pub(super) fn names<'n>(&self, names: impl ExactSizeIterator<Item = &'n str>, most: usize) -> String {
        let hidden = names.len().saturating_sub(most);
        let mut shown: Vec<String> = names.take(most).map(short_name).collect();
        if hidden > 0 {
            shown.push(fill(self.own.words.and_more, &[("n", &self.number(hidden as u64))]));
        }
        shown.join(self.texts.wording.comma())
    }

    /// The names of projects by their indexes, at most `most` of them.
    pub(super) fn project_names(&self, indexes: &[usize], most: usize) -> String {
        self.names(indexes.iter().map(|index| self.project(*index)), most)
    }

    /// A number for a sentence.
    pub(super) fn number(&self, number: u64) -> String {
        self.texts.wording.number(number)
    }

    pub(super) fn standing(&self, standing: Standing) -> &'static str {
        self.own.words.standings[match standing {
            Standing::Departed => 1,
            Standing::Silent => 2,
            _ => 0,
        }]
    }

    pub(super) fn no_rank(&self, reason: NoRank) -> &'static str {
        self.own.words.no_ranks[match reason {
            NoRank::NotActive => 0,
            NoRank::OneRun => 1,
            NoRank::NoRecentRun => 2,
            NoRank::Incomplete => 3,
            _ => 4,
        }]
    }

    pub(super) fn state(&self, state: WeekState) -> &'static str {
        self.own.words.states[match state {
            WeekState::NotYet => 0,
            WeekState::Complete => 1,
            WeekState::Incomplete => 2,
            WeekState::NoRun => 3,
            WeekState::Pending => 4,
            _ => 5,
        }]
    }

    pub(super) fn direction(&self, direction: Direction) -> &'static str {
        self.own.words.directions[match direction {
            Direction::Improving => 0,
            Direction::Steady => 1,
            Direction::Worsening => 2,
        }]
    }
}

/// A name as one short line.
pub(super) fn short_name(name: &str) -> String {
    clip(name, NAME)
}

/// A text as one line of at most `most` characters.
pub(super) fn clip(text: &str, most: usize) -> String {
    // texts can have 100,000 characters, and only the beginning is shown
    let line: String = text.chars().take(most * 4).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let line = limits::short_text(&line);
    if line.chars().count() <= most { line } else { line.chars().take(most).chain(['…']).collect() }
}
