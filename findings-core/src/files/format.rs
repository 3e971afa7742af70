//! Tells the formats of findings apart by what is in a record, and decodes it.

use memchr::memmem;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::asff::{self, TextPool};
use crate::ocsf::{self, Decoded};
use crate::source::RejectedRecord;

/// Decodes a finding in ASFF or OCSF.
pub(super) fn decode(json: &[u8], pool: &TextPool) -> Result<Decoded, RejectedRecord> {
    if is_ocsf(json) {
        ocsf::decode_finding(json, pool)
    } else {
        asff::decode_finding(json, pool).map(|finding| Decoded::Finding(Box::new(finding)))
    }
}

/// Returns whether an object is in OCSF, of which every record names its class, and not in ASFF.
fn is_ocsf(json: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Peek {
        class_uid: Option<IgnoredAny>,
        #[serde(rename = "AwsAccountId")]
        account: Option<IgnoredAny>,
    }
    // with its quotes it can be no part of a text; nearly no finding in ASFF has it
    if memmem::find(json, b"\"class_uid\"").is_none() {
        return false;
    }
    match serde_json::from_slice::<Peek>(json) {
        Ok(peek) => peek.class_uid.is_some() && peek.account.is_none(),
        Err(_) => asff::parse_any(json)
            .is_some_and(|(record, _)| record.get("class_uid").is_some() && record.get("AwsAccountId").is_none()),
    }
}
