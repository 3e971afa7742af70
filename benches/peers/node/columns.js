// The columns of the sheet Findings, from the objects of GetFindings; benches/README.md has the table that all peers keep to.

const DATE = { numFmt: "yyyy-mm-dd" };
const DATE_TIME = { numFmt: "yyyy-mm-dd hh:mm" };

/** Headings, and how the cells below look. */
export const columns = [
  "Severity", "Change", "Age (days)", ["First seen", DATE], "Title", "Control", "Account", "Account name", "Region",
  "Resource type", "Resource", "Further resources", "Tags", "Workflow", "Compliance", "Standards", "Product",
  "Description", "Vulnerabilities", "What to do", "In the console", "In the product", "Notes", ["Updated", DATE_TIME],
  "Finding ID", "Decision", "Owner", "Due date", "Comment",
].map((column) => {
  const [header, style] = Array.isArray(column) ? column : [column, {}];
  return { header, width: 20, style };
});

const BOILERPLATE = [
  "For information on how to correct this issue, consult",
  "For directions on how to fix this issue, consult",
];

/** A time of ASFF, to the second. */
function moment(text) {
  return text ? new Date(Math.floor(Date.parse(text) / 1000) * 1000) : null;
}

function pairs(tags = {}) {
  return Object.keys(tags).sort().map((key) => `${key}=${tags[key]}`);
}

function named(id) {
  return id?.replace(/^AWS::::Account:(?=.)/, "whole account ");
}

function resource({ Id, Type, Tags }) {
  const tags = pairs(Tags);
  return named(Id) + (Type ? ` (${Type})` : "") + (tags.length > 0 ? ` [${tags.join("; ")}]` : "");
}

function standard(name) {
  return name.replace(/^(standards|ruleset)\//, "").replace("/v/", " ");
}

function onePackage({ Name, Version, FixedInVersion }) {
  const line = [Name, Version].filter(Boolean).join(" ");
  return FixedInVersion ? `${line} (fixed in ${FixedInVersion})` : line;
}

function vulnerability({ Id, VulnerablePackages = [], FixAvailable, ExploitAvailable }) {
  const packages = VulnerablePackages.map(onePackage).join("; ");
  return (
    Id +
    (packages ? `: ${packages}` : "") +
    (FixAvailable ? ` · fix: ${FixAvailable}` : "") +
    (ExploitAvailable ? ` · exploit: ${ExploitAvailable}` : "")
  );
}

function link(text, url) {
  return `${text}\n${url}`;
}

function whatToDo(finding, control) {
  const { Text: text = "", Url: url = "" } = finding.Remediation?.Recommendation ?? {};
  if (!url.trim()) return text;
  if (text.trim() && !BOILERPLATE.some((start) => text.startsWith(start))) return link(text, url);
  return link(control ? `How to fix ${control}` : "How to fix it", url);
}

function inConsole(finding, region) {
  if (!region) return null;
  const encoded = encodeURIComponent(encodeURIComponent(finding.Id));
  const search = `search=Id%3D%255Coperator%255C%253AEQUALS%255C%253A${encoded}`;
  return link("Open", `https://${region}.console.aws.amazon.com/securityhub/home?region=${region}#/findings?${search}`);
}

function notes({ Sample, Note, UserDefinedFields }) {
  const lines = Sample ? ["This is a sample finding, not a real one."] : [];
  if (Note) {
    const at = Note.UpdatedAt && moment(Note.UpdatedAt).toISOString().slice(0, 16).replace("T", " ");
    const by = [Note.UpdatedBy, at].filter(Boolean).join(" ");
    lines.push(by ? `${Note.Text} (${by})` : Note.Text);
  }
  return [...lines, ...pairs(UserDefinedFields)].join("\n");
}

/** The control and its standards; hubs without consolidated control findings say them in ProductFields. */
function controlAndStandards({ ProductArn, Compliance = {}, ProductFields = {} }) {
  let control = Compliance.SecurityControlId;
  let standards = (Compliance.AssociatedStandards ?? []).map((one) => one.StandardsId);
  if (ProductArn.endsWith("product/aws/securityhub")) {
    control = control || ProductFields.ControlId || ProductFields.RuleId;
    const arn = ProductFields.StandardsArn || ProductFields.StandardsGuideArn;
    if (standards.length === 0 && arn) standards = [arn.split(":::").at(-1)];
  }
  return [control, standards.map(standard).join("\n")];
}

/** The values of a row. */
export function row(finding, accountNames, now) {
  const firstSeen = moment(finding.FirstObservedAt || finding.CreatedAt);
  const [control, standards] = controlAndStandards(finding);
  const region = finding.Region || finding.ProductArn.split(":")[3];
  const [main = {}, ...further] = finding.Resources ?? [];
  const reasons = (finding.Compliance?.StatusReasons ?? []).map((one) => one.ReasonCode);
  const result = finding.Compliance?.Status ? [finding.Compliance.Status] : [];
  const product =
    finding.ProductName ||
    finding.ProductFields?.["aws/securityhub/ProductName"] ||
    finding.ProductArn.split(":").at(-1);
  const values = [
    finding.Severity.Label,
    "New",
    Math.max(Math.floor((now - firstSeen) / 86_400_000), 0),
    firstSeen,
    finding.Title,
    control,
    finding.AwsAccountId,
    finding.AwsAccountName || accountNames.get(finding.AwsAccountId),
    region,
    main.Type,
    named(main.Id),
    further.map(resource).join("\n"),
    pairs(main.Tags).join("\n"),
    finding.Workflow?.Status ?? "NEW",
    [...result, ...reasons].join("\n"),
    standards,
    product,
    finding.Description,
    (finding.Vulnerabilities ?? []).map(vulnerability).join("\n"),
    whatToDo(finding, control),
    inConsole(finding, region),
    finding.SourceUrl ? link("Open", finding.SourceUrl) : null,
    notes(finding),
    moment(finding.UpdatedAt),
    finding.Id,
  ];
  // an empty text would be a cell
  return values.map((value) => (value === "" ? null : value));
}
