//! Parsers for values that several options share.

use std::path::PathBuf;
use std::time::Duration;

pub(super) fn s3_url(text: &str) -> Option<Result<(String, String), String>> {
    let rest = text.strip_prefix("s3://")?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    if (3..=63).contains(&bucket.len()) && bucket.chars().all(legal) {
        Some(Ok((bucket.to_owned(), key.to_owned())))
    } else {
        Some(Err(format!("\"{bucket}\" is not a bucket name; expected s3://bucket/key")))
    }
}

/// Parses a path. An unknown scheme, such as `s4:`, is a typing error and not part of a file name.
pub(super) fn path(text: &str, schemes: &str) -> Result<PathBuf, String> {
    match text.split_once(':') {
        Some((scheme, _)) if scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Err(format!("\"{scheme}:\" is not known here; expected {schemes}"))
        }
        _ => Ok(PathBuf::from(text)),
    }
}

pub(super) fn is_region(text: &str) -> bool {
    text.split('-').count() >= 3
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && text.ends_with(|c: char| c.is_ascii_digit())
}

/// Parses a duration such as `90s`, `15m`, `12h` or `7d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("\"{text}\" is not a duration; expected a number and s, m, h or d, such as 90s, 15m or 7d");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(bad)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(bad()),
    };
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let number: u64 = number.parse().map_err(|_| bad())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(bad)
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err(format!("\"{text}\" is neither true nor false")),
    }
}

pub(super) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// Reads the environment variable that an option names.
pub(super) fn read_variable(name: &str) -> Result<String, String> {
    match std::env::var(name) {
        Ok(value) if !value.trim().is_empty() => Ok(value),
        Ok(_) => Err(format!("the variable {name} is empty")),
        Err(_) => Err(format!("the variable {name} is not set; in ECS let the task definition's \"secrets\" set it")),
    }
}
