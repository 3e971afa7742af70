//! AssumeRole of STS. Requests signed with the returned key act as the member account.

use serde_json::Value;

use crate::api_error::ApiError;
use crate::reply::HttpResponse;
use crate::request::{Call, KEY_PREFIX};
use crate::state::State;

pub(crate) fn assume_role(state: &State, call: &Call) -> Result<HttpResponse, ApiError> {
    let text = |name: &str| call.parameter(name).and_then(Value::as_str).unwrap_or_default();
    let (arn, session) = (text("RoleArn"), text("RoleSessionName"));
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let (account, role) = match parts.as_slice() {
        ["arn", "aws", "iam", "", account, role] => (*account, role.strip_prefix("role/").unwrap_or_default()),
        _ => return Err(ApiError::new(400, "ValidationError", format!("{arn} is invalid"))),
    };
    if !state.enrollment.roles.contains(&(account.to_owned(), role.to_owned())) {
        let caller = &state.settings.administrator;
        let message = format!(
            "User: arn:aws:sts::{caller}:assumed-role/simulated/session is not authorized to perform: sts:AssumeRole on resource: {arn}"
        );
        return Err(ApiError::new(403, "AccessDenied", message));
    }
    let body = format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
         <AssumedRoleUser><AssumedRoleId>AROASIM:{session}</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/{role}/{session}</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>{KEY_PREFIX}{account}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
         <SessionToken>token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>\
         </AssumeRoleResult></AssumeRoleResponse>"
    );
    Ok(HttpResponse { content_type: "text/xml", ..HttpResponse::json(body) })
}

/// Converts an error to XML, the format of STS.
pub(crate) fn in_words_of_sts(answer: HttpResponse) -> HttpResponse {
    let Some(code) = answer.error.clone() else { return answer };
    let message = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let message = message["Message"].as_str().unwrap_or_default().replace('&', "&amp;").replace('<', "&lt;");
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>simulated</RequestId></ErrorResponse>"
    );
    HttpResponse { content_type: "text/xml", body: body.into(), ..answer }
}
