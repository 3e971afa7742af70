//! Finds the files of a path, a folder or a pattern.

use std::io;
use std::path::{Path, PathBuf};

/// The largest number of files of one source.
const MAX_FILES: usize = 100_000;

/// How deep folders can be in a folder.
const MAX_DEPTH: usize = 32;

/// Why files cannot be listed.
#[derive(Debug)]
pub(crate) enum ListError {
    Io(PathBuf, io::Error),
    /// A sentence with what to do.
    Refused(&'static str),
}

/// Returns the files of a path: the file itself, all files in a folder and its folders, or all that a pattern such as
/// `exports/*.json.gz` matches, sorted. Hidden files and those whose name begins with an underscore are left out of
/// folders, because tools keep their own notes in them.
pub(crate) fn list(path: &Path) -> Result<Vec<PathBuf>, ListError> {
    let mut found = Found::default();
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => found.folder(path, 0)?,
        Ok(_) => found.add(path.to_owned())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_pattern(path) => return matching(path),
        Err(error) => return Err(ListError::Io(path.to_owned(), error)),
    }
    if found.0.is_empty() {
        return Err(ListError::Refused("there is no file in the folder"));
    }
    found.0.sort_unstable();
    Ok(found.0)
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

fn matching(pattern: &Path) -> Result<Vec<PathBuf>, ListError> {
    let Some(paths) = pattern.to_str().and_then(|pattern| glob::glob(pattern).ok()) else {
        return Err(ListError::Refused("it is not a pattern; expected one such as exports/*.json"));
    };
    let mut found = Found::default();
    for path in paths {
        let path = path.map_err(|error| ListError::Io(error.path().to_owned(), error.into()))?;
        if path.is_dir() {
            found.folder(&path, 0)?;
        } else {
            found.add(path)?;
        }
    }
    if found.0.is_empty() {
        return Err(ListError::Refused("no file matches the pattern"));
    }
    // a pattern such as `a*` matches a folder and `**` also what is in it
    found.0.sort_unstable();
    found.0.dedup();
    Ok(found.0)
}

#[derive(Default)]
struct Found(Vec<PathBuf>);

impl Found {
    fn add(&mut self, path: PathBuf) -> Result<(), ListError> {
        if self.0.len() >= MAX_FILES {
            return Err(ListError::Refused("it has more than 100,000 files; join them, or name a part of them"));
        }
        self.0.push(path);
        Ok(())
    }

    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), ListError> {
        let failed = |error| ListError::Io(folder.to_owned(), error);
        if depth > MAX_DEPTH {
            return Err(ListError::Refused("its folders are in one another more than 32 deep; name one of them"));
        }
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with(['.', '_']) {
                continue;
            }
            let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
            if kind.is_dir() {
                self.folder(&path, depth + 1)?;
            } else if kind.is_file() || path.is_file() {
                // a link to a folder is not followed: it can lead to where it is
                self.add(path)?;
            }
        }
        Ok(())
    }
}
