//! Tests of the pages as a whole: the contract of renderers, the contents, and what must never be in them.

mod answer;
mod contents;
mod project_contents;
mod project_data;
mod project_safety;
mod project_truth;
mod safety;
mod support;

mod conformance {
    findings_core::organisation_conformance!(async { crate::OrganisationPage::new() });
}

mod answer_conformance {
    findings_core::renderer_conformance!(async { crate::AnswerPage::new() });
}

mod project_conformance {
    findings_core::renderer_conformance!(async { crate::ProjectPage::new() });
}
