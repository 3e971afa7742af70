//! `ecs-job export` on three weekly runs of the sample organisation. The Parquet files are read back and compared with the
//! CSV files.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use jiff::Timestamp;
use parquet::basic::{LogicalType, TimeUnit};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use rusqlite::Connection;

use crate::aws::World;
use crate::organisation::{FORMULA, three_weeks};
use crate::support::{Done, Job};

const TABLES: [&str; 3] = ["issues", "runs", "periods"];

fn export(dir: &Path, args: &[&str]) -> Done {
    Job::in_dir(dir).args(&["export", "--history", "sqlite:h.db", "--output", "tables"]).args(args).run()
}

/// A table: its columns and its rows.
type Rows = (Vec<String>, Vec<Vec<String>>);

fn read_csv(dir: &Path, table: &str) -> Rows {
    let bytes = std::fs::read(dir.join(format!("tables/{table}.csv"))).unwrap();
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
    let mut lines = csv::Reader::from_reader(text);
    let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let columns = cells(lines.headers().unwrap());
    (columns, lines.records().map(|record| cells(&record.unwrap())).collect())
}

/// Reads a table, with values as the CSV file has them.
fn read_parquet(dir: &Path, table: &str) -> Rows {
    let file = File::open(dir.join(format!("tables/{table}.parquet"))).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let columns: Vec<String> = schema.columns().iter().map(|column| column.name().to_owned()).collect();
    let is_time: Vec<bool> = schema.columns().iter().map(|column| {
        matches!(column.logical_type_ref(), Some(LogicalType::Timestamp(time)) if time.is_adjusted_to_u_t_c && time.unit == TimeUnit::MICROS)
    }).collect();
    let cell = |(field, is_time): (&Field, &bool)| match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bool(flag) => flag.to_string(),
        Field::Long(number) => number.to_string(),
        Field::TimestampMicros(micros) => {
            assert!(is_time, "not adjusted to UTC");
            micros.to_string()
        }
        other => panic!("{other:?}"),
    };
    let rows = reader.get_row_iter(None).unwrap().map(|row| {
        let row = row.unwrap();
        row.get_column_iter().map(|(_, field)| field).zip(&is_time).map(cell).collect()
    });
    (columns, rows.collect())
}

/// The cells of a CSV file as the Parquet file has them: times in microseconds, no guard against formulas.
fn normal(cell: &str) -> String {
    let is_time = cell.ends_with('Z') && cell.as_bytes().get(10) == Some(&b'T');
    match cell.parse::<Timestamp>() {
        Ok(at) if is_time => at.as_microsecond().to_string(),
        _ => cell.strip_prefix('\'').unwrap_or(cell).to_owned(),
    }
}

fn number(database: &Connection, sql: &str) -> usize {
    usize::try_from(database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()).unwrap()
}

#[test]
fn tables_have_the_whole_history_in_both_formats() {
    let dir = tempfile::tempdir().unwrap();
    three_weeks(dir.path());
    export(dir.path(), &[]).expect(0);
    let done = export(dir.path(), &["--format", "parquet"]).expect(0);
    let database = Connection::open(dir.path().join("h.db")).unwrap();
    for (table, sql) in TABLES.iter().zip([
        "SELECT count(*) FROM issue",
        "SELECT count(*) FROM project_run",
        "SELECT sum(1 + reopened) FROM issue",
    ]) {
        let ((columns, lines), (same, rows)) = (read_csv(dir.path(), table), read_parquet(dir.path(), table));
        assert_eq!((columns, lines.len()), (same, rows.len()));
        assert_eq!(rows.len(), number(&database, sql), "{table}");
        assert!(done.stdout.contains(&format!("{table}.parquet: {} rows", rows.len())), "{}", done.stdout);
        for (line, row) in lines.iter().zip(&rows) {
            assert_eq!(&line.iter().map(|cell| normal(cell)).collect::<Vec<_>>(), row, "{table}");
            assert!(line.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{line:?}");
        }
        assert!(rows.iter().any(|row| row[0] == FORMULA), "Parquet has the name as it is");
    }
    let names: BTreeSet<_> =
        std::fs::read_dir(dir.path().join("tables")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 6, "nothing temporary is left: {names:?}");
    let again = read_csv(dir.path(), "issues");
    export(dir.path(), &["--format", "csv"]).expect(0);
    assert_eq!(read_csv(dir.path(), "issues"), again, "the same history gives the same file");
}

#[test]
fn an_export_that_fails_leaves_earlier_files_alone() {
    let dir = tempfile::tempdir().unwrap();
    assert!(export(dir.path(), &[]).expect(2).stderr.contains("no such file"));
    assert!(!dir.path().join("tables").exists() && !dir.path().join("h.db").exists());
    three_weeks(dir.path());
    export(dir.path(), &[]).expect(0);
    let before = read_csv(dir.path(), "issues");
    let database = Connection::open(dir.path().join("h.db")).unwrap();
    // the last project in order, so that some rows are written before it
    let last = "SELECT project_id FROM project ORDER BY name DESC LIMIT 1";
    database.execute(&format!("UPDATE project_run SET at = 'yesterday' WHERE project_id = ({last})"), []).unwrap();
    for format in ["csv", "parquet"] {
        let refused = export(dir.path(), &["--format", format]).expect(2).stderr;
        assert!(refused.contains("could not be exported") && refused.contains("yesterday"), "{refused}");
    }
    assert_eq!(read_csv(dir.path(), "issues"), before);
    let names = std::fs::read_dir(dir.path().join("tables")).unwrap();
    assert_eq!(names.count(), 3);
    std::fs::write(dir.path().join("file"), "").unwrap();
    let taken = Job::in_dir(dir.path()).args(&["export", "--history", "sqlite:h.db", "--output", "file"]).run();
    assert!(taken.code == 2 && taken.stderr.contains("file"), "{}", taken.stderr);
    for args in [&["--format", "xlsx"][..], &["--output", ""], &["--output", "s3://bucket/tables"]] {
        let refused = export(dir.path(), args);
        assert!(refused.code == 2 && !refused.stderr.contains("panicked"), "{args:?}: {}", refused.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn a_table_is_exported() {
    let world = World::new().await;
    world.job("run", "week-1").run().expect(0);
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("tables");
    let table = format!("dynamodb:{}", world.table());
    let args = ["--format", "parquet", "--history", &table, "--output", folder.to_str().unwrap()];
    world.bare_job("export").args(&args).run().expect(0);
    let (columns, rows) = read_parquet(dir.path(), "issues");
    let control = columns.iter().position(|name| name == "control_id").unwrap();
    assert!(rows.len() > 200 && rows.iter().any(|row| row[control] == "S3.8"), "{}", rows.len());
}
