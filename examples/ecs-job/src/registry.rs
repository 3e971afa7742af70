//! `ecs-job registry`: checks the registry of projects, and makes a first one from AWS Organizations.

mod check;
mod contacts;
mod from_organizations;

pub(crate) use check::check;
pub(crate) use from_organizations::from_organizations;
