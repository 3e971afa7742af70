//! Conversion of HTTP requests to calls of operations.

use std::collections::BTreeMap;

use hyper::http::request::Parts;
use serde_json::Value;

use super::api_error::ApiError;
use super::operation::Operation;
use super::v2::named_accounts;

/// Prefix of the access keys of assumed roles; the account ID follows.
pub(super) const KEY_PREFIX: &str = "ASIASIM";

/// A parsed request for an operation.
#[derive(Debug)]
pub(super) struct Call {
    /// The operation's name, or method and path if there is none.
    pub(super) label: String,
    pub(super) operation: Operation,
    /// From the credential scope of the signature.
    pub(super) region: String,
    /// The member account that calls; `None` for the administrator.
    pub(super) member: Option<String>,
    /// Percent-decoded path.
    pub(super) path: String,
    pub(super) query: BTreeMap<String, String>,
    /// `null` when the request has no body.
    pub(super) body: Value,
}

/// A request that is refused before it reaches an operation: unknown path, no signature, no JSON.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) label: String,
    pub(super) region: String,
    pub(super) error: ApiError,
}

impl Call {
    pub(super) fn parse(parts: &Parts, body: &[u8]) -> Result<Self, Rejected> {
        let method = parts.method.as_str();
        let path = percent_decode(parts.uri.path());
        let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let operation = Operation::at(method, &path, target);
        let label = operation.map_or_else(|| format!("{method} {path}"), |o| o.name().to_owned());
        let authorization = parts.headers.get("authorization").map(|value| value.to_str().unwrap_or(""));
        let service = operation.map_or("securityhub", Operation::service);
        let (key, region) = match signed_by(authorization, service) {
            Ok(signed) => signed,
            Err(error) => return Err(Rejected { label, region: String::new(), error }),
        };
        let Some(operation) = operation else {
            let error = ApiError::unknown_operation(method, &path);
            return Err(Rejected { label, region, error });
        };
        let query = parse_query(parts.uri.query().unwrap_or_default());
        let body = match operation {
            Operation::AssumeRole => Ok(parse_query(&String::from_utf8_lossy(body)).into_iter().collect()),
            _ => parse_body(body),
        };
        match body {
            Ok(body) => Ok(Self { label, operation, region, member: account_of_key(&key), path, query, body }),
            Err(error) => Err(Rejected { label, region, error }),
        }
    }

    /// Returns a parameter of the body; `null` counts as absent, as in every AWS JSON protocol.
    pub(super) fn parameter(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// Returns the accounts that the call names in the filter of accounts, `AccountIds` or `AccountDetails`.
    pub(super) fn accounts(&self) -> Vec<String> {
        if matches!(self.operation, Operation::GetFindingsV2) {
            let mut accounts = Vec::new();
            self.parameter("Filters").into_iter().for_each(|filters| named_accounts(filters, &mut accounts));
            return accounts;
        }
        let filter = self.parameter("Filters").and_then(|filters| filters.get("AwsAccountId"));
        let values = filter.or_else(|| self.parameter("AccountIds")).or_else(|| self.parameter("AccountDetails"));
        let values = values.and_then(Value::as_array);
        let text = |value: &Value| {
            let value = value.get("Value").or_else(|| value.get("AccountId")).unwrap_or(value);
            value.as_str().map(str::to_owned)
        };
        values.into_iter().flatten().filter_map(text).collect()
    }

    /// Returns the scope of the quota. AWS: quotas apply per account and Region.
    pub(super) fn quota_scope(&self) -> String {
        self.member.as_ref().map_or_else(|| self.region.clone(), |member| format!("{member} in {}", self.region))
    }

    pub(super) fn next_token(&self) -> Option<&str> {
        let from_query = self.query.get("NextToken").map(String::as_str);
        let token = from_query.or_else(|| self.parameter("NextToken")?.as_str());
        token.filter(|token| !token.is_empty())
    }

    pub(super) fn max_results(&self) -> Option<i64> {
        let from_query = self.query.get("MaxResults").and_then(|text| text.parse().ok());
        from_query.or_else(|| self.parameter("MaxResults")?.as_i64())
    }

    /// Returns all parameters except the token as one text, to which a NextToken is bound.
    pub(super) fn binding(&self) -> String {
        let mut body = self.body.clone();
        if let Some(body) = body.as_object_mut() {
            body.remove("NextToken");
        }
        let query: Vec<String> = self
            .query
            .iter()
            .filter(|(name, _)| *name != "NextToken")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("{} {} {} {body}", self.region, self.label, query.join("&"))
    }
}

/// Returns the member account of a role's access key.
fn account_of_key(key: &str) -> Option<String> {
    let account = key.strip_prefix(KEY_PREFIX)?;
    Some(account.to_owned()).filter(|account| account.len() == 12)
}

/// Returns key and Region of `Credential=AKID/20260101/us-east-1/securityhub/aws4_request`. The signature itself is not
/// verified, because the simulator has no secret keys.
fn signed_by(authorization: Option<&str>, service: &str) -> Result<(String, String), ApiError> {
    let Some(text) = authorization else {
        let message = "Missing Authentication Token";
        return Err(ApiError::new(403, "MissingAuthenticationTokenException", message));
    };
    let scope: Vec<&str> = text
        .strip_prefix("AWS4-HMAC-SHA256")
        .and_then(|rest| rest.split_once("Credential="))
        .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or_default().split('/').collect())
        .unwrap_or_default();
    match scope.as_slice() {
        [key, _, region, signed, "aws4_request"] if *signed == service => Ok(((*key).to_owned(), (*region).to_owned())),
        [_, _, _, _, "aws4_request"] => {
            let message = format!("Credential should be scoped to correct service: '{service}'.");
            Err(ApiError::new(403, "InvalidSignatureException", message))
        }
        _ => {
            let message = "Authorization header requires 'Credential' parameter.";
            Err(ApiError::new(403, "IncompleteSignatureException", message))
        }
    }
}

fn parse_body(body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) | Err(_) => Err(ApiError::new(400, "SerializationException", "the body is not a JSON object")),
    }
}

fn parse_query(query: &str) -> BTreeMap<String, String> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(name), percent_decode(value))
        })
        .collect()
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| byte == b'%').and_then(|digits| hex::decode(digits).ok());
        if let Some(decoded) = escaped {
            bytes.extend(decoded);
            rest = &tail[2..];
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
