//! An HTTP client around the SDK's that hands the body of a good answer to our decoder and an empty object to the SDK.
//!
//! The SDK's types cost five times the time and 31 KB for each resource, and their decoder overflows the stack of a thread in debug builds. This way
//! there is one decoder for files and answers, and unknown fields cannot hurt. Errors pass through untouched.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;

use crate::Result;
use crate::asff::{TextPool, decode_page};
use crate::source::Page;

/// Where the page of one call is put.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot(Arc<Mutex<Option<Result<Page>>>>);

impl Slot {
    pub(super) fn take(&self) -> Option<Result<Page>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, page: Result<Page>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(page);
    }
}

/// One for each call; connections are pooled by the client inside.
#[derive(Debug)]
pub(super) struct DecodingClient {
    inner: SharedHttpClient,
    pool: Arc<TextPool>,
    slot: Slot,
}

impl DecodingClient {
    pub(super) fn new(inner: SharedHttpClient, pool: Arc<TextPool>, slot: Slot) -> Self {
        Self { inner, pool, slot }
    }
}

impl HttpClient for DecodingClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(DecodingConnector { inner, pool: self.pool.clone(), slot: self.slot.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, config)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, config: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, config)
    }
}

#[derive(Debug)]
struct DecodingConnector {
    inner: SharedHttpConnector,
    pool: Arc<TextPool>,
    slot: Slot,
}

impl HttpConnector for DecodingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.inner.call(request);
        let (pool, slot) = (self.pool.clone(), self.slot.clone());
        HttpConnectorFuture::new(async move {
            let mut response: HttpResponse = answer.await?;
            if response.status().as_u16() == 200 {
                let body = ByteStream::new(response.take_body());
                // a body that ends early is a broken connection, which a retry may heal
                let body = body.collect().await.map_err(|e| ConnectorError::io(e.into()))?;
                slot.put(decode_page(&body.into_bytes(), &pool));
                *response.body_mut() = SdkBody::from("{}");
                // what described the body that was taken out
                response.headers_mut().remove("content-length");
            }
            Ok(response)
        })
    }
}
