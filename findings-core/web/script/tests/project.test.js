// Tests of what the page of a project computes without a browser: node --test

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const source = ["text", "table", "project/findings"]
  .map((name) => readFileSync(new URL(`../${name}.js`, import.meta.url), "utf8"))
  .join("\n");
const { Findings } = new Function(`${source}\nreturn { Findings };`)();

const FIELDS = [
  ...["severity", "change", "age_days", "first_seen", "title", "control", "control_id", "account", "account_name"],
  ...["region", "resource", "resources", "description", "workflow", "compliance", "standards", "product"],
  ...["vulnerabilities", "advice", "advice_url", "console", "product_text", "product_url", "notes", "updated", "id", "decision", "fix_by", "days_overdue", "owner", "severity_reason"],
];

/** Packs findings as the job does. */
function pack(findings) {
  const strings = [""];
  const index = (text) => {
    if (!strings.includes(text)) strings.push(text);
    return strings.indexOf(text);
  };
  const numbers = new Set(["severity", "change", "age_days", "control", "account", "days_overdue"]);
  const place = (field, value) => {
    if (numbers.has(field)) return value ?? 0;
    return ["resources", "console"].includes(field) ? (value ?? []).map(index) : index(value ?? "");
  };
  return {
    fields: FIELDS,
    findings: findings.map((finding) => FIELDS.map((field) => place(field, finding[field]))),
    controls: [
      ["S3.8", "Buckets", [["Fix", "a module"]], "https://wiki.example.com/S3.8.html#en", "mailto:desk@example.com?body=x"],
      ["IAM.4", "Keys", []],
    ],
    accounts: [
      ["111111111111", "prod"],
      ["222222222222", ""],
    ],
    strings,
  };
}

function sample() {
  const findings = [
    { owner: "Sato", severity: 0, change: 3, age_days: 9, title: "Root key", control: 1, control_id: "IAM.4", account: 1, id: "a" },
    { severity: 1, change: 0, age_days: 2, title: "Bucket", control: 0, control_id: "S3.8", account: 0, id: "b" },
    { severity: 1, change: 3, age_days: 30, title: "bucket, public", control: 0, account: 1, id: "c" },
  ];
  Object.assign(findings[1], {
    account_name: "ＰＲＯＤ",
    region: "eu-west-1",
    resources: ["arn:1", "AwsS3Bucket", "Owner=x", "arn:2", "", ""],
    console: ["https://console/", "1"],
    description: "Anybody reads it.",
  });
  return new Findings(() => pack(findings), "en");
}

test("a finding is unpacked with all its texts", () => {
  const finding = sample().finding(1);
  assert.deepEqual(finding.resources, [
    { id: "arn:1", kind: "AwsS3Bucket", tags: "Owner=x" },
    { id: "arn:2", kind: "", tags: "" },
  ]);
  assert.equal(finding.console_url, "https://console/1");
  assert.deepEqual([finding.severity, finding.change, finding.account_id], ["high", "new", "111111111111"]);
  assert.deepEqual([finding.group, finding.guidance], ["Buckets", [["Fix", "a module"]]]);
  assert.equal(sample().finding(0).console_url, "");
  assert.equal(finding.question_url, "mailto:desk@example.com?body=x");
});

test("filters are met all at once, and what is not set lets everything through", () => {
  const findings = sample();
  assert.deepEqual(findings.select({}), [0, 1, 2]);
  assert.deepEqual(findings.select({ severities: [0, 1] }), [0, 1, 2]);
  assert.deepEqual(findings.select({ severities: [1], account: 1 }), [2]);
  assert.deepEqual(findings.select({ change: 3, control: 0 }), [2]);
  assert.deepEqual(findings.select({ change: 1 }), []);
  const { strings } = findings.all;
  assert.deepEqual(findings.select({ owner: strings.indexOf("Sato") }), [0]);
  assert.deepEqual(findings.select({ owner: 0 }), [1, 2], "what is nobody's is a choice, too");
});

test("a search finds all words, in any order, width and case, in all texts", () => {
  const findings = sample();
  assert.deepEqual(findings.select({ search: "BUCKET" }), [1, 2]);
  assert.deepEqual(findings.select({ search: "  prod anybody " }), [1]);
  assert.deepEqual(findings.select({ search: "awss3bucket owner=x 111111111111" }), [1]);
  assert.deepEqual(findings.select({ search: "bucket nowhere" }), []);
  assert.deepEqual(findings.select({ search: "buc arn:2", severities: [0] }), []);
});

test("sorting keeps the order of the report among equals, and puts nothing last", () => {
  const findings = sample();
  const sort = (field, direction) => findings.sort([0, 1, 2], field, direction);
  assert.deepEqual(sort("age_days", "descending"), [2, 0, 1]);
  assert.deepEqual(sort("severity", "descending"), [1, 2, 0]);
  assert.deepEqual(sort("title", "ascending"), [1, 2, 0]);
  assert.deepEqual(sort("region", "ascending"), [1, 0, 2]);
  assert.deepEqual(sort("region", "descending"), [1, 0, 2]);
  assert.deepEqual(sort("account", "ascending"), [0, 2, 1]);
  assert.deepEqual([...findings.counts("severity")], [
    [0, 1],
    [1, 2],
  ]);
});
