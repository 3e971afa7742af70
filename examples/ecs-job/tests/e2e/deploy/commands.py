"""Compares the `aws` commands of pages with the AWS API models that the AWS CLI is built from; prints mismatches.

Arguments: the templates, the main one first, and the pages.
"""

import re
import sys
from pathlib import Path

import botocore.session
import jmespath
import yaml
from botocore import xform_name

# options that the CLI adds
OWN = {
    ("cloudformation", "deploy"): {"stack-name", "template-file", "capabilities", "parameter-overrides"},
    ("cloudformation", "wait"): {"stack-name"},
    ("dynamodb", "wait"): {"table-name"},
    ("ecr", "get-login-password"): set(),
    ("logs", "tail"): {"since", "follow", "format"},
    ("s3", "cp"): set(),
    ("s3", "ls"): {"recursive"},
    ("s3", "mb"): set(),
    ("s3", "rm"): {"recursive"},
    ("s3", "sync"): {"delete"},
}
EVERYWHERE = {"query", "output", "region", "no-paginate", "max-items"}
RENAMED = {"configservice": "config", "s3api": "s3"}
SESSION = botocore.session.get_session()


def commands(page):
    """Returns service, operation, and the rest of the command."""
    for line in page.replace("\\\n", " ").splitlines():
        # a word in a sentence is no command; one in a message ends with its backtick
        for part in re.split(r"`| \|(?= |$)", line):
            for found in re.finditer(r"\baws ([a-z0-9]+) ([a-z0-9-]+)((?:(?!\baws [a-z0-9]+ ).)*)", part):
                yield found[1], found[2], found[3]


def sample(shape, above=()):
    """Returns an answer of this shape in which every text is `$1`."""
    if shape.name in above:
        return None
    inside = (*above, shape.name)
    if shape.type_name == "structure":
        return {name: sample(member, inside) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [sample(shape.member, inside)]
    return "$1" if shape.type_name == "string" else 1


def faults(service, operation, rest):
    given = set(re.findall(r"(?:^|\s)--([a-z0-9-]+)", rest))
    if (service, operation) in OWN:
        yield from (f"no option --{o}" for o in given - OWN[service, operation] - EVERYWHERE)
        return
    model = SESSION.get_service_model(RENAMED.get(service, service))
    named = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in named:
        yield "no such operation"
        return
    model = model.operation_model(named[operation])
    options, required = {}, set()
    if model.input_shape:
        options = {xform_name(name, "-"): shape for name, shape in model.input_shape.members.items()}
        required = {xform_name(name, "-") for name in model.input_shape.required_members}
    switches = {f"no-{name}" for name, shape in options.items() if shape.type_name == "boolean"}
    yield from (f"no option --{o}" for o in given - set(options) - switches - EVERYWHERE)
    # a command in a sentence or a message is not complete
    if given:
        switched_off = {option.removeprefix("no-") for option in given & switches}
        yield from (f"--{o} is missing" for o in required - given - switched_off)
    query = re.search(r"--query (?:'([^']*)'|\"([^\"]*)\"|([^\s)]+))", rest)
    if query:
        query = next(group for group in query.groups() if group)
        if not jmespath.search(query, sample(model.output_shape)):
            yield f"--query {query} finds nothing in the answer"


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def main(templates, pages):
    others = {Path(path).name: load(path) for path in templates}
    template = others.pop("template.yaml")
    seen = 0
    for path in pages:
        with open(path, encoding="utf-8") as file:
            page = file.read()
        # a function of docs/recover.md
        overrides = re.findall(r"^deploy (.*)$", page.replace("\\\n", " "), flags=re.M)
        for service, operation, rest in commands(page):
            seen += 1
            for fault in faults(service, operation, rest):
                print(f"{path}: aws {service} {operation}: {fault}")
            for name in re.findall(r"(?:^|\s)([A-Z]\w+)=", rest.partition("--parameter-overrides")[2]):
                named = next((other for file, other in others.items() if f"/{file}" in rest), template)
                if name not in named["Parameters"]:
                    print(f"{path}: the template has no parameter {name}")
        for name in re.findall(r"(?:^|\s)([A-Z]\w+)=", "\n".join(overrides)):
            if name not in template["Parameters"]:
                print(f"{path}: the template has no parameter {name}")
        for name, stack in re.findall(r"\$\(out (\w+)(?: \$stack-([\w-]+))?", page):
            if name not in (others[f"{stack}.yaml"] if stack else template)["Outputs"]:
                print(f"{path}: the template has no output {name}")
    print(f"{seen} commands", file=sys.stderr)


templates = [path for path in sys.argv[1:] if path.endswith(".yaml")]
main(templates, [path for path in sys.argv[1:] if path not in templates])
