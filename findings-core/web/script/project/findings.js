// The findings of the page: unpacked, searched, filtered and sorted. src/project/packed.rs says how they are packed.

const CHANGES = ["new", "reopened", "worse", "open"];
const TEXT_FIELDS = [
  ...["first_seen", "title", "control_id", "account_name", "region", "resource", "description", "workflow", "compliance"],
  ...["standards", "product", "vulnerabilities", "advice", "advice_url", "product_text", "product_url", "notes"],
  ...["updated", "id", "decision", "fix_by", "owner", "severity_reason"],
];
// what a reader may look for
const SEARCHED_FIELDS = [
  ...["title", "control_id", "account_name", "region", "resource", "description", "product", "vulnerabilities"],
  ...["notes", "id", "decision", "owner"],
];

/** The findings. The data is read when something asks for it, so that the page is there sooner. */
class Findings {
  constructor(read, language) {
    this.read = read;
    this.raw = null;
    this.searched = [];
    this.parts = [];
    this.collator = new Intl.Collator(language);
  }

  get all() {
    if (this.raw === null) {
      this.raw = this.read();
      this.place = Object.fromEntries(this.raw.fields.map((field, at) => [field, at]));
    }
    return this.raw;
  }

  get count() {
    return this.all.findings.length;
  }

  /** A field as it is packed. */
  packed(index, field) {
    return this.all.findings[index][this.place[field]];
  }

  text(index, field) {
    return this.all.strings[this.packed(index, field)];
  }

  accountId(index) {
    return this.all.accounts[this.packed(index, "account")][0];
  }

  /** A finding with names for its fields, all texts written out. */
  finding(index) {
    const { all, place } = this;
    const row = all.findings[index];
    const finding = Object.fromEntries(all.fields.map((field) => [field, row[place[field]]]));
    for (const field of TEXT_FIELDS) finding[field] = all.strings[finding[field]];
    const [id] = all.accounts[finding.account];
    const [label, title, guidance, guidance_url, question_url] = all.controls[finding.control];
    const texts = finding.resources.map((at) => all.strings[at]);
    const resources = [];
    for (let at = 0; at < texts.length; at += 3) {
      resources.push({ id: texts[at], kind: texts[at + 1], tags: texts[at + 2] });
    }
    const console_url = finding.console.map((at) => all.strings[at]).join("");
    return { ...finding, severity: SEVERITIES[finding.severity], change: CHANGES[finding.change], account_id: id, label, group: title, guidance, guidance_url, question_url, resources, console_url };
  }

  /** A text for search, made once. */
  part(at) {
    return (this.parts[at] ??= searchable(this.all.strings[at]));
  }

  /** All that is searched of a finding, made once. */
  searchedText(index) {
    if (this.searched[index] === undefined) {
      const parts = SEARCHED_FIELDS.map((field) => this.part(this.packed(index, field)));
      const resources = this.packed(index, "resources").map((at) => this.part(at));
      this.searched[index] = [...parts, ...resources, this.accountId(index)].join("\n");
    }
    return this.searched[index];
  }

  /** The findings that a filter lets through. All words must be found; what is not set lets everything through. */
  select({ severities = [], change = null, account = null, control = null, owner = null, search = "" }) {
    const words = searchable(search).split(/\s+/).filter((word) => word !== "");
    const is = (index, field, wanted) => wanted === null || this.packed(index, field) === wanted;
    const found = [];
    for (let index = 0; index < this.count; index += 1) {
      if (severities.length > 0 && !severities.includes(this.packed(index, "severity"))) continue;
      if (!is(index, "change", change) || !is(index, "account", account) || !is(index, "control", control) || !is(index, "owner", owner)) continue;
      if (words.length > 0 && !words.every((word) => this.searchedText(index).includes(word))) continue;
      found.push(index);
    }
    return found;
  }

  /** What a column sorts by: a number, a text, or null if there is nothing. */
  sortKey(index, field) {
    if (["severity", "change", "age_days"].includes(field)) return this.packed(index, field);
    if (field === "account") return `${this.text(index, "account_name")} ${this.accountId(index)}`.trim();
    return this.text(index, field) || null;
  }

  /** Findings in the order of a column, those without a value last. Equal ones stay in the order of the report. */
  sort(indexes, field, direction) {
    const keys = new Map(indexes.map((index) => [index, this.sortKey(index, field)]));
    const sign = direction === "descending" ? -1 : 1;
    return [...indexes].sort((a, b) => {
      const [first, second] = [keys.get(a), keys.get(b)];
      if (first === null || second === null) return (first === null) - (second === null) || a - b;
      const order = typeof first === "number" ? first - second : this.collator.compare(first, second);
      return sign * order || a - b;
    });
  }

  /** How many findings have each value of a field. */
  counts(field) {
    const counts = new Map();
    for (let index = 0; index < this.count; index += 1) {
      const value = this.packed(index, field);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return counts;
  }
}
