//! Reads small JSON inputs whole, from the same files as findings.

use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::envelope::{Content, content};
use super::list::{ListError, list};
use super::texts::Texts;
use super::unpack::{FREE, Unpacked, unpack};

/// Why JSON cannot be read.
#[derive(Debug)]
pub(crate) enum ValuesError {
    Io(std::io::Error),
    /// A sentence that says what the file is, with what to do.
    Refused(String),
    /// It is not JSON.
    Syntax(serde_json::Error),
}

/// Reads all JSON values of a file, folder or pattern: of each file the values that follow one another, with those in
/// lists of its outermost level one by one. At most `limit` bytes of text.
pub(crate) fn read_values(path: &Path, limit: usize) -> Result<Vec<Vec<Value>>, ValuesError> {
    let files = list(path).map_err(|error| match error {
        ListError::Io(_, error) => ValuesError::Io(error),
        ListError::Refused(sentence) => ValuesError::Refused(sentence.to_owned()),
    })?;
    let mut texts = Texts::default();
    let (mut read, mut left) = (Vec::new(), limit);
    let are_several = files.len() > 1;
    for file in files {
        let name = file.display().to_string();
        for Unpacked { name, text, kind, problem } in unpack(&file, &name, &mut texts, FREE).map_err(ValuesError::Io)? {
            if let Some(problem) = problem.or(kind) {
                return Err(ValuesError::Refused(if are_several { format!("{name}: {problem}") } else { problem }));
            }
            let Some(place) = text else { continue };
            let mut json = Vec::new();
            let reader = texts.reader(place).map_err(ValuesError::Io)?;
            reader.take(left as u64 + 1).read_to_end(&mut json).map_err(ValuesError::Io)?;
            let rest = left.checked_sub(json.len());
            left = rest.ok_or_else(|| ValuesError::Refused(format!("it has more than {} MiB", limit >> 20)))?;
            read.push(values(&json)?);
        }
    }
    Ok(read)
}

fn values(json: &[u8]) -> Result<Vec<Value>, ValuesError> {
    let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json);
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_slice(json).into_iter() {
        match value.map_err(ValuesError::Syntax)? {
            Value::Array(entries) => values.extend(entries),
            value => values.push(value),
        }
    }
    if let [only] = &*values
        && let Content::Named(sentence, _) = content(only.to_string().as_bytes())
    {
        return Err(ValuesError::Refused(sentence));
    }
    Ok(values)
}
