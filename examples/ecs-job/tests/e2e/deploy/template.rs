//! Evaluates the template with given parameters, like CloudFormation does.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::support::workspace;

/// Stand-ins for resources of the stack: the value of `Ref`, and that of `Fn::GetAtt … Arn`.
const RESOURCES: [(&str, &str, &str); 7] = [
    ("Bucket", "reports", "arn:aws:s3:::reports"),
    ("Table", "findings", "arn:aws:dynamodb:ap-northeast-1:111122223333:table/findings"),
    ("ConfigurationSet", "weekly", ""),
    ("Exports", "exports", "arn:aws:s3:::exports"),
    ("Work", "work", "arn:aws:s3:::work"),
    ("Key", "1234", "arn:aws:kms:ap-northeast-1:111122223333:key/1234"),
    ("TaskDefinition", "arn:aws:ecs:ap-northeast-1:111122223333:task-definition/weekly:1", ""),
];

/// Partition, a Region of it, and the end of its hosts.
type Place = (&'static str, &'static str, &'static str);
const TOKYO: Place = ("aws", "ap-northeast-1", "amazonaws.com");

/// Parameters without a default, except those of the network.
pub(crate) const GIVEN: [(&str, &str); 5] = [
    ("S3VpcEndpointIds", "vpce-0123456789abcdef0"),
    ("OfficeCidrs", "198.51.100.0/24,2001:db8:42::/48"),
    ("SenderAddress", "security@example.com"),
    ("SesIdentity", "example.com"),
    ("OperatorAddress", "ops@example.com"),
];

/// The templates, the main one first.
pub(crate) const TEMPLATES: [&str; 8] = [
    "template.yaml",
    "links.yaml",
    "link-key.yaml",
    "stream.yaml",
    "export.yaml",
    "dashboard.yaml",
    "urgent.yaml",
    "stages.yaml",
];

/// Parameters without a default of the templates that start the task of the job's stack.
const GIVEN_JOB: [(&str, &str); 7] = [
    ("JobStack", "weekly"),
    ("Cluster", "weekly"),
    ("ExecutionRole", "weekly-ExecutionRole-1"),
    ("TaskRole", "weekly-TaskRole-1"),
    ("SecurityGroupId", "sg-0123456789abcdef0"),
    ("SubnetIds", "subnet-0123456789abcdef0,subnet-0123456789abcdef1"),
    ("OperationsTopicArn", "arn:aws:sns:ap-northeast-1:111122223333:operations"),
];

/// Parameters of the template of the links without a default.
pub(crate) const GIVEN_LINKS: [(&str, &str); 6] = [
    ("Bucket", "reports"),
    ("Table", "findings"),
    ("Repository", "111122223333.dkr.ecr.ap-northeast-1.amazonaws.com/weekly"),
    ("ImageDigest", "sha256:0000000000000000000000000000000000000000000000000000000000000000"),
    ("OfficeCidrs", "198.51.100.0/24,2001:db8:42::/48"),
    ("OperationsTopicArn", "arn:aws:sns:ap-northeast-1:111122223333:operations"),
];

/// A bucket and a table that exist, with the names of the stand-ins.
pub(crate) const EXISTING: [(&str, &str); 2] = [("ExistingBucket", "reports"), ("ExistingTable", "findings")];

/// The template with its parameters.
pub(crate) struct Template {
    document: Value,
    parameters: BTreeMap<String, Value>,
    resources: BTreeMap<String, (String, String)>,
    place: Place,
}

impl Template {
    /// Returns the path of a template of the folder.
    pub(crate) fn path_of(name: &str) -> std::path::PathBuf {
        workspace().join("examples/ecs-job/deploy").join(name)
    }

    pub(crate) fn path() -> std::path::PathBuf {
        Self::path_of("template.yaml")
    }

    /// Returns the text of all templates.
    pub(crate) fn text() -> String {
        TEMPLATES.map(|name| std::fs::read_to_string(Self::path_of(name)).unwrap()).concat()
    }

    /// Loads the template with [`GIVEN`] and these parameters.
    pub(crate) fn with(parameters: &[(&str, &str)]) -> Self {
        Self::load(&Self::path(), &GIVEN, parameters)
    }

    /// Loads the template of the links with [`GIVEN_LINKS`] and these parameters.
    pub(crate) fn links(parameters: &[(&str, &str)]) -> Self {
        Self::load(&Self::path_of("links.yaml"), &GIVEN_LINKS, parameters)
    }

    /// Loads the template of the key that signs links with these parameters.
    pub(crate) fn link_key(parameters: &[(&str, &str)]) -> Self {
        Self::load(&Self::path_of("link-key.yaml"), &[("Bucket", "reports")], parameters)
    }

    /// Loads the template of what an export needs.
    pub(crate) fn export() -> Self {
        Self::load(&Self::path_of("export.yaml"), &[("BucketName", "exports"), ("TaskRole", "weekly-TaskRole-1")], &[])
    }

    /// Loads the template of urgent runs with these parameters.
    pub(crate) fn urgent(parameters: &[(&str, &str)]) -> Self {
        Self::load(&Self::path_of("urgent.yaml"), &GIVEN_JOB, parameters)
    }

    /// Loads the template of runs in stages with these parameters.
    pub(crate) fn stages(parameters: &[(&str, &str)]) -> Self {
        Self::load(&Self::path_of("stages.yaml"), &GIVEN_JOB, parameters)
    }

    /// Loads the template of the dashboard of this table.
    pub(crate) fn dashboard(table: &str) -> Self {
        Self::load(&Self::path_of("dashboard.yaml"), &[("Table", table)], &[])
    }

    fn load(path: &std::path::Path, always: &[(&str, &str)], parameters: &[(&str, &str)]) -> Self {
        let document: Value = serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let given: BTreeMap<_, _> = always.iter().chain(parameters).copied().collect();
        let declared = document["Parameters"].as_object().unwrap();
        for name in given.keys() {
            assert!(declared.contains_key(*name), "there is no parameter {name}");
        }
        let value = |(name, parameter): (&String, &Value)| {
            let text = given.get(name.as_str()).map(|v| (*v).to_owned());
            let text = text.or_else(|| match &parameter["Default"] {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            })?;
            let is_list = parameter["Type"].as_str().is_some_and(|t| t.contains("List"));
            let value = if is_list { text.split(',').map(Value::from).collect() } else { Value::from(text) };
            Some((name.clone(), value))
        };
        let parameters = declared.iter().filter_map(value).collect();
        let resources = RESOURCES.iter().map(|(name, id, arn)| ((*name).to_owned(), (id.to_string(), arn.to_string())));
        Self { resources: resources.collect(), parameters, document, place: TOKYO }
    }

    /// Loads the template twice: with a bucket and a table of its own, and with existing ones of the same names.
    pub(crate) fn both(parameters: &[(&str, &str)]) -> [Self; 2] {
        let adopted: Vec<_> = parameters.iter().chain(&EXISTING).copied().collect();
        [Self::with(parameters), Self::with(&adopted)]
    }

    /// Evaluates the template in another partition.
    pub(crate) fn in_partition(mut self, place: Place) -> Self {
        self.place = place;
        for text in self.resources.values_mut().flat_map(|(id, arn)| [id, arn]) {
            *text = text.replace("arn:aws:", &format!("arn:{}:", place.0));
        }
        self
    }

    fn pseudo(&self, name: &str) -> Option<&str> {
        let (partition, region, suffix) = self.place;
        match name {
            "AWS::AccountId" => Some("111122223333"),
            "AWS::Partition" => Some(partition),
            "AWS::Region" => Some(region),
            "AWS::StackName" => Some("weekly"),
            "AWS::URLSuffix" => Some(suffix),
            _ => None,
        }
    }

    /// Uses a resource of this name instead of the stand-in.
    pub(crate) fn with_resource(mut self, logical: &str, name: &str) -> Self {
        let (id, arn) = self.resources.get_mut(logical).unwrap();
        *arn = arn.replace(&*id, name);
        name.clone_into(id);
        self
    }

    pub(crate) fn parameters(&self) -> &Map<String, Value> {
        self.document["Parameters"].as_object().unwrap()
    }

    /// Returns the evaluated properties of a resource.
    pub(crate) fn properties(&self, resource: &str) -> Value {
        let properties = &self.document["Resources"][resource]["Properties"];
        assert!(properties.is_object(), "there is no resource {resource}");
        self.evaluate(properties).unwrap()
    }

    /// Returns all resources that the stack makes, and its outputs, evaluated.
    pub(crate) fn everything(&self) -> Value {
        let made = |part: &str, member: &str| -> Map<String, Value> {
            let items = self.document[part].as_object().unwrap().iter();
            let items = items.filter(|(_, item)| item["Condition"].as_str().is_none_or(|name| self.condition(name)));
            items.filter_map(|(name, item)| Some((name.clone(), self.evaluate(&item[member])?))).collect()
        };
        serde_json::json!({"Resources": made("Resources", "Properties"), "Outputs": made("Outputs", "Value")})
    }

    /// Returns the value of a parameter as text.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters[name].as_str().unwrap()
    }

    /// Returns the value of `Ref` of a resource.
    pub(crate) fn ref_of(&self, resource: &str) -> Value {
        self.reference(resource)
    }

    /// Returns the ARN of a resource.
    pub(crate) fn arn_of(&self, resource: &str) -> String {
        self.attribute(resource, "Arn")
    }

    /// Returns the resources of this type that the stack makes, with their evaluated properties.
    pub(crate) fn of_type(&self, wanted: &str) -> Vec<(String, Value)> {
        let resources = self.document["Resources"].as_object().unwrap().iter();
        let made = resources.filter(|(_, resource)| {
            resource["Type"] == wanted && resource["Condition"].as_str().is_none_or(|name| self.condition(name))
        });
        made.map(|(name, _)| (name.clone(), self.properties(name))).collect()
    }

    /// Evaluates a value; returns `None` for `AWS::NoValue`.
    fn evaluate(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Array(items) => Some(items.iter().filter_map(|item| self.evaluate(item)).collect()),
            Value::Object(map) => match map.iter().next() {
                Some((function, argument)) if map.len() == 1 && (function.starts_with("Fn::") || function == "Ref") => {
                    self.call(function, argument)
                }
                _ => {
                    let members = map.iter().filter_map(|(k, v)| Some((k.clone(), self.evaluate(v)?)));
                    Some(Value::Object(members.collect()))
                }
            },
            plain => Some(plain.clone()),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Option<Value> {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{function} of {value}")).to_owned();
        match function {
            "Ref" if argument == "AWS::NoValue" => None,
            "Ref" => Some(self.reference(&text(argument))),
            "Fn::GetAtt" => Some(self.attribute(&text(&argument[0]), &text(&argument[1])).into()),
            "Fn::If" => self.evaluate(&argument[if self.condition(&text(&argument[0])) { 1 } else { 2 }]),
            "Fn::Join" => {
                let parts = self.evaluate(&argument[1])?;
                let parts: Vec<_> = parts.as_array().unwrap().iter().map(text).collect();
                Some(parts.join(&text(&argument[0])).into())
            }
            "Fn::Split" => {
                let whole = text(&self.evaluate(&argument[1])?);
                Some(whole.split(&text(&argument[0])).collect::<Vec<_>>().into())
            }
            "Fn::Select" => {
                let index = argument[0].as_u64().unwrap_or_else(|| panic!("{argument}"));
                Some(self.evaluate(&argument[1])?[usize::try_from(index).unwrap()].take())
            }
            "Fn::Sub" => match argument {
                Value::Array(parts) => Some(self.substitute(&text(&parts[0]), &self.evaluate(&parts[1])?).into()),
                _ => Some(self.substitute(&text(argument), &Value::Null).into()),
            },
            other => panic!("{other} is not known here"),
        }
    }

    /// Panics if the template names a resource that it does not make. CloudFormation would refuse it.
    fn require_made(&self, name: &str) {
        let condition = self.document["Resources"][name]["Condition"].as_str();
        assert!(condition.is_none_or(|condition| self.condition(condition)), "{name} is named, but not made");
    }

    fn reference(&self, name: &str) -> Value {
        self.require_made(name);
        let pseudo = self.pseudo(name).map(Value::from);
        let resource = || self.resources.get(name).map(|(id, _)| Value::from(id.as_str()));
        // resources that no test checks are represented by their names
        pseudo.or_else(|| self.parameters.get(name).cloned()).or_else(resource).unwrap_or_else(|| name.into())
    }

    fn attribute(&self, resource: &str, attribute: &str) -> String {
        self.require_made(resource);
        let arn = self.resources.get(resource).map(|(_, arn)| arn).filter(|arn| attribute == "Arn" && !arn.is_empty());
        arn.cloned().unwrap_or_else(|| format!("{resource}.{attribute}"))
    }

    /// Replaces names in braces: by the values given, else by those of the template.
    fn substitute(&self, text: &str, given: &Value) -> String {
        let mut parts = text.split("${");
        let mut result = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            match name.split_once('.') {
                Some((resource, attribute)) => result.push_str(&self.attribute(resource, attribute)),
                None if given[name].is_string() => result.push_str(given[name].as_str().unwrap()),
                None => result.push_str(self.reference(name).as_str().unwrap()),
            }
            result.push_str(rest);
        }
        result
    }

    fn condition(&self, name: &str) -> bool {
        self.holds(&self.document["Conditions"][name])
    }

    fn holds(&self, condition: &Value) -> bool {
        let (function, argument) = condition.as_object().unwrap().iter().next().unwrap();
        let all = || argument.as_array().unwrap();
        match function.as_str() {
            "Condition" => self.condition(argument.as_str().unwrap()),
            "Fn::Equals" => self.evaluate(&argument[0]) == self.evaluate(&argument[1]),
            "Fn::Not" => !self.holds(&argument[0]),
            "Fn::And" => all().iter().all(|c| self.holds(c)),
            "Fn::Or" => all().iter().any(|c| self.holds(c)),
            other => panic!("{other} is not known here"),
        }
    }
}
