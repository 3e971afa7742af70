//! An HTTP client that wraps the SDK's, decodes the body of a successful response with this crate's decoder, and gives
//! the SDK an empty object instead.
//!
//! Decoding into the SDK's types takes five times as long and 31 KB for each resource, and it overflows the stack of a
//! thread in debug builds. With this client, files and responses share one decoder, which ignores unknown fields. Error
//! responses are passed on unchanged.

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

use crate::asff::TextPool;
use crate::aws::limited_body;
use crate::source::Page;
use crate::{Error, ErrorKind, Result};

/// The largest body that is read, in bytes. 100 findings of the largest size have 24 MB.
const MAX_BODY: usize = 64_000_000;

fn too_large() -> Error {
    Error::new(ErrorKind::Malformed, "decode an answer of GetFindings")
        .with_message("the body has more than 64 MB; is there a proxy or another service in between?")
}

/// Decodes the body of a successful response.
pub(in crate::aws) type Decode = fn(&[u8], &TextPool) -> Result<Page>;

/// The decoded page of one call. The connector stores it and the source takes it.
#[derive(Clone, Debug, Default)]
pub(in crate::aws) struct PageSlot(Arc<Mutex<Option<Result<Page>>>>);

impl PageSlot {
    /// Takes the page of a call that succeeded.
    pub(in crate::aws) fn take(&self, operation: &'static str) -> Result<Page> {
        let page = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        page.unwrap_or_else(|| {
            let message =
                "the answer did not pass the decoder; is an interceptor of the client answering in its place?";
            Err(Error::new(ErrorKind::Malformed, operation).with_message(message))
        })
    }

    fn put(&self, page: Result<Page>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(page);
    }
}

/// The wrapping client. Each call has its own; the wrapped client pools the connections.
#[derive(Debug)]
pub(in crate::aws) struct DecodingClient {
    inner: SharedHttpClient,
    pool: Arc<TextPool>,
    slot: PageSlot,
    decode: Decode,
}

impl DecodingClient {
    pub(in crate::aws) fn new(inner: SharedHttpClient, pool: Arc<TextPool>, slot: PageSlot, decode: Decode) -> Self {
        Self { inner, pool, slot, decode }
    }
}

impl HttpClient for DecodingClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(DecodingConnector {
            inner,
            pool: self.pool.clone(),
            slot: self.slot.clone(),
            decode: self.decode,
        })
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
    slot: PageSlot,
    decode: Decode,
}

impl HttpConnector for DecodingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.inner.call(request);
        let (pool, slot, decode) = (self.pool.clone(), self.slot.clone(), self.decode);
        HttpConnectorFuture::new(async move {
            let mut response: HttpResponse = answer.await?;
            if response.status().as_u16() == 200 {
                let body = ByteStream::new(response.take_body());
                // a body that ends early means a broken connection, so report an error that is retried
                let body = limited_body::collect(body, MAX_BODY).await.map_err(|e| ConnectorError::io(e.into()))?;
                slot.put(body.ok_or_else(too_large).and_then(|body| decode(&body, &pool)));
                *response.body_mut() = SdkBody::from("{}");
                // it states the length of the original body
                response.headers_mut().remove("content-length");
            }
            Ok(response)
        })
    }
}
