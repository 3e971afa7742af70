"""The columns of the sheet Findings, from the dictionaries of GetFindings; benches/README.md has the table that all peers keep to."""

from datetime import datetime, timezone
from urllib.parse import quote

BOILERPLATE = (
    "For information on how to correct this issue, consult",
    "For directions on how to fix this issue, consult",
)


def moment(text):
    """A time of ASFF in UTC, to the second, as Excel takes it: without a zone."""
    return datetime.fromisoformat(text).astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if text else None


def pairs(tags):
    return [f"{key}={tags[key]}" for key in sorted(tags)]


def named(resource_id):
    account = resource_id.removeprefix("AWS::::Account:") if resource_id else ""
    return f"whole account {account}" if account and account != resource_id else resource_id


def resource(one):
    line = named(one["Id"])
    if one.get("Type"):
        line += f" ({one['Type']})"
    if one.get("Tags"):
        line += f" [{'; '.join(pairs(one['Tags']))}]"
    return line


def standard(name):
    for prefix in ("standards/", "ruleset/"):
        if name.startswith(prefix):
            name = name[len(prefix):]
            break
    return name.replace("/v/", " ", 1)


def package(one):
    line = " ".join(part for part in (one.get("Name"), one.get("Version")) if part)
    return f"{line} (fixed in {one['FixedInVersion']})" if one.get("FixedInVersion") else line


def vulnerability(one):
    line = one["Id"]
    packages = "; ".join(map(package, one.get("VulnerablePackages", ())))
    if packages:
        line += f": {packages}"
    if one.get("FixAvailable"):
        line += f" · fix: {one['FixAvailable']}"
    if one.get("ExploitAvailable"):
        line += f" · exploit: {one['ExploitAvailable']}"
    return line


def link(text, url):
    return f"{text}\n{url}"


def what_to_do(finding, control):
    recommendation = finding.get("Remediation", {}).get("Recommendation", {})
    text, url = recommendation.get("Text", ""), recommendation.get("Url", "")
    if not url.strip():
        return text
    if text.strip() and not text.startswith(BOILERPLATE):
        return link(text, url)
    return link(f"How to fix {control}" if control else "How to fix it", url)


def console(finding, region):
    if not region:
        return None
    encoded = quote(quote(finding["Id"], safe=""), safe="")
    search = f"search=Id%3D%255Coperator%255C%253AEQUALS%255C%253A{encoded}"
    return link("Open", f"https://{region}.console.aws.amazon.com/securityhub/home?region={region}#/findings?{search}")


def notes(finding):
    lines = ["This is a sample finding, not a real one."] if finding.get("Sample") else []
    note = finding.get("Note")
    if note:
        at = f"{moment(note['UpdatedAt']):%Y-%m-%d %H:%M}" if note.get("UpdatedAt") else None
        by = " ".join(part for part in (note.get("UpdatedBy"), at) if part)
        lines.append(f"{note['Text']} ({by})" if by else note["Text"])
    lines += pairs(finding.get("UserDefinedFields", {}))
    return "\n".join(lines)


def control_and_standards(finding):
    """The control and its standards; hubs without consolidated control findings say them in ProductFields."""
    compliance = finding.get("Compliance", {})
    control = compliance.get("SecurityControlId")
    standards = [one["StandardsId"] for one in compliance.get("AssociatedStandards", ())]
    if finding["ProductArn"].endswith("product/aws/securityhub"):
        fields = finding.get("ProductFields", {})
        control = control or fields.get("ControlId") or fields.get("RuleId")
        arn = fields.get("StandardsArn") or fields.get("StandardsGuideArn")
        if not standards and arn:
            standards = [arn.rsplit(":::", 1)[-1]]
    return control, "\n".join(map(standard, standards))


def row(finding, account_names, now):
    """The values of a row: texts, a number, times; None or an empty text where a cell is empty."""
    first_seen = moment(finding.get("FirstObservedAt") or finding.get("CreatedAt"))
    control, standards = control_and_standards(finding)
    product_arn = finding["ProductArn"]
    region = finding.get("Region") or product_arn.split(":")[3]
    resources = finding.get("Resources", ())
    main = resources[0] if resources else {}
    compliance = finding.get("Compliance", {})
    reasons = [one["ReasonCode"] for one in compliance.get("StatusReasons", ())]
    result = [compliance["Status"]] if compliance.get("Status") else []
    account = finding["AwsAccountId"]
    fields = finding.get("ProductFields", {})
    return (
        finding["Severity"]["Label"],
        "New",
        max((now - first_seen).days, 0),
        first_seen,
        finding.get("Title"),
        control,
        account,
        finding.get("AwsAccountName") or account_names.get(account),
        region,
        main.get("Type"),
        named(main.get("Id")),
        "\n".join(map(resource, resources[1:])),
        "\n".join(pairs(main.get("Tags", {}))),
        finding.get("Workflow", {}).get("Status", "NEW"),
        "\n".join(result + reasons),
        standards,
        finding.get("ProductName") or fields.get("aws/securityhub/ProductName") or product_arn.rsplit(":", 1)[-1],
        finding.get("Description"),
        "\n".join(map(vulnerability, finding.get("Vulnerabilities", ()))),
        what_to_do(finding, control),
        console(finding, region),
        link("Open", finding["SourceUrl"]) if finding.get("SourceUrl") else None,
        notes(finding),
        moment(finding.get("UpdatedAt")),
        finding["Id"],
    )
