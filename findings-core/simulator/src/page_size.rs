//! Validation of `MaxResults`.

use serde_json::Value;

use super::api_error::ApiError;

/// Returns `MaxResults`, or an error if it is outside its limits.
pub(super) fn page_size(asked: Option<&Value>, default: usize, largest: usize) -> Result<usize, ApiError> {
    let refuse = |text: String| ApiError::invalid_parameter("MaxResults", &text);
    let Some(asked) = asked else {
        return Ok(default);
    };
    match asked.as_i64() {
        None => Err(refuse("data should be integer".to_owned())),
        Some(asked) if asked < 1 => Err(refuse("data should be >= 1".to_owned())),
        Some(asked) => {
            let size = usize::try_from(asked).ok().filter(|size| *size <= largest);
            size.ok_or_else(|| refuse(format!("data should be <= {largest}")))
        }
    }
}
