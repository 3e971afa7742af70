//! `ecs-job redirect`: answers those who open links to reports, on AWS Lambda or as a web server.

mod answer;
mod function;
mod page;
mod server;

use std::sync::Arc;

use findings_core::Result;
use findings_core::aws::{DynamoDbTable, S3Store};
use findings_core::redirect::Redirector;

use self::answer::Answerer;
use crate::aws::{Aws, need};
use crate::config::RedirectConfig;
use crate::{COULD_NOT_START, ending, settings};

/// Serves until it is stopped, and returns the exit code: 0, or 2 if it could not start.
pub(crate) async fn redirect(config: &RedirectConfig) -> u8 {
    match serve(config).await {
        Ok(()) => 0,
        Err(error) => {
            ending::print_errors("no links can be answered", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

async fn serve(config: &RedirectConfig) -> Result<()> {
    let aws = Aws::load(config.aws()).await?;
    let aws = need(aws.as_ref())?;
    let store = S3Store::new(aws.s3(), aws.link_credentials()?, &config.bucket, &config.prefix);
    let table = DynamoDbTable::new(aws.dynamodb(), &config.table);
    let answerer = Answerer::new(Redirector::new(Arc::new(table), Arc::new(store)), config.contact.to_all());
    if function::is_here() { function::serve(answerer).await } else { server::serve(answerer, config.listen).await }
}
