//! Names what is no JSON, with what makes it readable.

/// The command that exports findings in a form that can be read.
macro_rules! export {
    () => {
        "export the findings: aws securityhub get-findings --output json > findings.json"
    };
}

/// Formats by their first bytes, each with its position, its name and what to do.
const BINARY: &[(usize, &[u8], &str, &str)] = &[
    (0, b"\xD0\xCF\x11\xE0", "an old Excel workbook or another Office file", export!()),
    (0, b"%PDF-", "a PDF document", export!()),
    (0, b"PAR1", "a Parquet file", "make JSON Lines of it: duckdb -c \"COPY (FROM 'FILE') TO 'findings.json'\""),
    (0, b"SQLite format 3\0", "a SQLite database", export!()),
    (0, b"BZh", "compressed with bzip2", "unpack it: bunzip2 -k FILE"),
    (0, b"\xFD7zXZ\0", "compressed with xz", "unpack it: xz -dk FILE"),
    (0, b"\x04\x22\x4D\x18", "compressed with lz4", "unpack it: lz4 -d FILE"),
    (0, b"\xFF\x06\0\0sNaPpY", "compressed with snappy", "unpack it: snzip -dk FILE"),
    (0, b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", "unpack it: 7z x FILE"),
    (0, b"Rar!\x1A\x07", "a RAR archive", "unpack it: unrar x FILE"),
    (257, b"ustar", "a tar archive", "unpack it: tar -xf FILE"),
    (0, b"Obj\x01", "an Avro file", "make JSON Lines of it: java -jar avro-tools.jar tojson FILE > findings.json"),
    (0, b"ORC", "an ORC file", "make JSON Lines of it: java -jar orc-tools.jar data FILE > findings.json"),
    (0, b"Salted__", "encrypted with OpenSSL", "decrypt it first"),
    (0, b"age-encryption.org/", "encrypted with age", "decrypt it: age -d FILE > findings.json"),
    (0, b"-----BEGIN PGP", "encrypted with PGP", "decrypt it: gpg -d FILE > findings.json"),
    (0, b"\xFF\xFE\0\0", "text in UTF-32", "convert it: iconv -f UTF-32 -t UTF-8 FILE > findings.json"),
    (0, b"\0\0\xFE\xFF", "text in UTF-32", "convert it: iconv -f UTF-32 -t UTF-8 FILE > findings.json"),
    (0, b"version https://git-lfs", "a pointer of Git LFS to the real file", "fetch that: git lfs pull"),
    (0, b"\x89PNG", "a picture", export!()),
    (0, b"\xFF\xD8\xFF", "a picture", export!()),
];

/// The number of bytes by which the kind of a file is told.
pub(super) const HEAD: usize = 4096;

/// The sentence for an Office file in a ZIP archive, such as a workbook.
pub(super) const OFFICE: &str = concat!("it is an Excel workbook or another Office file; ", export!());

/// Returns what the file is if its first bytes show that it holds no text with findings.
pub(super) fn binary(head: &[u8]) -> Option<String> {
    let is_here = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    let (_, _, what, cure) = BINARY.iter().find(|(at, magic, ..)| is_here(*at, magic))?;
    Some(format!("it is {what}; {cure}"))
}

/// Returns what a text is, by its beginning, if that is not JSON and is known.
pub(super) fn text(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head.get(..HEAD).unwrap_or(head));
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let lower = head.to_ascii_lowercase();
    if head.starts_with('{') && head[1..].trim_start().starts_with('\'') || head.starts_with("[{'") {
        let cure = "print it with json.dumps, or convert it: python3 -c 'import ast, json, sys; print(json.dumps(ast.literal_eval(sys.stdin.read())))' < FILE > findings.json";
        return Some(format!("it is a Python object, not JSON; {cure}"));
    }
    if head.starts_with(['{', '[']) || head.is_empty() {
        return None;
    }
    if let Some(error) = aws_error(head) {
        return Some(format!("it is an error message of AWS ({error}); remove its cause, then {}", export!()));
    }
    let what = if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        "a web page, perhaps that of a sign-in"
    } else if head.starts_with('<') {
        "an XML document"
    } else if is_table(head) {
        "a table for people"
    } else if head.starts_with("FINDINGS\t") || head.starts_with("None\t") {
        "the output of the AWS CLI as text"
    } else if is_yaml(head) {
        return Some("it is YAML; convert it: yq -o json FILE > findings.json".to_owned());
    } else if is_csv(head) {
        "a CSV file, which lacks most of a finding"
    } else {
        return None;
    };
    Some(format!("it is {what}; {}", export!()))
}

/// Returns the error if the text is a message of the AWS CLI, or an XML answer of an AWS service.
fn aws_error(head: &str) -> Option<String> {
    let line = |text: &str| text.lines().next().unwrap_or_default().trim().chars().take(200).collect::<String>();
    let starts = ["An error occurred", "Unable to locate", "Error when retrieving", "usage: aws "];
    if let Some(at) = starts.iter().find_map(|start| head.find(start).filter(|at| *at < 200)) {
        return head.get(at..).map(line);
    }
    let element = |name: &str| Some(line(head.split_once(&format!("<{name}>"))?.1.split('<').next()?));
    let code = head.starts_with('<').then(|| element("Code")).flatten()?;
    Some(match element("Message") {
        Some(message) => format!("{code}: {message}"),
        None => code,
    })
}

/// Returns whether the text is a table with lines around it, as the AWS CLI and Steampipe print.
fn is_table(head: &str) -> bool {
    let first = head.lines().next().unwrap_or_default().trim_end();
    first.len() > 3
        && first.chars().all(|c| matches!(c, '-' | '+'))
        && head.lines().nth(1).is_some_and(|second| second.starts_with('|'))
}

fn is_yaml(head: &str) -> bool {
    let first = head.lines().next().unwrap_or_default();
    let key = first.trim_start_matches("- ").split_once(':').map(|(key, rest)| (key, rest.trim_start()));
    let is_key = key.is_some_and(|(key, rest)| {
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !rest.starts_with(['/', '='])
    });
    let opens = first.starts_with("- ") || first.trim_end().ends_with(':');
    first.trim_end() == "---" || (is_key && opens)
}

fn is_csv(head: &str) -> bool {
    let first = head.lines().next().unwrap_or_default();
    first.split(',').count() > 2 && !first.contains(['{', '['])
}
