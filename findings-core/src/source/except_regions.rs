//! A source decorator that leaves some Regions to other lanes.

use std::sync::Arc;

use async_trait::async_trait;

use super::{FindingsSource, Page, PageRequest};
use crate::{Result, Selection, Text};

/// A source without the findings of some Regions, which other lanes of the sweep read.
///
/// The home Region of an aggregator shows the findings of all linked Regions, with the quota of one Region: 3 calls a second. A
/// linked Region asked itself has a quota of its own. If each lane leaves out the Regions of the others, no finding is read
/// twice, and what is linked and has no lane is still read in the home Region.
///
/// ```
/// use std::sync::Arc;
/// use findings_core::memory::MemorySource;
/// use findings_core::source::{Budget, ExceptRegions, FindingsSource, Lane};
/// # let source = |_: &str| -> Arc<dyn FindingsSource> { Arc::new(MemorySource::new(vec![])) };
///
/// let regions = ["ap-northeast-1", "us-east-1"];
/// let lanes = regions.map(|region| {
///     let others = regions.into_iter().filter(|other| *other != region);
///     Lane::new(region, Arc::new(ExceptRegions::new(source(region), others)), Budget::new(3.0, 6))
/// });
/// ```
#[derive(Clone, Debug)]
pub struct ExceptRegions {
    source: Arc<dyn FindingsSource>,
    regions: Vec<Text>,
}

impl ExceptRegions {
    /// Leaves out the findings of these Regions, at most [`Selection::MAX_VALUES`] of them: the copies of further ones are read, and the
    /// sweep drops them.
    pub fn new<R: Into<Text>>(source: Arc<dyn FindingsSource>, regions: impl IntoIterator<Item = R>) -> Self {
        Self { source, regions: regions.into_iter().map(Into::into).take(Selection::MAX_VALUES).collect() }
    }
}

#[async_trait]
impl FindingsSource for ExceptRegions {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        match &request.query.selection.region {
            Some(region) if self.regions.contains(region) => Ok(Page::default()),
            Some(_) => self.source.page(request).await,
            None => {
                let mut query = (*request.query).clone();
                query.selection.not_in_regions.extend(self.regions.iter().cloned());
                self.source.page(&PageRequest { query: Arc::new(query), token: request.token.clone() }).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemorySource;
    use crate::source::{AccountBatch, FindingsQuery};
    use crate::{AccountId, Finding};

    fn account() -> AccountId {
        "111111111111".parse().unwrap()
    }

    async fn found(regions: &[&str], asked: Option<&str>) -> Vec<String> {
        let finding = |region: &&str| {
            let mut finding = Finding::new(account(), *region);
            finding.region = Some(Text::from(*region)).filter(|region| !region.is_empty());
            finding
        };
        let all = ["ap-northeast-1", "us-east-1", ""].iter().map(finding).collect();
        let source = ExceptRegions::new(Arc::new(MemorySource::new(all)), regions.iter().copied());
        let mut query = FindingsQuery::new(AccountBatch::new(vec![account()]).unwrap());
        query.selection.region = asked.map(Text::from);
        let page = source.page(&PageRequest::first(query)).await.unwrap();
        page.findings.iter().map(|finding| finding.id.to_string()).collect()
    }

    #[tokio::test]
    async fn only_the_named_regions_are_left_out() {
        assert_eq!(found(&[], None).await, ["ap-northeast-1", "us-east-1", ""]);
        assert_eq!(found(&["us-east-1"], None).await, ["ap-northeast-1", ""], "one without a Region is nobody else's");
        assert_eq!(found(&["us-east-1"], Some("ap-northeast-1")).await, ["ap-northeast-1"]);
        assert!(found(&["us-east-1"], Some("us-east-1")).await.is_empty());
    }
}
