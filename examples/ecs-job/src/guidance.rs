//! `ecs-job guidance`: what the organisation has written about controls.

mod load;
mod new;
mod publish;
mod status;

pub(crate) use load::load;
pub(crate) use new::new;
pub(crate) use publish::publish;
pub(crate) use status::{knowledge, status};
