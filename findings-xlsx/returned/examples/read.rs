//! Shows what a returned report has, whoever's it is.
//!
//! ```text
//! cargo run -p findings-returned --example read -- FILE
//! ```

use std::time::Instant;

use findings_core::decision::SheetSource;
use findings_returned::{ReadOptions, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name the file to read, such as report.xlsx")?;
    let bytes = std::fs::read(path)?;
    let source = SheetSource::new("anybody", "any".parse()?, jiff::Timestamp::MAX);
    let start = Instant::now();
    let returned = read(&bytes, &ReadOptions::told(source))?;
    let sheet = &returned.sheet;
    println!("{:?} of {} bytes, {} findings, {:?}", returned.format, bytes.len(), returned.findings, start.elapsed());
    for row in &sheet.rows {
        println!("{}: {:?}", row.place, row.entry);
    }
    for problem in &sheet.problems {
        println!("{}: {}", problem.place, problem.fault);
    }
    Ok(())
}
