//! Writes a made-up organisation of any size, to try the job at the size of one's own: `projects.csv` and `findings.json` in a folder.
//!
//! ```text
//! cargo run --release -p findings-core --features testing --example organisation -- 500 200000 big
//! ecs-job run --projects big/projects.csv --source big/findings.json --reports big/reports --notify outbox:big/outbox --history sqlite:big/history.db
//! ```
//!
//! Projects have three accounts each. All findings are open and are dealt out evenly, by severity and product as in a real organisation.

use std::error::Error;
use std::fs::{File, create_dir_all};
use std::io::BufWriter;
use std::path::PathBuf;

use findings_core::testing::fixture::{Findings, Mix, Organisation, SAMPLE_NOW, States};

const USAGE: &str = "usage: organisation PROJECTS FINDINGS FOLDER";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or(USAGE);
    let (projects, findings) = (next()?.parse().map_err(|_| USAGE)?, next()?.parse().map_err(|_| USAGE)?);
    let folder = PathBuf::from(next()?);
    create_dir_all(&folder)?;

    let organisation = Organisation::of_size(projects, 3);
    organisation.write_registry(File::create(folder.join("projects.csv"))?)?;
    let states = States { new: 84, notified: 16, suppressed: 0, resolved: 0, archived: 0 };
    let open = Mix { passed: 0, states, ..Mix::default() };
    let made = Findings::new(7, SAMPLE_NOW).with_accounts(&organisation.accounts, findings, &open);
    made.write_json(BufWriter::new(File::create(folder.join("findings.json"))?))?;
    Ok(())
}
