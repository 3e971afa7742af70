#![doc = include_str!("../README.md")]
// docs.rs shows which feature each item needs
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "chat")]
mod chat;
mod content;
mod decisions;
mod decisions_content;
mod digest;
mod digest_content;
mod digest_coverage;
#[cfg(any(feature = "ses", feature = "sns"))]
mod fate;
mod first_content;
#[cfg(feature = "chat")]
mod http_client;
mod mailer;
mod message;
mod organisation;
mod organisation_content;
#[cfg(feature = "outbox")]
mod outbox;
#[cfg(any(feature = "chat", feature = "ses"))]
mod pace;
mod picture;
#[cfg(feature = "chat")]
mod plain;
#[cfg(feature = "chat")]
mod posting;
#[cfg(any(feature = "chat", feature = "ses", feature = "smtp"))]
mod redact;
mod sample;
mod sender;
#[cfg(feature = "ses")]
mod ses;
#[cfg(feature = "smtp")]
mod smtp;
#[cfg(feature = "sns")]
mod sns;
mod templates;
mod urgent;
mod urgent_content;
#[cfg(feature = "webhook")]
mod webhook;
mod words;

#[cfg(feature = "chat")]
pub use chat::{ChatAnswer, ChatButton, ChatFormat, ChatMessage, ChatNotifier, Webhooks, chat_formats, chat_message};
pub use decisions::compose_decisions;
pub use digest::{Digest, compose_digest};
pub use mailer::Mailer;
pub use message::{Mail, compose};
pub use organisation::compose_organisation;
#[cfg(feature = "outbox")]
pub use outbox::OutboxNotifier;
pub use sender::{InvalidSender, Sender};
#[cfg(feature = "ses")]
pub use ses::SesNotifier;
#[cfg(feature = "smtp")]
pub use smtp::SmtpNotifier;
#[cfg(feature = "sns")]
pub use sns::SnsNotifier;
pub use templates::Templates;
pub use urgent::compose_urgent;
#[cfg(feature = "webhook")]
pub use webhook::{WebhookEndpoints, WebhookNotifier};

/// The crate that the types of this crate's functions come from, in the version that fits.
pub use findings_core;
