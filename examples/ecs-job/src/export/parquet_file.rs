//! A table as a Parquet file.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::table::{Kind, Table, Value};

/// Rows of a group. A group is in memory until it is written: some 20 MB, however long the history is.
const GROUP: usize = 20_000;

#[derive(Debug)]
pub(super) struct ParquetFile {
    writer: SerializedFileWriter<File>,
    /// The columns, and their values in the group that is not written yet.
    columns: Vec<(Kind, Vec<Value>)>,
}

impl ParquetFile {
    pub(super) fn new(file: File, table: &Table) -> Result<Self> {
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(file, schema(table)?, Arc::new(properties))?;
        let columns = table.columns.iter().map(|(_, kind)| (*kind, Vec::new())).collect();
        Ok(Self { writer, columns })
    }

    pub(super) fn write(&mut self, row: Vec<Value>) -> Result<()> {
        for ((_, column), value) in self.columns.iter_mut().zip(row) {
            column.push(value);
        }
        if self.columns.first().is_some_and(|(_, column)| column.len() >= GROUP) { self.write_group() } else { Ok(()) }
    }

    /// Writes what is left and the footer, and returns the file.
    pub(super) fn finish(mut self) -> Result<File> {
        if self.columns.first().is_some_and(|(_, column)| !column.is_empty()) {
            self.write_group()?;
        }
        self.writer.into_inner()
    }

    fn write_group(&mut self) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for (kind, column) in &mut self.columns {
            let Some(writer) = group.next_column()? else { break };
            write_column(writer, *kind, &std::mem::take(column))?;
        }
        group.close()?;
        Ok(())
    }
}

fn schema(table: &Table) -> Result<TypePtr> {
    let field = |(name, kind): &(&str, Kind)| {
        let (physical, logical) = match kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Number => (Physical::INT64, None),
            Kind::Flag => (Physical::BOOLEAN, None),
            Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        };
        let builder = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
        builder.with_logical_type(logical).build().map(Arc::new)
    };
    let fields = table.columns.iter().map(field).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Type::group_type_builder(table.name).with_fields(fields).build()?))
}

fn write_column(writer: SerializedColumnWriter<'_>, kind: Kind, values: &[Value]) -> Result<()> {
    let text = |value: &Value| match value {
        Value::Text(text) => text.as_ref().map(|text| ByteArray::from(text.as_bytes().to_vec())),
        _ => None,
    };
    let number = |value: &Value| match value {
        Value::Number(number) => *number,
        Value::Time(at) => at.map(jiff::Timestamp::as_microsecond),
        _ => None,
    };
    let flag = |value: &Value| match value {
        Value::Flag(flag) => *flag,
        _ => None,
    };
    match kind {
        Kind::Text => write_values::<ByteArrayType>(writer, values, text),
        Kind::Number | Kind::Time => write_values::<Int64Type>(writer, values, number),
        Kind::Flag => write_values::<BoolType>(writer, values, flag),
    }
}

fn write_values<T: DataType>(
    mut writer: SerializedColumnWriter<'_>,
    values: &[Value],
    of: impl Fn(&Value) -> Option<T::T>,
) -> Result<()> {
    let cells: Vec<Option<T::T>> = values.iter().map(of).collect();
    // 1 for a value, 0 for none
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let known: Vec<T::T> = cells.into_iter().flatten().collect();
    writer.typed::<T>().write_batch(&known, Some(&levels), None)?;
    writer.close()
}
