//! The Regions that a check looks at besides those of the source.

use std::collections::BTreeSet;

use super::regions;
use crate::coverage::Aggregation;
use crate::{Error, ErrorKind, securityhub};

/// Linked Regions that are no Regions of the source.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LinkedRegions {
    /// Those that the aggregator or the caller names.
    pub(super) named: BTreeSet<String>,
    /// Those that are linked because all are.
    pub(super) unnamed: BTreeSet<String>,
    /// Whether further Regions may be linked, whose names are not known.
    pub(super) are_incomplete: bool,
}

impl LinkedRegions {
    /// `named` are the Regions that the caller wants to look at.
    pub(super) fn of(aggregation: &Aggregation, source: &[String], named: &[String]) -> Self {
        let mut linked = Self { named: named.iter().cloned().collect(), ..Self::default() };
        match aggregation.linking_mode.as_str() {
            securityhub::SPECIFIED_REGIONS => linked.named.extend(aggregation.regions.iter().cloned()),
            securityhub::ALL_REGIONS | securityhub::ALL_REGIONS_EXCEPT_SPECIFIED => {
                match regions::in_partition_of(&aggregation.home) {
                    Some(known) => {
                        let names = known.iter().map(|region| region.name).filter(|name| aggregation.links(name));
                        linked.unnamed.extend(names.map(str::to_owned));
                    }
                    None => linked.are_incomplete = true,
                }
            }
            securityhub::NO_REGIONS => {}
            // a mode that AWS has added since
            _ => linked.are_incomplete = true,
        }
        linked.named.retain(|region| !source.contains(region));
        linked.unnamed.retain(|region| !source.contains(region) && !linked.named.contains(region));
        linked
    }
}

/// A linked Region that could not be looked at, and why.
#[derive(Debug)]
pub(super) struct UnseenRegion {
    pub(super) region: String,
    pub(super) error: Error,
}

impl UnseenRegion {
    fn cure(&self) -> &'static str {
        match self.error.kind() {
            ErrorKind::PermissionDenied => {
                "allow securityhub:DescribeHub and securityhub:ListMembers there, or unlink the Regions that you do not use"
            }
            ErrorKind::Timeout | ErrorKind::Unavailable => {
                "let the network reach Security Hub there, or unlink the Regions that you do not use"
            }
            _ => "look again later, or unlink the Regions that you do not use",
        }
    }
}

/// Returns one note for all Regions with the same cure. A service control policy often refuses thirty Regions at once.
pub(super) fn notes(unseen: &[UnseenRegion]) -> Vec<String> {
    let cures: BTreeSet<&str> = unseen.iter().map(UnseenRegion::cure).collect();
    let note = |cure: &str| {
        let alike: Vec<&UnseenRegion> = unseen.iter().filter(|one| one.cure() == cure).collect();
        let names: Vec<&str> = alike.iter().map(|one| one.region.as_str()).collect();
        // the errors differ in the name of the Region only
        let (region, error) = alike.first().map(|one| (&one.region, one.error.report())).unzip();
        let (region, error) = (region.map_or("", String::as_str), error.unwrap_or_default());
        format!("linked, but could not be looked at: {}; {cure}. In {region}: failed to {error}", names.join(", "))
    };
    cures.into_iter().map(note).collect()
}
