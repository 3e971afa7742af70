//! The address in what stands as owner.

use crate::recipient::Recipient;

/// Returns the mail address or channel in what stands as owner: `sato@example.com`, `Sato <sato@example.com>` or
/// `slack:data`. In lower case, so that one owner gets one mail.
pub(crate) fn address_of(owner: &str) -> Option<Recipient> {
    let text = owner.trim();
    let address = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')).map_or(text, |(_, address)| address);
    let address = address.trim();
    // names of channels can differ in case
    let is_mail = address.contains('@');
    if is_mail { address.to_lowercase().parse().ok() } else { address.parse().ok() }
}
