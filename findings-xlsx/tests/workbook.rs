//! Reads rendered files back: workbooks with calamine and as XML, CSV and JSON Lines with other crates.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly, their helpers too")]

mod workbook {
    mod csv;
    mod decisions;
    mod findings_sheet;
    mod hostile;
    mod jsonl;
    mod opened;
    mod organisation;
    mod organisation_pages;
    mod owners;
    mod pages;
    mod reply;
    mod settings;
    mod shared_texts;
    mod writer;
}

mod conformance {
    findings_core::renderer_conformance!(async { findings_xlsx::XlsxRenderer::new() });
}

mod organisation_conformance {
    findings_core::organisation_conformance!(async { findings_xlsx::OrganisationWorkbook::new() });
}

mod csv_conformance {
    findings_core::renderer_conformance!(async { findings_xlsx::CsvRenderer::new() });
}

mod jsonl_conformance {
    findings_core::renderer_conformance!(async { findings_xlsx::JsonlRenderer::new() });
}
