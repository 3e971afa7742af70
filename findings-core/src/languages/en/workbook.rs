//! English.

use crate::languages::workbook::{Font, ReturnTexts, WorkbookTexts};

pub(super) const TEXTS: WorkbookTexts = WorkbookTexts {
    font: Font { name: "Calibri", charset: 0, row_pixels: 20, column_pixels: 64, digit_pixels: 7.0 },
    date_format: "yyyy-mm-dd",
    date_time_format: "yyyy-mm-dd hh:mm",
    cut_mark: " … [cut: longer than a cell can hold]",
    decision_title: "Your decision",
    decision_hint: "Choose one from the list. Fixed findings disappear from the next report by themselves.",
    due_title: "Due date",
    due_hint: "Enter a date, for example 2026-12-31.",
    advice_differs: "Differs from finding to finding: see the sheet Findings.",
    nobody: "Nobody (no rule fits)",
    view: "This copy shows the {n} findings of {owner} in the sheet {sheet}, {all} in all. To see all, clear the filter of the column {column}. Numbers on this page are those of the whole project.",
    no_findings_row: "No open findings. The Summary says what was checked.",
    no_findings_incomplete_row: "No findings were read, but the report is INCOMPLETE: this does not mean that there are none. See the Summary.",
    no_findings_partial_row: "No open findings were seen, but not everything could be checked: see the Summary.",
    no_end: "no end",
    returning: ReturnTexts {
        mark: "Mark of this report",
        sender: "the people who sent it to you",
        heading: "How to return your decisions",
        notes: [
            "Send the file to {contact}. Only this report's own rows are read: keep the last column, which identifies them.",
            "Sort, filter, hide and move as you like. The sheet \"{sheet}\" has what you accepted; change it there.",
            "Accepted risks need a comment and end on their due date; then the finding comes back. Fixed findings leave by themselves.",
        ],
        nobody_reads: "The yellow columns are yours: decision, owner, due date, comment. Nothing else reads them; keep your copy.",
    },
    page_footer: "Page &P of &N",
    page_incomplete: "INCOMPLETE REPORT",
    more_problems: "… and {n} more problems, all of them listed on the sheet \"{sheet}\".",
    more_notices: "… and {n} more, on the sheet \"{sheet}\".",
    other_accounts: "{n} other accounts (see the sheet \"{sheet}\")",
    next_sheet: "Every finding, with what to do and room for your decision: sheet \"{sheet}\".",
    shown: "= findings shown in this workbook",
    use_heading: "How to use this workbook",
    console_note: "Links to the console open Security Hub in the account you are signed in to. You need access to the account of the finding.",
    portal_note: "Links to the console lead through the AWS access portal and open in the account of the finding. You need access to that account.",
    use_notes: [
        "Filter the sheet \"Findings\" with the arrows in its header. It is sorted by severity, then by age.",
        "Columns of details are folded away: a click on the + above the sheet shows them. Links to rows are right until the sheet is sorted.",
        "Texts come from the findings as they are. None of them is a formula, also if it begins with = + - or @.",
        "If you save a sheet as CSV, that protection is gone: open such a file with Data > From Text/CSV and choose Text for all columns, never by a double click.",
        "Characters that cannot be shown are replaced by symbols; texts longer than a cell can hold are cut with a mark.",
    ],
};
