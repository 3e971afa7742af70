//! Names of local reports for people: the key of a report has no letters outside ASCII, so the report of 決済基盤 would be found by a hash
//! alone. Each report in a directory gets a second name in the folder `by-name`, the one that a browser proposes for a
//! download.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::Path;
use std::{fs, io};

use findings_core::blocking::create_private_folder;
use findings_core::pipeline::Summary;
use findings_core::store::download_name;

use crate::config::{Reports, RunConfig};

/// The folder of these names, below that of the reports.
pub(crate) const FOLDER: &str = "by-name";

/// Names the reports of a run, unless they are in S3, where downloads have these names. A failure is logged: the reports are
/// delivered all the same.
pub(crate) fn name_reports(summary: &Summary, config: &RunConfig) {
    let Reports::Dir(dir) = &config.report.place else { return };
    let folder = dir.join(FOLDER);
    let reports = summary.projects.iter().flat_map(|project| {
        let reports = project.report.iter().chain(&project.further_reports);
        reports.map(|report| (&*project.project, &*report.location))
    });
    if let Err(error) = link_all(reports, &summary.run_id.key_segment(), &folder) {
        tracing::warn!(%error, folder = %folder.display(), "local reports got no readable names");
    }
}

fn link_all<'a>(reports: impl IntoIterator<Item = (&'a str, &'a str)>, run: &str, folder: &Path) -> io::Result<()> {
    let mut taken = HashSet::new();
    for (project, location) in reports {
        create_private_folder(folder)?;
        link(Path::new(location), &folder.join(name(project, Path::new(location), run, &mut taken)))?;
    }
    Ok(())
}

/// The name of a report. Two projects can have the same one, because file systems do not allow every character and many do not tell
/// `A` from `a`; the second one then has the hash of its key, too.
fn name(project: &str, file: &Path, run: &str, taken: &mut HashSet<String>) -> String {
    let text = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, extension) = (text(file.file_stem()), text(file.extension()));
    let name = download_name(project, run, &extension);
    if taken.insert(name.to_lowercase()) {
        return name;
    }
    let hash = stem.rsplit('-').next().unwrap_or(&stem);
    download_name(project, &format!("{run} {hash}"), &extension)
}

/// Gives a file a second name, in place of an earlier file. Where a file can have only one name it is copied.
fn link(file: &Path, name: &Path) -> io::Result<()> {
    match fs::remove_file(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::hard_link(file, name).or_else(|_| fs::copy(file, name).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// Returns the names after a run of these projects, each with a report that holds its name.
    fn named(folder: &Path, projects: &[&str]) -> Vec<(String, String)> {
        let files = projects.iter().enumerate().map(|(place, project)| {
            let file = folder.join(format!("slug-{place}.xlsx"));
            fs::write(&file, project).unwrap();
            (*project, file.display().to_string())
        });
        let files: Vec<_> = files.collect();
        let reports = files.iter().map(|(project, file)| (*project, file.as_str()));
        link_all(reports, "2026-11-23T000000Z", &folder.join("by-name")).unwrap();
        let read = |path: PathBuf| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
        };
        let mut names: Vec<_> =
            fs::read_dir(folder.join("by-name")).unwrap().map(|entry| read(entry.unwrap().path())).collect();
        names.sort();
        names
    }

    #[test]
    fn reports_have_the_names_of_their_projects() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let names = named(folder.path(), &["決済基盤", "A/b", "a:B", "../x"]);
            let pairs: Vec<(&str, &str)> = names.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            assert_eq!(
                pairs,
                [
                    ("A_b 2026-11-23T000000Z.xlsx", "A/b"),
                    ("_x 2026-11-23T000000Z.xlsx", "../x"),
                    ("a_B 2026-11-23T000000Z 2.xlsx", "a:B"),
                    ("決済基盤 2026-11-23T000000Z.xlsx", "決済基盤"),
                ]
            );
        }
    }
}
