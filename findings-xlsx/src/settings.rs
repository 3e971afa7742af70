//! What a renderer of workbooks can be set to.

use std::sync::Arc;

use findings_core::guidance::Guidance;

use crate::columns::FindingColumns;
use crate::limits::Limits;
use crate::package::packer::Packing;

/// The settings of a renderer. Guidance and columns are shared, because renderers are cloned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) packing: Packing,
    pub(crate) guidance: Arc<Guidance>,
    pub(crate) columns: Arc<FindingColumns>,
}
