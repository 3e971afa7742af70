//! Tests of the page as a whole: the contract of renderers, the contents, and what must never be in it.

mod contents;
mod safety;
mod support;

mod conformance {
    findings_core::organisation_conformance!(async { crate::OrganisationPage::new() });
}
