//! Parsing of the cells that hold one value for a whole project. Each error message says what to do.

use jiff::tz::TimeZone;

use super::{Project, RegistryProblem};
use crate::desk::Contacts;
use crate::{Locale, NotifyWhen, Severity};

/// Largest number of characters of a contact. A longer text is probably the result of a quote that was not closed.
const CONTACT_LEN: usize = 200;

/// The columns that hold one value for a project, in the order of [`Cells`].
pub(super) const COLUMNS: [&str; 5] = ["locale", "notify", "min_severity", "contact", "time_zone"];

/// The cells of a row, by [`COLUMNS`]; empty if the file has no such column.
pub(super) type Cells<'a> = [&'a str; COLUMNS.len()];

/// Sets what the cells of a row say. Returns the problems.
pub(super) fn set(project: &mut Project, line: u64, cells: Cells<'_>) -> Vec<RegistryProblem> {
    let [locale, notify, min_severity, contact, time_zone] = cells;
    let named = |error: crate::UnknownName| error.to_string();
    let told = [
        settle(&mut project.locale, "locale", locale, |text| text.parse::<Locale>().map_err(|e| e.to_string())),
        settle(&mut project.notify, "notify", notify, |text| text.parse::<NotifyWhen>().map_err(named)),
        settle(&mut project.min_severity, "min_severity", min_severity, |text| text.parse::<Severity>().map_err(named)),
        settle(&mut project.contact, "contact", contact, read_contact),
        settle(&mut project.time_zone, "time_zone", time_zone, read_zone),
    ];
    told.into_iter().flatten().map(|message| RegistryProblem::new(line, message).about_people()).collect()
}

/// Sets a value that is not set yet. Returns what is wrong with the cell.
fn settle<T: Shown + PartialEq>(
    known: &mut Option<T>,
    column: &str,
    cell: &str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Option<String> {
    if cell.is_empty() {
        return None;
    }
    match (read(cell), &*known) {
        (Err(error), _) => Some(error),
        (Ok(value), Some(first)) if value != *first => Some(format!(
            "the {column} is \"{}\" here and \"{}\" in a row before, which is used; make them the same",
            value.shown(),
            first.shown()
        )),
        (Ok(value), _) => {
            *known = Some(value);
            None
        }
    }
}

/// A value as it is written in a cell.
trait Shown {
    fn shown(&self) -> String;
}

macro_rules! shown_as_displayed {
    ($($type:ty),+) => {
        $(impl Shown for $type {
            fn shown(&self) -> String {
                self.to_string()
            }
        })+
    };
}
shown_as_displayed!(Locale, NotifyWhen, Severity);

impl Shown for Contacts {
    fn shown(&self) -> String {
        self.to_all().unwrap_or_default()
    }
}

impl Shown for TimeZone {
    fn shown(&self) -> String {
        self.iana_name().unwrap_or_default().to_owned()
    }
}

fn read_contact(cell: &str) -> Result<Contacts, String> {
    let length = cell.chars().count();
    if length > CONTACT_LEN {
        return Err(format!(
            "the contact has {length} characters, {CONTACT_LEN} at most, so it is not used; is a closing double quote missing?"
        ));
    }
    if cell.contains(char::is_control) {
        return Err("the contact has control characters, so it is not used; type it again in one line".to_owned());
    }
    cell.parse().map_err(|error| format!("the contact is not used: {error}"))
}

fn read_zone(cell: &str) -> Result<TimeZone, String> {
    let shown = || cell.escape_debug().take(40).collect::<String>();
    TimeZone::get(cell)
        .map_err(|_| format!("\"{}\" is not a time zone; expected an IANA name such as Asia/Tokyo", shown()))
}

#[cfg(test)]
mod tests {
    use crate::registry::parse_csv;
    use crate::{Locale, NotifyWhen, Severity};

    const HEAD: &str = "project,account_ids,recipients,locale,notify,min_severity,contact,time_zone";

    #[test]
    fn values_of_a_project_are_read() {
        let csv = format!("{HEAD}\nA,111100000001,a@example.com,ja,Changes,high,決済 desk@example.com,Asia/Tokyo\n");
        let registry = parse_csv(csv.as_bytes()).unwrap();
        let a = &registry.projects[0];
        assert_eq!((a.problems.as_slice(), registry.warnings.as_slice()), (&[][..], &[][..]));
        assert_eq!(
            (a.locale, a.notify, a.min_severity),
            (Some(Locale::Ja), Some(NotifyWhen::Changes), Some(Severity::High))
        );
        assert_eq!(a.contact_of(Locale::Ja), Some("決済 desk@example.com"));
        assert_eq!(a.time_zone.as_ref().and_then(|zone| zone.iana_name()), Some("Asia/Tokyo"));
    }

    /// A wrong value costs only itself: the project is delivered, with the default.
    #[test]
    fn wrong_values_are_named_with_line_and_cure() {
        let long = "x".repeat(201);
        for (cells, want) in [
            ("fr,,,,", "line 2: \"fr\" is not a language of the reports; expected one of"),
            (",weekly,,,", "line 2: \"weekly\" is not a choice of reports; expected one of always, changes, critical"),
            (",,severe,,", "expected one of"),
            (",,,,Tokyo", "line 2: \"Tokyo\" is not a time zone; expected an IANA name"),
            (&*format!(",,,{long},"), "has 201 characters"),
            (",,,a\u{7}b,", "control characters"),
            (",,,ja=a; ja=b,", "there twice"),
        ] {
            let csv = format!("{HEAD}\nA,111100000001,a@example.com,{cells}\n");
            let a = parse_csv(csv.as_bytes()).unwrap().projects.remove(0);
            let said: Vec<String> = a.problems.iter().map(ToString::to_string).collect();
            assert!(said.len() == 1 && said[0].starts_with("line 2: ") && said[0].contains(want), "{cells}: {said:?}");
            assert!(!a.problems[0].hides_accounts && a.recipients.len() == 1 && a.accounts.len() == 1);
            assert!(a.locale.is_none() && a.notify.is_none() && a.min_severity.is_none() && a.contact.is_none());
            assert!(a.time_zone.is_none());
        }
    }

    #[test]
    fn rows_that_differ_are_told_and_the_first_counts() {
        let csv = format!(
            "{HEAD}\nA,111100000001,a@example.com,,critical,low,desk,UTC\nA,111100000002,,,CRITICAL,high,other,Asia/Tokyo\n"
        );
        let a = parse_csv(csv.as_bytes()).unwrap().projects.remove(0);
        let said: Vec<String> = a.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "line 3: the min_severity is \"HIGH\" here and \"LOW\" in a row before, which is used; make them the same",
                "line 3: the contact is \"other\" here and \"desk\" in a row before, which is used; make them the same",
                "line 3: the time_zone is \"Asia/Tokyo\" here and \"UTC\" in a row before, which is used; make them the same",
            ]
        );
        assert_eq!((a.notify, a.min_severity), (Some(NotifyWhen::Critical), Some(Severity::Low)));
    }
}
