"""What aws_call.py has done: the AWS CLI, except for what moto cannot do. Notes what it did in the file RECOVER_LOG.

Argument: the socket on which it listens.

* `cloudformation deploy` works with change sets, which moto loses; this creates or updates the stack directly.
* `ecs run-task` starts no container in moto, and needs settings that Fargate does not; this notes the task.
* `logs tail` waits for a log that no task writes.
"""

import json
import os
import signal
import socket
import sys
import traceback

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



def run(args):
    """Returns the exit code of a command of the AWS CLI."""
    command = tuple(args[:2])
    note(called=" ".join(args))
    # the version of the AWS CLI that is installed reads only this name
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"]
    if command in FAKED:
        note(faked=" ".join(command))
        FAKED[command](args)
        return 0
    sys.argv = ["aws", *args]
    return main()


def answer(connection):
    """Runs what aws_call.py sends, in a process of its own."""
    _, files, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rw", encoding="utf-8") as file:
        call = json.loads(file.readline())
        for descriptor, received in enumerate(files):
            os.dup2(received, descriptor)
        # on top of where the AWS CLI has found its data
        os.environ.update(call["env"])
        os.chdir(call["folder"])
        try:
            code = run(call["args"])
        except SystemExit as exit:
            code = exit.code or 0
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        file.write(f"{code}\n")


# importing the AWS CLI takes most of the time of a command, and is done once
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
with socket.socket(socket.AF_UNIX) as server:
    server.bind(sys.argv[1])
    server.listen()
    print("ready", flush=True)
    while True:
        connection, _ = server.accept()
        with connection:
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                server.close()
                answer(connection)
                connection.close()
                os._exit(0)
