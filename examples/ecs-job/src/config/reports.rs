//! What reports are made of.

/// A form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Xlsx,
    Csv,
    Jsonl,
}

impl Format {
    const ALL: [Self; 3] = [Self::Xlsx, Self::Csv, Self::Jsonl];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// `xlsx,csv,jsonl`, each at most once.
pub(super) fn formats(text: &str) -> Result<Vec<Format>, String> {
    let mut formats = Vec::new();
    for name in text.split(',').map(str::trim) {
        let known = Format::ALL.into_iter().find(|format| format.as_str() == name);
        let format = known.ok_or_else(|| {
            format!("\"{name}\" is not a format; expected xlsx, csv or jsonl, several separated by commas")
        })?;
        if formats.contains(&format) {
            return Err(format!("{name} is given twice"));
        }
        formats.push(format);
    }
    Ok(formats)
}
