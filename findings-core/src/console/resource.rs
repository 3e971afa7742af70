//! Links to resources in the console, for the types that findings are most often about.

use super::portal::encode;
use super::{console_host, is_region};
use crate::partition;
use crate::{Finding, Resource};

/// Returns the URL of a finding's first resource in the console: where it can be fixed. `None` if its type has no page that is
/// known here, or its ID is not the ARN that its type has.
///
/// ```
/// use findings_core::{Finding, Resource, console};
/// let mut finding = Finding::new("123456789012".parse()?, "1");
/// let mut bucket = Resource::default();
/// bucket.id = "arn:aws:s3:::my-bucket".into();
/// bucket.kind = Some("AwsS3Bucket".into());
/// bucket.region = Some("eu-west-1".into());
/// finding.resources.push(bucket);
/// let url = console::resource_url(&finding).unwrap();
/// assert_eq!(url, "https://eu-west-1.console.aws.amazon.com/s3/buckets/my-bucket?region=eu-west-1");
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
pub fn resource_url(finding: &Finding) -> Option<String> {
    let resource = finding.resources.first()?;
    let arn = Arn::of(&resource.id)?;
    let region = region(&arn, resource, finding)?;
    if partition::of_region(region) != arn.partition {
        return None;
    }
    let host = console_host(region)?;
    let page = page(resource.kind.as_deref()?, &arn, &resource.id, region)?;
    let url = format!("https://{region}.{host}/{page}");
    (url.len() <= super::MAX_URL).then_some(url)
}

/// An ARN in its parts.
struct Arn<'a> {
    partition: &'a str,
    region: &'a str,
    /// What follows the account.
    resource: &'a str,
}

impl<'a> Arn<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (arn, partition) = (parts.next()?, parts.next()?);
        let (_service, region, _account) = (parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next().filter(|resource| !resource.is_empty())?;
        (arn == "arn").then_some(Self { partition, region, resource })
    }

    /// What follows the kind of the resource and a sign, such as `instance/`.
    fn after(&self, kind: &str) -> Option<&'a str> {
        self.resource.strip_prefix(kind).filter(|name| !name.is_empty())
    }
}

/// The Region of the resource's page: a global resource has none in its ARN.
fn region<'a>(arn: &Arn<'a>, resource: &'a Resource, finding: &'a Finding) -> Option<&'a str> {
    let regions = [Some(arn.region), resource.region.as_deref(), finding.region.as_deref()];
    regions.into_iter().flatten().find(|region| is_region(region))
}

/// Returns the path of a resource's page. The pages are those to which the consoles of the services lead.
fn page(kind: &str, arn: &Arn<'_>, id: &str, region: &str) -> Option<String> {
    let encoded = |text: &str| {
        let mut out = String::with_capacity(text.len() * 2);
        encode(text, &mut out);
        out
    };
    let ec2 =
        |path: &str, prefix: &str| Some(format!("ec2/home?region={region}#{path}{}", encoded(arn.after(prefix)?)));
    let vpc = |path: &str, prefix: &str| {
        Some(format!("vpcconsole/home?region={region}#{path}{}", encoded(arn.after(prefix)?)))
    };
    let rds = |prefix: &str, is_cluster: bool| {
        let name = encoded(arn.after(prefix)?);
        Some(format!("rds/home?region={region}#database:id={name};is-cluster={is_cluster}"))
    };
    // names behind a path, such as role/service-role/name
    let last = |prefix: &str| arn.after(prefix)?.rsplit('/').next().map(encoded);
    match kind {
        "AwsS3Bucket" => Some(format!("s3/buckets/{}?region={region}", encoded(arn.resource))),
        "AwsEc2Instance" => ec2("InstanceDetails:instanceId=", "instance/"),
        "AwsEc2SecurityGroup" => ec2("SecurityGroup:groupId=", "security-group/"),
        "AwsEc2Volume" => ec2("VolumeDetails:volumeId=", "volume/"),
        "AwsEc2LaunchTemplate" => ec2("LaunchTemplateDetails:launchTemplateId=", "launch-template/"),
        "AwsEc2Vpc" => vpc("VpcDetails:VpcId=", "vpc/"),
        "AwsEc2Subnet" => vpc("SubnetDetails:subnetId=", "subnet/"),
        "AwsEc2NetworkAcl" => vpc("NetworkAclDetails:networkAclId=", "network-acl/"),
        "AwsIamUser" => Some(format!("iam/home#/users/details/{}", last("user/")?)),
        "AwsIamRole" => Some(format!("iam/home#/roles/details/{}", last("role/")?)),
        "AwsIamPolicy" => Some(format!("iam/home#/policies/details/{}", encoded(id))),
        "AwsKmsKey" => Some(format!("kms/home?region={region}#/kms/keys/{}", encoded(arn.after("key/")?))),
        "AwsLambdaFunction" => {
            let name = arn.after("function:")?.split(':').next()?;
            Some(format!("lambda/home?region={region}#/functions/{}", encoded(name)))
        }
        "AwsRdsDbInstance" => rds("db:", false),
        "AwsRdsDbCluster" => rds("cluster:", true),
        "AwsDynamoDbTable" => {
            Some(format!("dynamodbv2/home?region={region}#table?name={}", encoded(arn.after("table/")?)))
        }
        "AwsSnsTopic" => Some(format!("sns/v3/home?region={region}#/topic/{}", encoded(id))),
        "AwsEcsCluster" => Some(format!("ecs/v2/clusters/{}?region={region}", encoded(arn.after("cluster/")?))),
        "AwsEksCluster" => Some(format!("eks/home?region={region}#/clusters/{}", encoded(arn.after("cluster/")?))),
        "AwsSecretsManagerSecret" => {
            Some(format!("secretsmanager/secret?name={}&region={region}", secret(arn, encoded)?))
        }
        "AwsElbv2LoadBalancer" | "AwsElasticLoadBalancingV2LoadBalancer" => {
            Some(format!("ec2/home?region={region}#LoadBalancer:loadBalancerArn={}", encoded(id)))
        }
        _ => None,
    }
}

/// The name of a secret: its ARN ends with a hyphen and six characters more.
fn secret(arn: &Arn<'_>, encoded: impl Fn(&str) -> String) -> Option<String> {
    let (name, suffix) = arn.after("secret:")?.rsplit_once('-')?;
    (suffix.len() == 6 && !name.is_empty()).then(|| encoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(kind: &str, id: &str) -> Option<String> {
        let mut finding = Finding::new("123456789012".parse().unwrap(), "1");
        finding.region = Some("ap-northeast-1".into());
        let resource = Resource { id: id.into(), kind: Some(kind.into()), ..Resource::default() };
        finding.resources = vec![resource];
        resource_url(&finding)
    }

    #[test]
    fn page_is_that_of_the_type_in_the_regions_console() {
        let base = "https://ap-northeast-1.console.aws.amazon.com/";
        let regional = "arn:aws:x:ap-northeast-1:123456789012:";
        for (kind, id, want) in [
            ("AwsEc2Instance", "instance/i-1", "ec2/home?region=ap-northeast-1#InstanceDetails:instanceId=i-1"),
            ("AwsEc2SecurityGroup", "security-group/sg-1", "ec2/home?region=ap-northeast-1#SecurityGroup:groupId=sg-1"),
            ("AwsEc2Vpc", "vpc/vpc-1", "vpcconsole/home?region=ap-northeast-1#VpcDetails:VpcId=vpc-1"),
            ("AwsKmsKey", "key/1-2", "kms/home?region=ap-northeast-1#/kms/keys/1-2"),
            ("AwsLambdaFunction", "function:f:3", "lambda/home?region=ap-northeast-1#/functions/f"),
            ("AwsRdsDbInstance", "db:d", "rds/home?region=ap-northeast-1#database:id=d;is-cluster=false"),
            ("AwsRdsDbCluster", "cluster:c", "rds/home?region=ap-northeast-1#database:id=c;is-cluster=true"),
            ("AwsDynamoDbTable", "table/t", "dynamodbv2/home?region=ap-northeast-1#table?name=t"),
            ("AwsEcsCluster", "cluster/c", "ecs/v2/clusters/c?region=ap-northeast-1"),
            ("AwsSecretsManagerSecret", "secret:a/b-AbCdEf", "secretsmanager/secret?name=a%2Fb&region=ap-northeast-1"),
        ] {
            assert_eq!(url(kind, &format!("{regional}{id}")).as_deref(), Some(&*format!("{base}{want}")), "{kind}");
        }
        let role = url("AwsIamRole", "arn:aws:iam::123456789012:role/service-role/a+b").unwrap();
        assert_eq!(role, format!("{base}iam/home#/roles/details/a%2Bb"));
        assert_eq!(
            url("AwsSnsTopic", &format!("{regional}t")).unwrap(),
            format!("{base}sns/v3/home?region=ap-northeast-1#/topic/arn%3Aaws%3Ax%3Aap-northeast-1%3A123456789012%3At")
        );
    }

    #[test]
    fn what_is_not_known_has_no_link() {
        for (kind, id) in [
            ("AwsEc2Instance", "i-1"),
            ("AwsEc2Instance", "arn:aws:ec2:ap-northeast-1:123456789012:volume/v-1"),
            ("AwsEc2Instance", "arn:aws:ec2:ap-northeast-1:123456789012:instance/"),
            ("AwsEc2Instance", "arn:aws-cn:ec2:ap-northeast-1:123456789012:instance/i-1"),
            ("AwsSecretsManagerSecret", "arn:aws:x:ap-northeast-1:123456789012:secret:short-1"),
            ("AwsAccount", "AWS::::Account:123456789012"),
            ("Other", "arn:aws:x:ap-northeast-1:123456789012:y/z"),
        ] {
            assert_eq!(url(kind, id), None, "{kind} {id}");
        }
    }

    #[test]
    fn no_text_gets_out_of_its_place_in_the_url() {
        let hostile = url("AwsS3Bucket", "arn:aws:s3:::x/../?a=b#c&d\" 日").unwrap();
        assert!(hostile.contains("/s3/buckets/x%2F..%2F%3Fa%3Db%23c%26d%22%20%E6%97%A5?region="), "{hostile}");
        assert!(super::super::linkable(&hostile).is_some());
    }
}
