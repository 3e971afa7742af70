"""Runs a state machine in the emulator. Tasks of ECS become tasks of an activity, whose workers start the program with the
command and the variables of the task. Prints how each execution went, as JSON.

Argument: a file with JSON: the endpoint, the definition, the program with its folder and variables, and the executions. An
execution has an input and faults. A fault changes the first starts of a command: other variables, or a kill after some seconds.
"""

import json
import subprocess
import sys
import threading
import uuid

import boto3
from botocore.config import Config

KEY = {"region_name": "ap-northeast-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
ROLE = "arn:aws:iam::000000000000:role/machine"
WORKERS = 4


class Machine:
    def __init__(self, given):
        self.given = given
        # a worker waits a minute for a task
        patient = Config(read_timeout=120, retries={"max_attempts": 0})
        self.client = boto3.client("stepfunctions", endpoint_url=given["endpoint"], config=patient, **KEY)
        name = uuid.uuid4().hex
        self.activity = self.client.create_activity(name=name)["activityArn"]
        definition = json.dumps(self.swapped(given["definition"]))
        self.arn = self.client.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
        self.lock = threading.Lock()
        self.faults, self.ended, self.refused = [], [], []

    def swapped(self, part):
        """The definition with the activity in place of ECS, and without long pauses."""
        if isinstance(part, list):
            return [self.swapped(item) for item in part]
        if not isinstance(part, dict):
            return part
        part = {name: self.swapped(value) for name, value in part.items()}
        if part.get("Resource", "").endswith(":ecs:runTask.sync"):
            part["Resource"] = self.activity
        if "IntervalSeconds" in part:
            part |= {"IntervalSeconds": 1, "BackoffRate": 1.0}
        return part

    def fault(self, command):
        """The fault of this start, if there is one."""
        with self.lock:
            for fault in self.faults:
                if fault["times"] > 0 and fault["command"] in " ".join(command):
                    fault["times"] -= 1
                    return fault
        return {}

    def work(self):
        while True:
            task = self.client.get_activity_task(activityArn=self.activity)
            if task.get("taskToken"):
                self.do(task["taskToken"], json.loads(task["input"]))

    def do(self, token, task):
        (override,) = task["Overrides"]["ContainerOverrides"]
        command = override["Command"]
        fault = self.fault(command)
        variables = {pair["Name"]: pair["Value"] for pair in override["Environment"]}
        environment = self.given["environment"] | variables | fault.get("environment", {})
        program = subprocess.Popen(
            [self.given["program"], *command],
            cwd=self.given["folder"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        killer = threading.Timer(fault["kill_after"], program.kill) if "kill_after" in fault else None
        if killer:
            killer.start()
        output = program.communicate()
        if killer:
            killer.cancel()
        # as ECS tells it
        code = 137 if program.returncode < 0 else program.returncode
        with self.lock:
            self.ended.append([command[0], code])
            if code not in (0, 3):
                self.refused.append(output[1][-2000:])
        how = {"Containers": [{"Name": override["Name"], "ExitCode": code}], "Group": task.get("Group", "family")}
        if code == 0:
            self.client.send_task_success(taskToken=token, output=json.dumps(how))
        else:
            self.client.send_task_failure(taskToken=token, error="States.TaskFailed", cause=json.dumps(how))

    def run(self, execution):
        self.faults, self.ended, self.refused = execution.get("faults", []), [], []
        arn = self.client.start_execution(stateMachineArn=self.arn, input=json.dumps(execution["input"]))["executionArn"]
        pause = threading.Event()
        while (found := self.client.describe_execution(executionArn=arn))["status"] == "RUNNING":
            pause.wait(0.2)
        events = self.client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        runs = self.client.list_map_runs(executionArn=arn)["mapRuns"]
        runs = [self.client.describe_map_run(mapRunArn=run["mapRunArn"]) for run in runs]
        return {
            "status": found["status"],
            "error": found.get("error"),
            "states": [e["stateEnteredEventDetails"]["name"] for e in events if "stateEnteredEventDetails" in e],
            "batches": [{name: run["itemCounts"][name] for name in ("succeeded", "failed")} for run in runs],
            "ended": sorted(self.ended),
            "refused": self.refused,
        }


def main(path):
    with open(path, encoding="utf-8") as file:
        given = json.load(file)
    machine = Machine(given)
    for _ in range(WORKERS):
        threading.Thread(target=machine.work, daemon=True).start()
    print(json.dumps([machine.run(execution) for execution in given["executions"]]))


main(sys.argv[1])
