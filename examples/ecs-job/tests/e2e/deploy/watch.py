"""Creates the schedules and the alarms of the template in moto, whose CloudFormation skips them; prints what moto lists, as JSON.

Argument: their properties as JSON.
"""

import json
import sys

import boto3
from moto import mock_aws

KEY = {"region_name": "ap-northeast-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


@mock_aws
def main(given):
    scheduler, cloudwatch = boto3.client("scheduler", **KEY), boto3.client("cloudwatch", **KEY)
    for name, schedule in given["schedules"].items():
        network = schedule["Target"]["EcsParameters"]["NetworkConfiguration"]
        # the only name that the API spells differently
        network["awsvpcConfiguration"] = network.pop("AwsvpcConfiguration")
        scheduler.create_schedule(Name=name, **schedule)
    for name, alarm in given["alarms"].items():
        cloudwatch.put_metric_alarm(AlarmName=name, **alarm)
    listed = scheduler.list_schedules()["Schedules"]
    schedules = {s["Name"]: scheduler.get_schedule(Name=s["Name"]) for s in listed}
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    seen = {
        "listed": sorted([s["Name"], s["State"]] for s in listed),
        "inputs": {name: json.loads(s["Target"]["Input"]) for name, s in schedules.items()},
        "zones": {name: s.get("ScheduleExpressionTimezone") for name, s in schedules.items()},
        "alarms": {a["AlarmName"]: a["ActionsEnabled"] for a in alarms},
    }
    print(json.dumps(seen))


main(json.loads(sys.argv[1]))
