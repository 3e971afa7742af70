//! Names of projects, and domains of recipients, that can be taken for others.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;
use unicode_security::{RestrictionLevel, RestrictionLevelDetection};

use super::{Project, RegistryProblem, project_key};
use crate::recipient::Recipient;

/// Largest number of look-alikes that are told. Whoever mends these sees the others.
const MAX_TOLD: usize = 100;

/// Returns a warning for each name that looks like an earlier one, and for each domain that looks like another.
/// `lines` has the line of each project.
pub(super) fn find(projects: &[Project], lines: &[u64]) -> Vec<RegistryProblem> {
    let mut found = names(projects, lines);
    found.extend(projects.iter().flat_map(domains).take(MAX_TOLD));
    found.sort_by_key(|warning| warning.line);
    let rest = found.len().saturating_sub(MAX_TOLD);
    if rest > 0 {
        found.truncate(MAX_TOLD);
        found.push(RegistryProblem::new(0, "further look-alikes are not listed; correct those that are listed first"));
    }
    found
}

fn names(projects: &[Project], lines: &[u64]) -> Vec<RegistryProblem> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut found = Vec::new();
    for (index, project) in projects.iter().enumerate() {
        let mut first = None;
        for key in looks(&project.name) {
            match seen.entry(key) {
                Entry::Occupied(entry) => first = first.or(Some(*entry.get()).filter(|first| *first != index)),
                Entry::Vacant(entry) => _ = entry.insert(index),
            }
        }
        let Some(first) = first.filter(|_| found.len() <= MAX_TOLD) else { continue };
        let message = format!(
            "the project \"{}\" looks like \"{}\" in line {} ({}), and they are two projects; give both one name if they are one",
            project.name,
            projects[first].name,
            lines[first],
            difference(&projects[first].name, &project.name),
        );
        found.push(RegistryProblem::new(lines[index], message).about_people());
    }
    found
}

/// What a name looks like, whatever its case. The skeleton of Unicode (UTS 39) has one letter for all that look the
/// same. Upper and lower case differ in that ("I" looks like "l", "i" does not), so a name has two looks.
fn looks(name: &str) -> [String; 2] {
    let compatible: String = project_key(name).nfkc().collect();
    let look = |text: &str| skeleton(text).collect::<String>().to_lowercase();
    [look(&compatible), look(&compatible.to_lowercase())]
}

/// The first characters in which two names differ, which may be invisible or look the same.
fn difference(one: &str, other: &str) -> String {
    let (one, other) = (project_key(one), project_key(other));
    let (mut one, mut other) = (one.chars(), other.chars());
    let code = |c: Option<char>| c.map_or_else(|| "the end".to_owned(), |c| format!("U+{:04X}", u32::from(c)));
    loop {
        let pair = (one.next(), other.next());
        if pair.0 != pair.1 || pair.0.is_none() {
            return format!("{} there, {} here", code(pair.0), code(pair.1));
        }
    }
}

fn domains(project: &Project) -> impl Iterator<Item = RegistryProblem> {
    project.recipients.iter().chain(&project.leads).filter_map(|recipient| {
        let domain = misleading_domain(recipient)?;
        let message = format!(
            "\"{recipient}\" has the domain \"{domain}\", whose letters look like those of another; check that it is the right one"
        );
        Some(RegistryProblem::new(project.recipient_lines.of(recipient), message).about_people())
    })
}

/// The domain in its letters, if it mixes scripts in a way that no language does, or looks like one in ASCII.
fn misleading_domain(recipient: &Recipient) -> Option<String> {
    let (_, domain) = recipient.as_str().rsplit_once('@')?;
    let (domain, _) = idna::domain_to_unicode(domain);
    let mixed = || domain.split('.').any(|l| !l.check_restriction_level(RestrictionLevel::HighlyRestrictive));
    (!domain.is_ascii() && (mixed() || skeleton(&domain).all(|c| c.is_ascii()))).then_some(domain)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::registry::parse_csv;

    fn look_alikes(names: &[&str]) -> Vec<String> {
        let rows = names.iter().enumerate().map(|(n, name)| format!("{name},11110000000{n},a@example.com\n"));
        let csv = format!("project,account_ids,recipients\n{}", rows.collect::<String>());
        let registry = parse_csv(csv.as_bytes()).unwrap();
        assert!(registry.projects.iter().all(|project| project.problems.is_empty() && project.accounts.len() == 1));
        registry.look_alikes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_that_look_alike_are_told() {
        for (one, other) in [
            ("Payments", "payments"),
            ("BILLING", "billing"),
            ("Payments", "P\u{430}yments"),
            ("PAYMENTS", "p\u{430}yments"),
            ("Payments", "Ｐａｙｍｅｎｔｓ"),
            ("Office", "O\u{fb03}ce"),
            ("ガス", "ｶﾞｽ"),
            ("カ\u{3099}ス", "ｶﾞｽ"),
            ("データ１", "データ1"),
            ("Modern", "Modem"),
            ("PROD", "PR0D"),
            ("Stage1", "Stagel"),
            ("株式会社A", "㍿A"),
            ("Pay\u{200b}ments", "Payments"),
            // the sign of a long vowel, a dash and the number one
            ("サーバ", "サ一バ"),
            ("サーバ", "サ―バ"),
            // Katakana and Kanji
            ("エ場", "工場"),
            ("ニ課", "二課"),
            ("ヘルプ", "へルプ"),
        ] {
            let told = look_alikes(&[one, other]);
            assert_eq!(told.len(), 1, "{one} {other}: {told:?}");
            assert!(told[0].starts_with(&format!("line 3: the project \"{other}\" looks like \"{one}\" in line 2")));
        }
        let told = look_alikes(&["Payments", "P\u{430}yments"]);
        assert!(told[0].contains("(U+0061 there, U+0430 here)"), "{told:?}");
    }

    #[test]
    fn names_that_only_resemble_each_other_are_not_told() {
        for (one, other) in [
            ("ソース", "ンース"),
            ("シーツ", "ツーシ"),
            ("ハス", "バス"),
            ("バス", "パス"),
            ("ッ", "ツ"),
            ("リスト", "りすと"),
            ("開発1", "開発2"),
            ("決済基盤", "決済基板"),
            ("dev", "prod"),
            ("Über", "Uber"),
        ] {
            assert_eq!(look_alikes(&[one, other]), [""; 0], "{one} {other}");
        }
        // one project: its name is composed in one row
        assert_eq!(look_alikes(&["か\u{3099}"]), [""; 0]);
        let csv =
            "project,account_ids,recipients\nか\u{3099},111100000001,a@example.com\nが,111100000002,a@example.com\n";
        let registry = parse_csv(csv.as_bytes()).unwrap();
        assert!(registry.projects.len() == 1 && registry.look_alikes.is_empty());
    }

    #[test]
    fn domains_that_mislead_are_told_with_their_letters() {
        let told = |address: &str| {
            let csv = format!("project,account_ids,recipients\nA,111100000001,{address}\n");
            let registry = parse_csv(csv.as_bytes()).unwrap();
            assert_eq!(registry.projects[0].recipients.len(), 1, "{address}");
            registry.look_alikes.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        // wholly and partly Cyrillic, and as punycode
        for address in ["a@\u{430}\u{440}\u{440}\u{4cf}\u{435}.com", "a@ex\u{430}mple.com", "a@xn--exmple-4nf.com"] {
            let told = told(address);
            assert!(told.len() == 1 && told[0].starts_with("line 2: \"a@xn--"), "{address}: {told:?}");
        }
        for address in ["a@example.com", "a@例え.jp", "a@三菱ufj.jp", "a@b\u{fc}cher.de", "a@пример.рф", "slack:x"]
        {
            assert_eq!(told(address), [""; 0], "{address}");
        }
    }

    #[test]
    fn only_so_many_are_told() {
        let mut csv = "project,account_ids,recipients\n".to_owned();
        for n in 0..300 {
            let _ = writeln!(csv, "N{n},111100000001,a@example.com\nn{n},111100000001,a@example.com");
        }
        let registry = parse_csv(csv.as_bytes()).unwrap();
        assert_eq!(registry.look_alikes.len(), MAX_TOLD + 1);
        assert!(registry.look_alikes[MAX_TOLD].to_string().starts_with("further look-alikes"));
    }
}
