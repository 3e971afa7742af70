//! The words of mails and messages that stand for values, and the templates of their sentences.

use super::texts::texts;

texts! {
    /// The words of mails that stand for values. `{name}` is a placeholder, see [`fill`](crate::wording::fill).
    MailTexts {
        /// What became of a project, for operators: somebody did not get the report.
        undelivered,
        /// The report was delivered.
        project_ok,
        /// Something is missing in the report.
        project_incomplete,
        /// There is no report.
        project_failed,
        /// Nothing was done this time.
        project_skipped,
        /// The word before the number of a line of the registry.
        registry_line,
        /// Nothing changed in the part of an owner.
        part_unchanged,
        /// All could be checked again, and nothing changed.
        seen_again_unchanged,
        /// Nothing changed from a severity on.
        unchanged_from,
        /// Nothing changed in what could be checked.
        unchanged_as_far_as_checked,
        /// Before the sum of numbers.
        in_all,
        /// Issues that have a severity now that they had not.
        now_worse,
        /// A single finding.
        one_finding,
        /// Any other number of findings.
        findings,
        /// Behind a number of findings: all are of checks that pass.
        all_pass,
        /// Behind a number of findings: none is critical.
        none_critical,
        /// Behind a number of findings: none is critical or high.
        none_severe,
        /// A number of issues or findings.
        count,
        /// A number of findings with that of the last report.
        compared,
        /// Labels of what changed: new, reopened, worse, fixed.
        changes: [&'static str; 4],
        /// The network from which alone a link works.
        company_network,
        /// The label of the button that leads to the report.
        open_report,
        /// Since when something is open, behind the reason that names its age.
        since,
        /// Since when something is open.
        open_since,
        /// The label of the link to a workbook.
        open_workbook,
        /// The label of the link to a report in another format.
        other_report,
        /// Until when a link works.
        until,
        /// The name of a mail that only tests whether mails arrive.
        test_mail,
    }
}

/// Declares the templates of mails by the names of their files.
macro_rules! templates {
    ($($field:ident $file:literal,)*) => {
        /// The templates of mails in [minijinja](https://docs.rs/minijinja), without their layouts.
        #[derive(Debug)]
        #[non_exhaustive]
        pub struct MailTemplates {
            $(
                #[doc = concat!("`", $file, "`")]
                pub $field: &'static str,
            )*
        }

        impl MailTemplates {
            /// Number of templates.
            pub const COUNT: usize = [$($file),*].len();

            /// Returns the names of the files and the templates.
            pub fn by_file(&self) -> [(&'static str, &'static str); Self::COUNT] {
                [$(($file, self.$field)),*]
            }
        }

        /// Reads the templates in the folder `mails` beside the file that says so.
        macro_rules! mail_templates {
            () => {
                $crate::languages::mail::MailTemplates { $($field: include_str!(concat!("mails/", $file)),)* }
            };
        }
    };
}

templates! {
    chat "chat.txt",
    decisions_html "decisions.html",
    decisions_subject "decisions-subject.txt",
    decisions_text "decisions.txt",
    digest_html "digest.html",
    digest_subject "digest-subject.txt",
    digest_text "digest.txt",
    mail_html "mail.html",
    mail_text "mail.txt",
    organisation_html "organisation.html",
    organisation_lines "organisation-lines.txt",
    organisation_subject "organisation-subject.txt",
    organisation_text "organisation.txt",
    subject "subject.txt",
    urgent_html "urgent.html",
    urgent_subject "urgent-subject.txt",
    urgent_text "urgent.txt",
}

pub(crate) use mail_templates;
