"""Types the commands of docs/recover.md against moto, case by case; prints what was there afterwards as JSON.

Arguments: the page, the template, and the parameters as a JSON object, without those of the network.
"""

import contextlib
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import warnings

import boto3
from moto.s3.models import FakeBucket
from moto.server import ThreadedMotoServer

HOME, OTHER, STACK, RUN = "ap-northeast-1", "ap-northeast-3", "findings", "2026-11-23T22:00:00Z"
REPLICA, REPORT = "findings-replica", "security-hub/runs/2026-11-23T220000Z/payments-f63eb8338741.xlsx"
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = tempfile.mkdtemp()
AWS = f"{FOLDER}/aws"


class World:
    """An account in moto with a stack after a run."""

    def __init__(self, url, template, parameters):
        self.url, self.template, self.parameters = url, template, parameters
        urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).close()
        with open(template, encoding="utf-8") as file:
            body = file.read()
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in (parameters | self.given()).items()]
        self.client("cloudformation").create_stack(
            StackName=STACK, TemplateBody=body, Parameters=given, Capabilities=["CAPABILITY_IAM"]
        )
        self.fill()

    def client(self, service, region=HOME):
        key = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, region_name=region, endpoint_url=self.url, **key)

    def given(self):
        subnet = self.client("ec2").describe_subnets()["Subnets"][0]
        return {"VpcId": subnet["VpcId"], "SubnetIds": subnet["SubnetId"]}

    def outputs(self, region=HOME, stack=STACK):
        stack = self.client("cloudformation", region).describe_stacks(StackName=stack)["Stacks"][0]
        return {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}

    def put(self, bucket, key, text):
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())

    def fill(self):
        """A registry in two versions, a report, a table with two messages, a link key, a replica with an export."""
        dynamodb, bucket = self.client("dynamodb"), self.outputs()["Bucket"]
        # moto does not read this, and the recovery of the table, from the template
        self.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for text in ["project\nPayments,right\n", "project\nPayments,wrong\n"]:
            self.put(bucket, "config/projects.csv", text)
        self.put(bucket, REPORT, "report")
        for name in ["sato", "suzuki"]:
            item = {"PK": f"RUN#{RUN}", "SK": f"MSG#1#{name}", "project": "Payments", "recipient": name, "state": "sent"}
            dynamodb.put_item(TableName="findings", Item={k: {"S": v} for k, v in item.items()})
        on = {"PointInTimeRecoveryEnabled": True}
        dynamodb.update_continuous_backups(TableName="findings", PointInTimeRecoverySpecification=on)
        dynamodb.create_backup(TableName="findings", BackupName="of-the-deletion")
        self.make_link_stacks(bucket)
        s3 = self.client("s3", OTHER)
        s3.create_bucket(Bucket=REPLICA, CreateBucketConfiguration={"LocationConstraint": OTHER})
        self.put(REPLICA, "config/projects.csv", "project\nPayments,copy\n")
        self.put(REPLICA, REPORT, "report")
        for export in ["01-older", "02-newer"]:
            self.put(REPLICA, f"history/AWSDynamoDB/{export}/manifest-summary.json", "{}")

    def make_link_stacks(self, bucket):
        """The stack of the key, with a key, and one that stands for the links."""
        cloudformation, folder = self.client("cloudformation"), os.path.dirname(self.template)
        with open(os.path.join(folder, "link-key.yaml"), encoding="utf-8") as file:
            body = file.read()
        given = [{"ParameterKey": "Bucket", "ParameterValue": bucket}]
        for name in ["link-key", "links"]:
            cloudformation.create_stack(StackName=f"{STACK}-{name}", TemplateBody=body, Parameters=given, Capabilities=["CAPABILITY_IAM"])
        self.client("iam").create_access_key(UserName=self.link_user())

    def link_user(self):
        return self.outputs(stack=f"{STACK}-link-key")["LinkUser"]

    def text(self, bucket, key, region=HOME):
        try:
            return self.client("s3", region).get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except Exception as error:
            return type(error).__name__

    def table(self, name, region=HOME):
        dynamodb = self.client("dynamodb", region)
        expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        return {
            "items": dynamodb.scan(TableName=name)["Count"],
            "expiry": expiry.get("AttributeName"),
            "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
            "protected": dynamodb.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"],
        }

    def bucket(self, name, region=HOME):
        s3 = self.client("s3", region)
        return {
            "versioning": s3.get_bucket_versioning(Bucket=name).get("Status"),
            "rules": len(s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]),
            "log": s3.get_bucket_logging(Bucket=name)["LoggingEnabled"]["TargetBucket"],
            "block": s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"],
            "owner": s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        }


def sections(page):
    """Returns the blocks marked sh, by heading; those before the first heading are under ""."""
    found, heading = {"": []}, ""
    for part in re.split(r"^(## [^\n]*|```sh\n.*?^```$)", page, flags=re.S | re.M):
        if part.startswith("## "):
            heading = part.removeprefix("## ").split("\n")[0]
            found[heading] = []
        elif part.startswith("```sh\n"):
            found[heading].append(part.removeprefix("```sh\n").removesuffix("```"))
    return found


def type_in(world, blocks):
    """Types blocks in one shell, in which `aws` is the program next to this one."""
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/aws", "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec {sys.executable} -S -E {HERE}/aws_call.py {AWS} "$@"\n')
        os.chmod(f"{folder}/aws", 0o755)
        os.makedirs(f"{folder}/checkout/examples/ecs-job/deploy")
        os.symlink(os.path.abspath(world.template), f"{folder}/checkout/examples/ecs-job/deploy/template.yaml")
        given = {"AWS_ENDPOINT_URL": world.url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        given |= {"PATH": f"{folder}:{os.environ['PATH']}", "RECOVER_LOG": f"{folder}/log", "HOME": folder}
        given |= {"RECOVER_PARAMETERS": json.dumps(world.given())}
        script = "set -euo pipefail\n" + "\n".join(blocks)
        done = subprocess.run(
            ["bash", "-c", script], env=given, cwd=f"{folder}/checkout", capture_output=True, text=True, check=False
        )
        with open(f"{folder}/log", encoding="utf-8") as file:
            log = [json.loads(line) for line in file]
        if done.returncode != 0:
            raise SystemExit(f"{script}\n{log}\n{done.stdout}\n{done.stderr}")
        return done.stdout, log


def started(log):
    """Returns commands and variables of the tasks that were started."""
    return [entry["task"] for entry in log if "task" in entry]


def main(page, template, parameters):
    with open(page, encoding="utf-8") as file:
        cases = sections(file.read())
    (define,), (stop, go_on) = cases.pop(""), cases.pop("First: stop")
    seen, faked = {}, set()

    def case(heading, world, *, with_stop=False):
        blocks = cases.pop(heading)
        printed, log = type_in(world, [define, stop, *blocks, go_on] if with_stop else [define, *blocks])
        faked.update(entry["faked"] for entry in log if "faked" in entry)
        return printed, log

    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()

    def new():
        return World(f"http://127.0.0.1:{port}", template, parameters)

    world = new()
    # the rule and the schedule in between
    stop += 'aws events list-rules --query "Rules[?Name==\'$(out StartAgain)\'].State" --output text | sed "s/^/rule /"\n'
    stop += 'aws cloudformation describe-stacks --query "Stacks[].Parameters[?ParameterKey==\'ScheduleState\'][].ParameterValue" --output text | sed "s/^/schedule /"\n'
    printed, log = case("A wrong registry was mailed to everybody", world, with_stop=True)
    bucket = world.outputs()["Bucket"]
    keys = world.client("iam").list_access_keys(UserName=world.link_user())["AccessKeyMetadata"]
    events = world.client("events").list_rules()["Rules"]
    seen["registry"] = {
        "report": world.text(bucket, REPORT),
        "registry": world.text(bucket, "config/projects.csv"),
        "told": sorted(line for line in printed.splitlines() if line.startswith("Payments\t")),
        "keys": [key["Status"] for key in keys],
        "rules": sorted({rule["State"] for rule in events}),
        "stopped": [line.split()[-1] for line in printed.splitlines() if line.startswith(("rule ", "schedule "))],
        "tasks": started(log),
    }

    world = new()
    _, log = case("One project got a wrong report", world)
    bucket = world.outputs()["Bucket"]
    one = world.text(bucket, "config/one.csv")
    seen["report"] = {"report": world.text(bucket, REPORT), "one": one, "tasks": started(log)}

    world = new()
    case("The history is damaged", world)
    name = world.outputs()["Table"]
    seen["damaged"] = {"table": name, **world.table(name), "kept": world.table("findings")["items"]}

    world = new()
    dynamodb = world.client("dynamodb")
    dynamodb.update_table(TableName="findings", DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName="findings")
    restore, empty = cases["The table is lost"]
    cases["The table is lost"] = [restore]
    case("The table is lost", world)
    seen["lost"] = {"table": world.outputs()["Table"], **world.table("findings")}
    type_in(world, [define, empty])
    # moto does not make the table again when its name changes
    stack = world.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    seen["lost"]["empty"] = [p["ParameterValue"] for p in stack["Parameters"] if p["ParameterKey"] == "TableName"]

    world = new()
    bucket = world.outputs()["Bucket"]
    world.client("s3").delete_object(Bucket=bucket, Key="config/projects.csv")
    _, log = case("Objects or the bucket are lost", world)
    other = world.outputs()["Bucket"]
    seen["objects"] = {
        "again": world.text(bucket, "config/projects.csv"),
        "other": other != bucket and other.startswith(STACK),
        "registry": world.text(other, "config/projects.csv"),
        "report": world.text(other, REPORT),
        **world.bucket(other),
        "tasks": started(log),
    }
    seen["objects"]["log"] = seen["objects"]["log"] == world.outputs()["AccessLogs"]

    world = new()
    bucket = world.outputs()["Bucket"]
    world.client("cloudformation").delete_stack(StackName=STACK)
    blocks = cases["The stack is gone"]
    cases["The stack is gone"] = [block.replace("findings-bucket-hmoxnrhmfxts", bucket) for block in blocks]
    case("The stack is gone", world)
    outputs = world.outputs()
    seen["stack"] = {
        "same": [outputs["Table"], outputs["Bucket"] == bucket],
        **world.table("findings"),
        **world.bucket(bucket),
    }
    seen["stack"]["log"] = seen["stack"]["log"] == outputs["AccessLogs"]

    world = new()
    _, log = case("The Region is lost", world)
    outputs = world.outputs(OTHER)
    seen["region"] = {
        # moto lists no imports
        "imported": re.findall(r"S3KeyPrefix=(\S+)", " ".join(e.get("called", "") for e in log)),
        "same": [outputs["Table"], outputs["Bucket"]],
        "table": world.table("findings", OTHER)["protected"],
        "bucket": world.bucket(REPLICA, OTHER)["versioning"],
    }
    server.stop()
    seen["not typed"] = sorted(heading for heading, blocks in cases.items() if blocks)
    seen["faked"] = sorted(faked)
    return seen


# moto makes no bucket policy from a template, and asks for that of the access log
FakeBucket._log_permissions_enabled_policy = lambda *_, **__: True
warnings.simplefilter("ignore")
logging.disable()
cli = subprocess.Popen([sys.executable, f"{HERE}/recover_aws.py", AWS], stdout=subprocess.PIPE)
cli.stdout.readline()
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as noise:
    try:
        result = main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
    except BaseException:
        sys.__stderr__.write(noise.getvalue()[-2000:])
        raise
    finally:
        cli.kill()
        shutil.rmtree(FOLDER)
print(json.dumps(result))
