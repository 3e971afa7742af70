//! Errors with the codes and texts of Security Hub.

use std::time::Duration;

use super::operation::Operation;

/// An error response: HTTP status, the code that SDKs read from `x-amzn-ErrorType`, and the message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) retry_after: Option<Duration>,
}

impl ApiError {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), retry_after: None }
    }

    pub(super) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidInputException", message)
    }

    /// Returns an error in the wording of the service's input validation. Users have reported it for the 21st value of
    /// an attribute; for other checks the wording is an assumption.
    pub(super) fn invalid_parameter(parameter: &str, complaint: &str) -> Self {
        Self::invalid_input(format!("Invalid parameter '{parameter}'. {complaint}"))
    }

    /// Returns the error for an attribute of `Filters`, in the service's wording.
    pub(super) fn invalid_filter(attribute: &str, text: &str) -> Self {
        Self::invalid_parameter("Filters", &format!("data.{attribute}{text}"))
    }

    /// Returns the error for a token. Clients recognise it by the beginning of the text.
    pub(super) fn invalid_token(why: &str) -> Self {
        Self::invalid_input(format!("Invalid NextToken: {why}"))
    }

    pub(super) fn hub_off(account: &str) -> Self {
        let message = format!("Account {account} is not subscribed to AWS Security Hub");
        Self::new(401, "InvalidAccessException", message)
    }

    pub(super) fn region_not_enabled() -> Self {
        Self::new(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
    }

    pub(super) fn access_denied(account: &str, operation: &str) -> Self {
        let message = format!(
            "User: arn:aws:sts::{account}:assumed-role/simulated/session is not authorized to \
             perform: securityhub:{operation}"
        );
        Self::new(403, "AccessDeniedException", message)
    }

    pub(super) fn not_administrator(account: &str, operation: &str) -> Self {
        let message =
            format!("Account {account} is not an administrator account; the simulator answers no {operation} to it");
        Self::new(401, "InvalidAccessException", message)
    }

    pub(super) fn only_members(operation: &str) -> Self {
        let message = format!("The administrator account has no invitations; {operation} is for member accounts");
        Self::new(401, "InvalidAccessException", message)
    }

    pub(super) fn internal() -> Self {
        Self::new(500, "InternalException", "Internal server error")
    }

    pub(super) fn unavailable() -> Self {
        Self::new(503, "ServiceUnavailableException", "Service Unavailable")
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "ResourceNotFoundException", message)
    }

    pub(super) fn unknown_operation(method: &str, path: &str) -> Self {
        let message = format!(
            "the simulator has no operation at {method} {path}; it knows {}",
            Operation::ALL.map(Operation::name).join(", ")
        );
        Self::new(404, "UnknownOperationException", message)
    }
}
