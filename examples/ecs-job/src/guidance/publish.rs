//! `ecs-job guidance publish`: the guidance as a site of static pages.

use std::io::Write as _;
use std::path::Path;

use findings_core::{Error, ErrorKind, Result};
use findings_web::GuidancePages;
use tempfile::NamedTempFile;

use super::load;
use crate::aws::Aws;
use crate::config::PublishConfig;
use crate::output::first;
use crate::{COULD_NOT_START, ending, settings};

/// Writes the pages and returns the exit code: 0, or 2 if they could not be written.
pub(crate) async fn publish(config: &PublishConfig) -> u8 {
    match write(config).await {
        Ok((pages, drafts)) => {
            ending::print_line(&format!("{pages} pages are in {}", config.out.display()));
            if !drafts.is_empty() {
                let drafts = first(&drafts).join(", ");
                ending::print_line(&format!(
                    "(note) drafts are not published: {drafts}; take out \"draft: true\" when they are done"
                ));
            }
            0
        }
        Err(error) => {
            ending::print_errors("the guidance could not be published", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

/// Writes the pages and returns their number, and the controls of which there are only drafts.
async fn write(config: &PublishConfig) -> Result<(usize, Vec<String>)> {
    let aws = Aws::load(config.aws()).await?;
    let guidance = load(Some(&config.guidance), aws.as_ref()).await?;
    let pages = GuidancePages::new(config.locale).with_contacts(config.contacts.clone()).render(&guidance)?;
    std::fs::create_dir_all(&config.out).map_err(|error| unwritten(&config.out, error))?;
    for page in &pages {
        let path = config.out.join(&page.name);
        replace(&path, &config.out, page.html.as_bytes()).map_err(|error| unwritten(&path, error))?;
    }
    Ok((pages.len(), guidance.drafts().map(str::to_owned).collect()))
}

/// Replaces a file at once, readable by everybody who may read the folder: a web server serves it.
fn replace(path: &Path, folder: &Path, body: &[u8]) -> std::io::Result<()> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(body)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn unwritten(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, "write the pages of the guidance")
        .with_subject(path.display().to_string())
        .with_source(error)
}
