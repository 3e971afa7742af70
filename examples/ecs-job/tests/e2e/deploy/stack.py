"""Creates a stack of the template in moto, updates it and deletes it; prints observations as JSON.

Arguments: the template, and the parameters as a JSON object, without those of the network.
"""

import contextlib
import io
import json
import re
import sys
import warnings

import boto3
from moto import mock_aws

REGION, STACK = "ap-northeast-1", "findings"
KEY = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def client(service):
    return boto3.client(service, region_name=REGION, **KEY)


def main(path, parameters):
    with open(path, encoding="utf-8") as file:
        body = file.read()
    cloudformation = client("cloudformation")
    subnets = client("ec2").describe_subnets()["Subnets"]
    parameters |= {"VpcId": subnets[0]["VpcId"], "SubnetIds": ",".join(s["SubnetId"] for s in subnets[:2])}

    def stack(act, body):
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        act(StackName=STACK, TemplateBody=body, Parameters=given, Capabilities=["CAPABILITY_IAM"])
        return cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]

    def rules():
        return sorted(rule["Description"] for rule in client("events").list_rules()["Rules"])

    def roles():
        return len(client("iam").list_roles()["Roles"])

    seen = {}
    # moto skips unknown resource types with a warning
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        created = stack(cloudformation.create_stack, body)
        seen["created"] = created["StackStatus"]
        resources = cloudformation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
        seen["made"] = sorted({r["ResourceType"] for r in resources if r.get("PhysicalResourceId")})
        seen["outputs"] = {o["OutputKey"]: o["OutputValue"] for o in created["Outputs"]}
        seen["table"] = client("dynamodb").describe_table(TableName="findings")["Table"]
        seen["roles"], seen["rules"] = [roles()], [rules()]
        # moto treats a resource with unchanged text as unchanged, even if its parameters changed
        changed = body.replace("Description: The daily look", "Description: The look")
        seen["updated"] = stack(cloudformation.update_stack, changed)["StackStatus"]
        seen["rules"].append(rules())
        cloudformation.delete_stack(StackName=STACK)
        seen["deleted"] = cloudformation.list_stacks()["StackSummaries"][0]["StackStatus"]
        seen["roles"].append(roles())
    unknown = (re.search(r"parse (\S+) but it's not supported", str(w.message)) for w in warned)
    seen["unsupported"] = sorted({match[1] for match in unknown if match})
    print(json.dumps(seen, default=str))


with mock_aws():
    main(sys.argv[1], json.loads(sys.argv[2]))
