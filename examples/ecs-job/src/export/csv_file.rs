//! A table as a CSV file: UTF-8 with a byte order mark, which Excel needs. No text becomes a formula.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write as _};

use csv::Writer;
use findings_core::csv_text::guard_formulas;

use super::table::{Table, Value};

#[derive(Debug)]
pub(super) struct CsvFile {
    writer: Writer<BufWriter<File>>,
}

impl CsvFile {
    pub(super) fn new(file: File, table: &Table) -> csv::Result<Self> {
        let mut file = BufWriter::new(file);
        file.write_all("\u{feff}".as_bytes())?;
        let mut writer = Writer::from_writer(file);
        writer.write_record(table.columns.iter().map(|(name, _)| name))?;
        Ok(Self { writer })
    }

    pub(super) fn write(&mut self, row: &[Value]) -> csv::Result<()> {
        for value in row {
            self.writer.write_field(cell(value).as_bytes())?;
        }
        self.writer.write_record(None::<&[u8]>)
    }

    /// Writes what is buffered, and returns the file.
    pub(super) fn finish(self) -> csv::Result<File> {
        let buffered = self.writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
        buffered.into_inner().map_err(|error| error.into_error().into())
    }
}

fn cell(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Text(text) => guard_formulas(text.as_deref().unwrap_or_default()),
        Value::Number(number) => or_empty(*number),
        Value::Flag(flag) => or_empty(*flag),
        // RFC 3339, which is ISO 8601
        Value::Time(at) => or_empty(*at),
    }
}

fn or_empty(value: Option<impl ToString>) -> Cow<'static, str> {
    value.map(|value| value.to_string()).unwrap_or_default().into()
}
