//! Tests over real connections, with a raw client.

mod client;
mod enrollment;
mod faults;
mod filters;
mod operations;
mod paging;
mod quota;
mod regions;
mod requests;
mod v2;
