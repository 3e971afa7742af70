//! The part of a finding's note that a decision writes.
//!
//! Security Hub has one note for each finding. What other people wrote stays in front; the part of the decision comes after
//! it, in brackets that begin with a mark, and is replaced by the next decision.

use super::{DecisionEntry, DecisionKind};

/// What the part of a decision begins with.
const MARK: &str = "[decision: ";
const END: char = ']';
/// The most characters of a note: BatchUpdateFindings accepts 512.
const NOTE_CHARS: usize = 512;
/// The fewest characters for the part of a decision. With less room, the note stays as it is.
const FEWEST_CHARS: usize = 60;

/// Returns a note without the part of a decision.
pub(super) fn without_decision(note: &str) -> &str {
    match note.find(MARK) {
        // people may write behind it: then nothing can be told apart, and everything counts as theirs
        Some(start) if note[start..].trim_end().find(END) == Some(note[start..].trim_end().len() - 1) => {
            note[..start].trim_end()
        }
        _ => note.trim_end(),
    }
}

/// Returns the note with a decision behind what other people wrote; `None` if they left too little room for it.
pub(super) fn with_decision(note: Option<&str>, entry: &DecisionEntry) -> Option<String> {
    let others = note.map(without_decision).unwrap_or_default();
    let between = if others.is_empty() { "" } else { "\n" };
    let room = NOTE_CHARS.checked_sub(others.chars().count() + between.len())?;
    if room < FEWEST_CHARS {
        return None;
    }
    let room = room - MARK.chars().count() - END.len_utf8();
    let text = clipped(&describe(entry).replace(['[', END], "|"), room);
    Some(format!("{others}{between}{MARK}{text}{END}"))
}

/// The decision in one line. It is in English, as everything that Security Hub itself shows.
fn describe(entry: &DecisionEntry) -> String {
    let kind = match entry.kind {
        DecisionKind::ToFix => "to fix",
        DecisionKind::Fixed => "reported fixed",
        DecisionKind::AcceptRisk => "risk accepted",
        DecisionKind::FalsePositive => "false positive",
        DecisionKind::NotOurs => "not ours",
        DecisionKind::Withdrawn => "withdrawn",
        DecisionKind::AcceptanceEnded => "acceptance ended",
    };
    let word = if entry.kind == DecisionKind::ToFix { "by" } else { "until" };
    let due = entry.due.map(|due| format!(" {word} {due}")).unwrap_or_default();
    let owner = entry.owner.as_ref().map(|owner| format!(", owner {owner}")).unwrap_or_default();
    let comment = entry.comment.as_ref().map(|comment| format!(": {comment}")).unwrap_or_default();
    let text = [kind, &due, &owner, &comment].concat();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn clipped(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> DecisionEntry {
        DecisionEntry::new(DecisionKind::AcceptRisk)
            .with_due("2027-03-31".parse().unwrap())
            .with_owner("sato")
            .with_comment("test [data]\nonly")
    }

    #[test]
    fn decision_stands_behind_the_note_of_others() {
        let own = "[decision: risk accepted until 2027-03-31, owner sato: test |data| only]";
        assert_eq!(with_decision(None, &entry()).unwrap(), own);
        let both = with_decision(Some("asked team X "), &entry()).unwrap();
        assert_eq!(both, format!("asked team X\n{own}"));
        assert_eq!(without_decision(&both), "asked team X");
    }

    #[test]
    fn next_decision_replaces_the_part_of_the_last_one() {
        let first = with_decision(Some("theirs"), &entry()).unwrap();
        let next = with_decision(Some(&first), &DecisionEntry::new(DecisionKind::Withdrawn)).unwrap();
        assert_eq!(next, "theirs\n[decision: withdrawn]");
    }

    #[test]
    fn what_others_wrote_is_never_cut() {
        for chars in [0, 1, 440, 451, 452, 480, 511, 512] {
            let theirs = "語".repeat(chars);
            let long = entry().with_comment("x".repeat(2_000));
            match with_decision(Some(&theirs), &long) {
                Some(note) => {
                    assert!(note.starts_with(&theirs) && note.ends_with(END), "{chars}");
                    assert!(note.chars().count() <= NOTE_CHARS, "{chars}");
                    assert_eq!(without_decision(&note), theirs);
                }
                None => assert!(chars > NOTE_CHARS - FEWEST_CHARS - 2, "{chars}"),
            }
        }
    }

    #[test]
    fn what_others_write_behind_a_decision_is_theirs() {
        let note = format!("{} but see ticket 7", with_decision(None, &entry()).unwrap());
        assert_eq!(without_decision(&note), note);
        assert!(with_decision(Some(&note), &entry()).unwrap().starts_with(&note));
        for odd in ["[decision: ", "[decision: x", "] [decision: ]", ""] {
            assert!(odd.starts_with(without_decision(odd)));
        }
    }
}
