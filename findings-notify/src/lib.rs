#![doc = include_str!("../README.md")]

mod content;
mod message;
#[cfg(feature = "outbox")]
mod outbox;
mod sample;
mod sender;
mod templates;
mod words;

pub use message::{Mail, compose};
#[cfg(feature = "outbox")]
pub use outbox::OutboxNotifier;
pub use sender::{InvalidSender, Sender};
pub use templates::Templates;
