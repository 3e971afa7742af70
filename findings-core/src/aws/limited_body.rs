//! Bodies of answers, which are read up to a limit.

use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::byte_stream::error::Error as StreamError;
use bytes::{Bytes, BytesMut};

/// Reads the body. Returns `None` as soon as it has more than `limit` bytes, whatever length it states.
pub(super) async fn collect(mut body: ByteStream, limit: usize) -> Result<Option<Bytes>, StreamError> {
    let mut all = BytesMut::new();
    while let Some(part) = body.try_next().await? {
        if all.len() + part.len() > limit {
            return Ok(None);
        }
        all.extend_from_slice(&part);
    }
    Ok(Some(all.freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn body_is_read_up_to_the_limit() {
        for (length, want) in [(0, Some(0)), (10, Some(10)), (11, None)] {
            let read = collect(ByteStream::from(vec![b'x'; length]), 10).await.unwrap();
            assert_eq!(read.map(|bytes| bytes.len()), want);
        }
    }
}
