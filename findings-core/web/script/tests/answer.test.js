// Tests of what the page for answers computes without a browser: node --test

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const source = ["text", "answer/entries", "answer/send"]
  .map((name) => readFileSync(new URL(`../${name}.js`, import.meta.url), "utf8"))
  .join("\n");
const page = new Function(`${source}\nreturn { Draft, Entries, dayIn, meaningOf, placeOf, receiptOf, upload };`)();
const { Draft, Entries, dayIn, meaningOf, placeOf, receiptOf, upload } = page;

const FIELDS = [
  ...["key", "severity", "title", "control", "account", "account_name", "region", "resource", "also", "accepted"],
  ...["decision", "owner", "due", "comment"],
];
const CHOICES = ["to_fix", "fixed", "accept_risk", "false_positive", "not_ours", "withdrawn"];
const TODAY = "2026-11-23";

/** Packs issues as the job does. */
function entriesOf(issues, given = {}) {
  const strings = [""];
  const numbers = new Set(["severity", "also", "accepted"]);
  const place = (field, value) => {
    if (field === "decision") return CHOICES.indexOf(value) + 1;
    if (numbers.has(field)) return Number(value ?? 0);
    if (!strings.includes(value ?? "")) strings.push(value);
    return strings.indexOf(value ?? "");
  };
  const rows = issues.map((issue) => FIELDS.map((field) => place(field, issue[field])));
  const choices = CHOICES.map((name) => [name, name]);
  const data = { token: "t1.a.b", longest: [30, 90, 180, 365, 0], refuses_false_positives: false };
  return new Entries({ ...data, choices, fields: FIELDS, issues: rows, strings, ...given }, TODAY);
}

const PLAIN = { key: "k1", severity: 0, title: "A" };
const DECIDED = { key: "k2", severity: 1, title: "B", decision: "to_fix", owner: "Sato", due: "2026-12-01", comment: "soon" };

/** Makes an entry about the first issue, and returns why it would not be taken. */
function problem(entry, issue = PLAIN, given = {}) {
  const entries = entriesOf([issue], given);
  for (const [field, value] of Object.entries(entry)) entries.set(0, field, value);
  return entries.problem(0);
}

test("only what is changed is in the file, with its key and without blanks", () => {
  const entries = entriesOf([PLAIN, DECIDED, { ...PLAIN, key: "k3" }]);
  assert.deepEqual(entries.changed, []);
  entries.set(2, "decision", "fixed");
  entries.set(1, "owner", " Suzuki ");
  const rows = [
    { key: "k2", decision: "to_fix", owner: "Suzuki", due: "2026-12-01", comment: "soon" },
    { key: "k3", decision: "fixed" },
  ];
  assert.deepEqual(JSON.parse(entries.file()), { token: "t1.a.b", rows });
  // what is as it was, blanks aside, is no change
  entries.set(1, "owner", "Sato ");
  entries.undo(2);
  assert.deepEqual(entries.changed, []);
});

test("entries that would not be taken are told with the rule", () => {
  const accept = { decision: "accept_risk", comment: "why" };
  const false_positive = { decision: "false_positive", comment: "why" };
  for (const [entry, wanted] of [
    [{ owner: "Sato" }, ["not_taken_decision"]],
    [{ decision: "accept_risk" }, ["not_taken_comment"]],
    [{ decision: "false_positive", comment: " \n" }, ["not_taken_comment"]],
    [{ ...accept, due: "2026-11-22" }, ["not_taken_past", "2026-11-22"]],
    [{ decision: "to_fix", due: "2026-11-22" }, ["not_taken_past", "2026-11-22"]],
    [{ ...accept, due: "2026-12-24" }, ["not_taken_too_long", "2026-12-23"]],
    [{ ...accept, due: "2026-12-23" }, null],
    [{ ...accept, due: TODAY }, null],
    [accept, null],
    [false_positive, null],
    [{ decision: "to_fix", due: "2099-01-01" }, null],
    [{ decision: "fixed", due: "2020-01-01" }, null],
    [{ decision: "not_ours" }, null],
  ]) {
    assert.deepEqual(problem(entry), wanted, JSON.stringify(entry));
  }
  assert.deepEqual(problem(accept, { ...PLAIN, severity: 4 }), ["not_taken_risk", 4]);
  assert.deepEqual(problem(false_positive, PLAIN, { refuses_false_positives: true }), ["not_taken_false_positive"]);
  // what was decided before is not told of
  assert.equal(entriesOf([{ ...DECIDED, due: "2020-01-01" }]).problem(0), null);
});

test("a draft comes back as far as its rows are there", () => {
  const entries = entriesOf([PLAIN, DECIDED]);
  entries.set(0, "decision", "not_ours");
  entries.set(0, "comment", "of team B");
  const again = entriesOf([DECIDED, PLAIN]);
  assert.equal(again.restore(JSON.parse(JSON.stringify(entries.draft()))), 1);
  assert.deepEqual(again.entry(1), { decision: "not_ours", owner: "", due: "", comment: "of team B" });
  for (const bad of [null, {}, { k9: { decision: "fixed" } }, { k1: { decision: "delete" } }, { k1: { decision: "", owner: 5 } }]) {
    assert.equal(entriesOf([PLAIN]).restore(bad), 0, JSON.stringify(bad));
  }
});

test("drafts are kept by report, and forgotten with it", () => {
  const storage = { "answers:old": '{"until":"2026-11-01T00:00:00Z"}', "answers:broken": "{", other: "x" };
  const hidden = { enumerable: false };
  Object.defineProperties(storage, {
    getItem: { ...hidden, value: (name) => storage[name] ?? null },
    setItem: { ...hidden, value: (name, text) => (storage[name] = text) },
    removeItem: { ...hidden, value: (name) => delete storage[name] },
  });
  const draft = new Draft("t1.claims.mac", "2027-02-21T00:00:00Z", storage);
  draft.write({ k1: { decision: "fixed" } });
  assert.deepEqual(draft.read(), { k1: { decision: "fixed" } });
  draft.tidy(new Date("2026-11-23T00:00:00Z"));
  assert.equal(storage["answers:old"], undefined);
  assert.equal(storage.other, "x");
  assert.deepEqual(draft.read(), { k1: { decision: "fixed" } });
  draft.write({});
  assert.deepEqual(draft.read(), {});
  // a browser that keeps nothing
  const nowhere = new Draft("t1.a.b", null, null);
  nowhere.write({ k1: {} });
  nowhere.tidy(new Date());
  assert.deepEqual(nowhere.read(), {});
});

test("the place is on the host of the page, or there is none", () => {
  const origin = "https://b.example.com";
  const put = `${origin}/inbox/x?X-Amz-Signature=1&a=%2F`;
  const hash = `#put=${encodeURIComponent(put)}&until=2026-11-23T02:00:00Z`;
  assert.deepEqual(placeOf(hash, origin), { put, until: new Date("2026-11-23T02:00:00Z") });
  assert.equal(placeOf(`#put=${encodeURIComponent(put)}`, origin).until, null);
  for (const other of ["", "#", "#main", "#put=", "#put=x", "#put=https%3A//evil.example.com/", "#put=javascript%3Aalert(1)"]) {
    assert.equal(placeOf(other, origin), null, other);
  }
  assert.equal(placeOf(hash, "null"), null, "a page that was opened from a disk");
});

test("answers of the store mean what to do", () => {
  for (const [status, isPast, wanted] of [
    [200, false, "received"],
    [403, true, "expired"],
    [403, false, "forbidden"],
    [429, false, "busy"],
    [503, true, "busy"],
    [412, false, "other"],
  ]) {
    assert.equal(meaningOf(status, isPast), wanted, status);
  }
});

test("sending is repeated while the store is busy or does not answer, and not after a refusal", async () => {
  const place = { put: "https://b.example.com/x", until: null };
  const run = async (answers) => {
    const waited = [];
    const sent = [];
    const send = async (url, request) => {
      sent.push([url, request.method, request.headers["Content-Type"]]);
      const next = answers.shift();
      if (next === undefined) throw new TypeError("Failed to fetch");
      return { status: next };
    };
    const outcome = await upload(new Uint8Array(), place, { wait: async (time) => waited.push(time), send });
    return { outcome, waited, sent };
  };
  const first = await run([200]);
  assert.deepEqual([first.outcome, first.waited], ["received", []]);
  assert.deepEqual(first.sent, [[place.put, "PUT", "application/octet-stream"]]);
  const busy = await run([503, 500, 200]);
  assert.deepEqual([busy.outcome, busy.waited], ["received", [1000, 3000]]);
  assert.deepEqual((await run([403])).waited, []);
  const never = await run([]);
  assert.deepEqual([never.outcome, never.waited, never.sent.length], ["offline", [1000, 3000, 8000], 4]);
  assert.equal((await run([503, 503, 503, 503])).outcome, "busy");
});

test("the receipt is how the hash of the bytes begins", async () => {
  assert.equal(await receiptOf(new TextEncoder().encode("{}")), "44136fa3");
});

test("days are those of the report's zone", () => {
  const late = new Date("2026-11-23T20:00:00Z");
  assert.equal(dayIn("Asia/Tokyo", late), "2026-11-24");
  assert.equal(dayIn("UTC", late), "2026-11-23");
  assert.match(dayIn("Nowhere/Land", late), /^2026-11-2[34]$/);
});
