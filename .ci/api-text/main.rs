//! Writes the public API of crates as text, one item a line, from the JSON of rustdoc.
//!
//! `api-text OUT JSON…` writes `OUT/CRATE.txt` for each file.

use std::error::Error;
use std::path::Path;

/// Mocks follow from the traits, and are a fifth of all lines.
const GENERATED: [&str; 2] = ["::__mock_", "::Mock"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let out = arguments.next().ok_or("name the folder to write into, and the files of rustdoc")?;
    for json in arguments {
        let crate_name = Path::new(&json).file_stem().ok_or("no file")?.to_string_lossy().replace('_', "-");
        // derived and blanket implementations, Send and Sync would be most of the lines
        let api = public_api::Builder::from_rustdoc_json(&json)
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(true)
            .omit_auto_derived_impls(true)
            .build()?;
        let lines = api.items().map(ToString::to_string);
        let text: String =
            lines.filter(|line| !GENERATED.iter().any(|part| line.contains(part))).map(|line| line + "\n").collect();
        std::fs::write(Path::new(&out).join(crate_name + ".txt"), text)?;
    }
    Ok(())
}
