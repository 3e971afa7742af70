//! An interceptor that puts another body in place of the response's: when the SDK reads it, it reads the original up to
//! its end, decodes it with this crate's decoder, and is an empty object itself.
//!
//! Decoding into the SDK's types takes five times as long and 31 KB for each resource, and it overflows the stack of a
//! thread in debug builds. With this interceptor, files and responses share one decoder, which ignores unknown fields.
//! Error responses are passed on unchanged. An HTTP client around the client's own could do the same, but the SDK shows
//! only those that were set by hand, not the one that it takes by default.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use bytes::Bytes;
use futures::stream;
use http_body::Frame;
use http_body_util::StreamBody;

use crate::asff::TextPool;
use crate::aws::limited_body;
use crate::source::Page;
use crate::{Error, ErrorKind, Result};

/// The largest body that is read, in bytes. 100 findings of the largest size have 24 MB.
const MAX_BODY: usize = 64_000_000;

/// Decodes the body of a successful response.
pub(in crate::aws) type Decode = fn(&[u8], &TextPool) -> Result<Page>;

/// The decoded page of one call. The body stores it and the source takes it.
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

/// The interceptor of one call.
#[derive(Debug)]
pub(in crate::aws) struct Decoder {
    operation: &'static str,
    decode: Decode,
    pool: Arc<TextPool>,
    slot: PageSlot,
}

impl Decoder {
    /// Decodes answers to `operation` with `decode`.
    pub(in crate::aws) fn new(operation: &'static str, decode: Decode, pool: Arc<TextPool>, slot: PageSlot) -> Self {
        Self { operation, decode, pool, slot }
    }
}

impl Intercept for Decoder {
    fn name(&self) -> &'static str {
        "Decoder"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        if response.status().as_u16() == 200 {
            let original = ByteStream::new(response.take_body());
            let (pool, slot) = (self.pool.clone(), self.slot.clone());
            let (operation, decode) = (self.operation, self.decode);
            let empty_object = async move {
                slot.put(page(operation, decode, original, &pool).await);
                Ok::<_, BoxError>(Frame::data(Bytes::from_static(b"{}")))
            };
            *response.body_mut() = SdkBody::from_body_1_x(StreamBody::new(stream::once(empty_object)));
            // it states the length of the original body
            response.headers_mut().remove("content-length");
        }
        Ok(())
    }
}

async fn page(operation: &'static str, decode: Decode, body: ByteStream, pool: &TextPool) -> Result<Page> {
    match limited_body::collect(body, MAX_BODY).await {
        Ok(Some(body)) => decode(&body, pool),
        Ok(None) => Err(Error::new(ErrorKind::Malformed, "decode an answer of GetFindings")
            .with_message("the body has more than 64 MB; is there a proxy or another service in between?")),
        // a body that ends early means a broken connection, so report an error that is retried
        Err(error) => Err(Error::new(ErrorKind::Unavailable, operation)
            .with_message("the connection failed; check the network and the endpoint")
            .with_source(error)),
    }
}
