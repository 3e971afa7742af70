//! Resources of OCSF as ASFF names them, so that an issue goes on when an organisation moves from one to the other.

use std::borrow::Cow;

use super::draft::Draft;
use super::raw::{RawFinding, RawResource};
use crate::finding::Resource;
use crate::{AccountId, Text};

/// The type of an account, whose ID in ASFF begins with it.
const ACCOUNT: &str = "AWS::::Account";

/// Types that ASFF does not name after CloudFormation's type.
const RENAMED: [(&str, &str); 2] = [
    ("AWS::ElasticLoadBalancing::LoadBalancer", "AwsElbLoadBalancer"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "AwsElbv2LoadBalancer"),
];

impl Draft<'_> {
    /// Sets the resources; the data bucket of class 2006 comes last.
    pub(super) fn set_resources(&mut self, raw: &RawFinding<'_>) {
        let mut resources = self.parts("resources", &raw.resources);
        match &raw.resource {
            super::loose::Parts::Object(only) => resources.push(only),
            other => resources.extend(self.parts("resource", other)),
        }
        let bucket = self.part("databucket", &raw.databucket);
        for (path, resource) in resources.into_iter().map(|r| ("resources", r)).chain(bucket.map(|b| ("databucket", b)))
        {
            let resource = self.resource(path, resource);
            if path == "resources" || !self.finding.resources.iter().any(|known| known.id == resource.id) {
                self.finding.resources.push(resource);
            }
        }
    }

    fn resource(&mut self, path: &str, raw: &RawResource<'_>) -> Resource {
        let region = self.shared(&format!("{path}.region"), &raw.region);
        let kind = self.text(&format!("{path}.type"), &raw.kind);
        let id = self.resource_id(path, raw, kind.as_deref(), region.as_deref());
        let mut tags: Vec<(Text, Text)> = Vec::new();
        for tag in self.parts(&format!("{path}.tags"), &raw.tags) {
            if let Some(name) = self.shared(&format!("{path}.tags.name"), &tag.name) {
                let value = self.shared(&format!("{path}.tags.value"), &tag.value).unwrap_or_default();
                tags.push((name, value));
            }
        }
        for label in self.texts(&format!("{path}.labels"), &raw.labels) {
            let separator = if self.is_of_prowler() { ':' } else { '=' };
            let (name, value) = label.split_once(separator).unwrap_or((&label, ""));
            tags.push((self.share(name), self.share(value)));
        }
        tags.sort();
        tags.dedup_by(|a, b| a.0 == b.0);
        let kind = kind.map(|kind| self.share(&asff_type(&kind)));
        Resource { id, kind, region, tags }
    }

    /// Returns the ID that ASFF has for a resource: the ARN, wherever it is.
    fn resource_id(&mut self, path: &str, raw: &RawResource<'_>, kind: Option<&str>, region: Option<&str>) -> Text {
        let uid = self.text(&format!("{path}.uid"), &raw.uid);
        // what else is there of an account is the ARN of something in it
        if let Some(uid) = uid.as_deref().filter(|uid| kind == Some(ACCOUNT) && uid.parse::<AccountId>().is_ok()) {
            return format!("{ACCOUNT}:{uid}").into();
        }
        let alternative = self.text(&format!("{path}.uid_alt"), &raw.uid_alt);
        if let Some(arn) = alternative.as_deref().filter(|uid| uid.starts_with("arn:")) {
            return arn.into();
        }
        let Some(id) = uid.or(alternative).or_else(|| self.text(&format!("{path}.name"), &raw.name)) else {
            return Text::default();
        };
        if kind == Some("AWS::EC2::Instance") && id.starts_with("i-") {
            let partition = self.text(&format!("{path}.cloud_partition"), &raw.cloud_partition);
            return self.instance_arn(&id, partition.as_deref(), region);
        }
        id.as_ref().into()
    }

    /// Returns the ARN of an instance. Inspector and GuardDuty name instances by it in ASFF, and not in OCSF.
    fn instance_arn(&self, id: &str, partition: Option<&str>, region: Option<&str>) -> Text {
        let Some(region) = region.or(self.finding.region.as_deref()) else { return id.into() };
        let partition = partition.unwrap_or_else(|| crate::partition::of_region(region));
        format!("arn:{partition}:ec2:{region}:{}:instance/{id}", self.finding.account).into()
    }
}

/// `AWS::EC2::Instance` → `AwsEc2Instance`. Other types stay as they are.
///
/// Source: "Resources" of ASFF in the user guide of Security Hub.
pub(super) fn asff_type(kind: &str) -> Cow<'_, str> {
    if let Some((_, name)) = RENAMED.iter().find(|(ocsf, _)| *ocsf == kind) {
        return Cow::Borrowed(name);
    }
    let Some(rest) = kind.strip_prefix("AWS::") else { return Cow::Borrowed(kind) };
    let mut name = "Aws".to_owned();
    rest.split("::").for_each(|word| push_capitalised(word, &mut name));
    Cow::Owned(name)
}

/// `DBInstance` → `DbInstance`: of capitals in a row, the first stays, and the last if a word begins with it.
fn push_capitalised(word: &str, name: &mut String) {
    let letters: Vec<char> = word.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let after_capital = at > 0 && letters.get(at - 1).is_some_and(char::is_ascii_uppercase);
        let before_small = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        name.push(if after_capital && !before_small { letter.to_ascii_lowercase() } else { *letter });
    }
}
