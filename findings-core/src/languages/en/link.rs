//! English.

use crate::languages::page::LinkTexts;

pub(super) const TEXTS: LinkTexts = LinkTexts {
    title: "The report cannot be opened",
    sender: "the sender of the mail",
    expired: [
        "This link has expired",
        "It worked until {at} UTC. Newer reports have their own links: open the latest mail.",
        "If you need this report, ask {contact} for a new link.",
    ],
    revoked: [
        "This link was revoked",
        "The security team revoked it on {at} UTC, for example because the report was sent by mistake or was corrected.",
        "Open the latest mail. If there is none, ask {contact}.",
    ],
    unavailable: [
        "The report cannot be opened right now",
        "Your link is not the problem. Try again in a few minutes.",
        "If it still does not work, tell {contact}.",
    ],
    unknown: [
        "This link is not complete",
        "There is no report at this address. The link may have been cut off or changed when it was copied. Open it from the mail again.",
        "If it still does not work, ask {contact}.",
    ],
};
