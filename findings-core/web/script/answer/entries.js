// What is decided: the entries of the page, what is wrong with them, and the file that is sent. src/answer/packed.rs says how
// the issues are packed.

// in the order in which they are sent; a decision is its name in files
const ENTERED = ["decision", "owner", "due", "comment"];
const ANSWER_TEXTS = ["key", "title", "control", "account", "account_name", "region", "resource", "owner", "due", "comment"];
const SUPPRESSING = ["accept_risk", "false_positive"];
const WITH_DAY = ["to_fix", "accept_risk"];
const DAY = 86_400_000;

/** The day of a time in a zone, as 2026-11-23. A zone that the browser does not know is that of the reader. */
function dayIn(zone, time) {
  const format = (timeZone) => new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(time);
  try {
    return format(zone ?? undefined);
  } catch {
    return format(undefined);
  }
}

/** A day that many days later. */
function daysLater(day, days) {
  return new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
}

class Entries {
  constructor(data, today) {
    Object.assign(this, { data, today, changes: new Map() });
    const places = data.fields.map((field, at) => [field, at]);
    this.issues = data.issues.map((row) => {
      const issue = Object.fromEntries(places.map(([field, at]) => [field, row[at]]));
      for (const field of ANSWER_TEXTS) issue[field] = data.strings[issue[field]];
      issue.decision = issue.decision === 0 ? "" : data.choices[issue.decision - 1][0];
      issue.accepted = issue.accepted === 1;
      return issue;
    });
  }

  /** What stands in the page about an issue now. */
  entry(index) {
    return this.changes.get(index) ?? this.original(index);
  }

  /** What stood there when the page was made. */
  original(index) {
    return Object.fromEntries(ENTERED.map((field) => [field, this.issues[index][field]]));
  }

  set(index, field, value) {
    const entry = { ...this.entry(index), [field]: value };
    const original = this.original(index);
    if (ENTERED.every((name) => entry[name].trim() === original[name].trim())) this.changes.delete(index);
    else this.changes.set(index, entry);
  }

  undo(index) {
    this.changes.delete(index);
  }

  /** The issues with another entry than the page was made with, in the order of the page. */
  get changed() {
    return [...this.changes.keys()].sort((a, b) => a - b);
  }

  /** The issues whose entry would not be taken. */
  get wrong() {
    return this.changed.filter((index) => this.problem(index) !== null);
  }

  /** Why the entry would not be taken: the key of a text and its values; null if it would be. The rules are those of
   *  core/decision/policy.rs. */
  problem(index) {
    if (!this.changes.has(index)) return null;
    const { decision, due, comment } = this.entry(index);
    const { longest, refuses_false_positives } = this.data;
    if (decision === "") return ["not_taken_decision"];
    if (SUPPRESSING.includes(decision) && comment.trim() === "") return ["not_taken_comment"];
    if (decision === "false_positive" && refuses_false_positives) return ["not_taken_false_positive"];
    if (WITH_DAY.includes(decision) && due !== "" && due < this.today) return ["not_taken_past", due];
    if (decision !== "accept_risk") return null;
    const { severity } = this.issues[index];
    if (longest[severity] === 0) return ["not_taken_risk", severity];
    const last = daysLater(this.today, longest[severity]);
    return due > last ? ["not_taken_too_long", last] : null;
  }

  /** The rows that were changed, as a reader of returned reports takes them. The same entries make the same file. */
  file() {
    const rows = this.changed.map((index) => {
      const entered = Object.entries(this.entry(index)).map(([field, value]) => [field, value.trim()]);
      return { key: this.issues[index].key, ...Object.fromEntries(entered.filter(([, value]) => value !== "")) };
    });
    return JSON.stringify({ token: this.data.token, rows });
  }

  /** The entries by the keys of their rows, to be kept in the browser. */
  draft() {
    return Object.fromEntries(this.changed.map((index) => [this.issues[index].key, this.entry(index)]));
  }

  /** Takes entries that were kept, as far as their rows are in the page. Returns how many. */
  restore(draft) {
    const known = new Map(this.issues.map(({ key }, index) => [key, index]));
    const names = new Set(["", ...this.data.choices.map(([name]) => name)]);
    for (const [key, entry] of Object.entries(draft ?? {})) {
      const index = known.get(key);
      if (index === undefined || !names.has(entry.decision)) continue;
      for (const field of ENTERED) {
        if (typeof entry[field] === "string") this.set(index, field, entry[field]);
      }
    }
    return this.changes.size;
  }
}
