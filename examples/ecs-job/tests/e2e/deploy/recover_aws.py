"""`aws` for recover.py: the AWS CLI, except for what moto cannot do. Notes what it did in the file RECOVER_LOG.

* `cloudformation deploy` works with change sets, which moto loses; this creates or updates the stack directly.
* `ecs run-task` starts no container in moto, and needs settings that Fargate does not; this notes the task.
* `logs tail` waits for a log that no task writes.
"""

import json
import os
import sys

import boto3
import botocore
import yaml
from awscli.clidriver import main


def note(**entry):
    with open(os.environ["RECOVER_LOG"], "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def option(args, name):
    return args[args.index(name) + 1]


def deploy(args):
    """Creates the stack, or updates it and keeps the parameters that are not given."""
    cloudformation, name = boto3.client("cloudformation"), option(args, "--stack-name")
    with open(option(args, "--template-file"), encoding="utf-8") as file:
        body = file.read()
    given = dict(pair.split("=", 1) for pair in args[args.index("--parameter-overrides") + 1 :])
    # the VPC of the page is not in moto
    given |= {key: value for key, value in json.loads(os.environ["RECOVER_PARAMETERS"]).items() if key in given}
    try:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        act = cloudformation.update_stack
        given = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]} | given
    except botocore.exceptions.ClientError:
        act = cloudformation.create_stack
    # moto fails at parameters that have their default value
    defaults = {key: str(p.get("Default")) for key, p in yaml.safe_load(body)["Parameters"].items()}
    given = {key: value for key, value in given.items() if value != defaults[key]}
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    act(StackName=name, TemplateBody=body, Parameters=parameters, Capabilities=["CAPABILITY_IAM"])


def run_task(args):
    (override,) = json.loads(option(args, "--overrides"))["containerOverrides"]
    variables = {v["name"]: v["value"] for v in override.get("environment", [])}
    note(task=override.get("command", []) + [f"{k}={v}" for k, v in variables.items()])
    print("arn")


FAKED = {("cloudformation", "deploy"): deploy, ("ecs", "run-task"): run_task, ("logs", "tail"): lambda _: None}

command = tuple(sys.argv[1:3])
note(called=" ".join(sys.argv[1:]))
if command in FAKED:
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"]
    note(faked=" ".join(command))
    FAKED[command](sys.argv)
else:
    # the version of the AWS CLI that is installed reads only this name
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"]
    sys.exit(main())
