//! The lanes of a run for a stage that fetches nothing: what they are called is known from the plan, and their sources are
//! opened when the first query needs them. Files take long to open, and most batches ask them for nothing.

use std::sync::Arc;
use std::sync::OnceLock;

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};

use super::saved::SavedLane;
use crate::pipeline::open_lanes::OpenLanes;
use crate::source::{Budget, FindingsSource, Lane, Page, PageRequest, RetryPolicy};
use crate::{Error, ErrorKind, Result};

const OPEN: &str = "open the sources";

type Opened = Shared<BoxFuture<'static, Result<Arc<[Lane]>, Arc<Error>>>>;

/// The lanes, opened once for all of them.
#[derive(Clone)]
struct Opening {
    open: Arc<dyn OpenLanes>,
    opened: Arc<OnceLock<Opened>>,
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening").field("open", &self.open).finish_non_exhaustive()
    }
}

impl Opening {
    /// A query that is given up does not stop the opening: the next one finds it done.
    async fn lanes(&self) -> Result<Arc<[Lane]>> {
        let begin = || {
            let open = self.open.clone();
            let opening = tokio::spawn(async move { open.open().await });
            let opened = async move {
                match opening.await {
                    Ok(Ok(lanes)) => Ok(lanes.into()),
                    Ok(Err(error)) => Err(Arc::new(error)),
                    Err(stopped) => Err(Arc::new(Error::new(ErrorKind::Other, OPEN).with_source(stopped))),
                }
            };
            opened.boxed().shared()
        };
        self.opened.get_or_init(begin).clone().await.map_err(|error| Error::new(error.kind(), OPEN).with_source(error))
    }
}

/// The source of a lane.
#[derive(Debug)]
struct LaterSource {
    opening: Opening,
    lane: usize,
}

#[async_trait]
impl FindingsSource for LaterSource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let lanes = self.opening.lanes().await?;
        let lane = lanes.get(self.lane).ok_or_else(|| {
            let message =
                "there are fewer than when the findings were fetched; give all stages of a run the same sources";
            Error::new(ErrorKind::InvalidInput, OPEN).with_message(message)
        })?;
        // the sweep around it repeats what fails
        lane.paced_source(&RetryPolicy::default().with_attempts(1)).page(request).await
    }
}

/// The lanes of a plan.
pub(super) fn later_lanes(lanes: Vec<SavedLane>, open: &Arc<dyn OpenLanes>) -> Vec<Lane> {
    let opening = Opening { open: open.clone(), opened: Arc::default() };
    let later = |(place, saved): (usize, SavedLane)| {
        let SavedLane { name, region, view, inputs } = saved;
        let source = LaterSource { opening: opening.clone(), lane: place };
        let lane = Lane::new(name, Arc::new(source), Budget::unlimited()).with_region(region).with_inputs(&inputs);
        match view {
            Some(view) => lane.with_view(view),
            None => lane,
        }
    };
    lanes.into_iter().enumerate().map(later).collect()
}
