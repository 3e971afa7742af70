//! The sources of the findings of a run.

use std::path::PathBuf;

use super::reader::{Reader, given};
use super::{HubApi, Pace, Source, places};
use crate::options::Options;

/// More sources than this are a mistake: one source can be a folder, a prefix, or many Regions.
const MOST: usize = 16;

/// One of the sources of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConfiguredSource {
    pub(crate) source: Source,
    /// As it was given.
    pub(crate) text: String,
    /// What reports name in its place; `None` for itself.
    pub(crate) shown: Option<String>,
    pub(crate) pace: Pace,
}

impl ConfiguredSource {
    fn new(source: Source, text: String) -> Self {
        Self { pace: Pace::of_aws(&source), source, text, shown: None }
    }
}

/// The sources of a run, at least one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sources(Vec<ConfiguredSource>);

/// The names of earlier sources that are gone for good.
pub(super) fn dropped(options: &Options) -> Vec<String> {
    options.earlier_sources.dropped_source.iter().filter_map(|text| given(Some(text)).map(str::to_owned)).collect()
}

impl Sources {
    pub(super) fn resolve(options: &Options, reader: &mut Reader) -> Self {
        let mut sources: Vec<Source> = Vec::new();
        let mut texts = Vec::new();
        for text in options.source.iter().filter_map(|text| given(Some(text))) {
            let Some(source) = reader.read_optional("source", Some(text), places::source) else { continue };
            if let Some(message) = contradiction(&sources, &source) {
                reader.fail("source", message);
            }
            sources.push(source);
            texts.push(text.to_owned());
        }
        if sources.len() > MOST {
            reader.fail("source", format!("{} sources are too many; give at most {MOST}", sources.len()));
        }
        if sources.is_empty() {
            sources.push(Source::default());
            texts.push(String::new());
        }
        let of_aws = |(source, text)| ConfiguredSource::new(source, text);
        Self(sources.into_iter().zip(texts).map(of_aws).collect())
    }

    /// The source of the sample organisation: a copy of the file that reports name.
    pub(crate) fn sample(copy: PathBuf, shown: String) -> Self {
        Self(vec![ConfiguredSource { shown: Some(shown), ..ConfiguredSource::new(Source::File(copy), String::new()) }])
    }

    /// Divides the pace of the calls between processes that call at the same time.
    pub(super) fn share_pace(&mut self, processes: u32) {
        self.0.iter_mut().for_each(|one| one.pace = one.pace.shared(processes));
    }

    /// Sets the pace of the calls to each source, as far as it is given.
    pub(super) fn with_pace(mut self, options: &Options, reader: &mut Reader) -> Self {
        let given = Pace::given(options, reader);
        self.0.iter_mut().for_each(|one| one.pace = one.pace.with(given));
        self
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &ConfiguredSource> {
        self.0.iter()
    }

    /// Whether there are several.
    pub(crate) fn are_several(&self) -> bool {
        self.0.len() > 1
    }

    /// Whether Security Hub is asked, or makes an export for the run.
    pub(crate) fn has_security_hub(&self) -> bool {
        self.iter().any(|one| !one.source.is_export())
    }

    /// Whether all findings are in files of this machine.
    pub(crate) fn are_local(&self) -> bool {
        self.iter().all(|one| matches!(one.source, Source::File(_)))
    }

    /// The Regions in which Security Hub is asked, each once; none for files.
    pub(crate) fn regions(&self) -> Vec<String> {
        let mut regions: Vec<String> = Vec::new();
        for region in self.iter().flat_map(|one| one.source.regions()) {
            if !regions.contains(region) {
                regions.push(region.clone());
            }
        }
        regions
    }

    /// The Security Hub whose findings are changed, with its Regions: the new one, if it is among the sources, because it
    /// has the findings of the earlier one, too.
    pub(crate) fn to_change(&self) -> Option<(HubApi, Vec<&String>)> {
        let of = |wanted: HubApi| {
            let regions = self.iter().flat_map(move |one| match &one.source {
                Source::SecurityHub { regions, api } if *api == wanted => &regions[..],
                _ => &[],
            });
            let regions: Vec<&String> = regions.collect();
            (!regions.is_empty()).then_some((wanted, regions))
        };
        of(HubApi::V2).or_else(|| of(HubApi::V1))
    }

    /// Why findings cannot be set to NOTIFIED where they come from; `None` if they can.
    pub(super) fn unmarkable(&self) -> Option<&'static str> {
        let is_export = |one: &ConfiguredSource| one.source.is_export();
        let mut apis = self.iter().filter_map(|one| match one.source {
            Source::SecurityHub { api, .. } => Some(api),
            _ => None,
        });
        let first = apis.next();
        if self.iter().any(is_export) {
            Some("it is for findings from Security Hub, and --source names files")
        } else if self.iter().any(|one| matches!(one.source, Source::Export(_))) {
            Some("an export is a copy; give securityhub:REGION or securityhub-v2:REGION")
        } else if apis.any(|api| Some(api) != first) {
            Some("it changes findings in one Security Hub; give securityhub: or securityhub-v2:, not both")
        } else {
            None
        }
    }
}

/// Whether both are one place: `a.json` and `./a.json` are.
fn is_same(one: &Source, other: &Source) -> bool {
    match (one, other) {
        (Source::File(one), Source::File(other)) => {
            let place = |path| std::path::absolute(path).ok();
            one == other || place(one).is_some_and(|one| place(other) == Some(one))
        }
        _ => one == other,
    }
}

/// Why a source cannot be read beside others; `None` if it can.
fn contradiction(others: &[Source], source: &Source) -> Option<String> {
    if others.iter().any(|other| is_same(other, source)) {
        return Some("the same source is given twice, so that everything would be read twice".to_owned());
    }
    let Source::SecurityHub { regions, api } = source else { return None };
    let same_api = others.iter().filter_map(|other| match other {
        Source::SecurityHub { regions, api: other } if other == api => Some(regions),
        _ => None,
    });
    let twice = same_api.flatten().find(|region| regions.contains(region))?;
    Some(format!("the Region {twice} is given twice, so that all calls would be made twice within one quota"))
}

#[cfg(test)]
mod tests;
