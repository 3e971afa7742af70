// The table of findings: filters above it, and rows as far as somebody looks.

const CHUNK = 100;
const MAX_CHARS = 160;

/** A text of others: its direction changes nothing around it, and a long one is cut. */
function isolated(text) {
  if (text.length <= MAX_CHARS) return el("bdi", {}, text);
  const cut = [...text.slice(0, 2 * MAX_CHARS)].slice(0, MAX_CHARS).join("");
  return el("bdi", { title: text }, cut.length < text.length ? `${cut}…` : cut);
}

class FindingList {
  constructor(panel, table, texts, findings) {
    Object.assign(this, { panel, table, texts, findings });
    this.order = { field: null, direction: null };
    this.scroll = document.getElementById("findings-scroll");
    this.body = table.tBodies[0];
    this.makeFilters();
    this.makeHeads();
    this.makeMore();
    this.apply();
    panel.hidden = false;
  }

  /** A choice among the values of a field that occur, with their numbers. */
  choice(field, key, label) {
    const counts = [...this.findings.counts(field)].sort(([a], [b]) => a - b);
    const all = el("option", { value: "" }, this.texts.say("all"));
    const options = counts.map(([value, count]) => el("option", { value }, `${label(value).slice(0, 80)} (${number(count)})`));
    const select = el("select", { id: `filter-${field}` }, all, ...options);
    select.addEventListener("change", () => this.apply());
    this.panel.append(el("label", {}, this.texts.say(key), select));
    return select;
  }

  makeFilters() {
    const { texts, findings, panel } = this;
    this.search = el("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    this.search.addEventListener("input", () => this.apply());
    panel.append(el("label", {}, texts.say("search"), this.search));
    const counts = findings.counts("severity");
    this.severities = SEVERITIES.map((severity, value) => {
      const box = el("input", { type: "checkbox", value });
      box.addEventListener("change", () => this.apply());
      return { box, label: el("label", {}, box, `${texts.say(`severity_${severity}`)} (${number(counts.get(value) ?? 0)})`) };
    });
    const legend = el("legend", {}, texts.say("column_severity"));
    panel.append(el("fieldset", {}, legend, ...this.severities.map(({ label }) => label)));
    const { accounts, controls } = findings.all;
    const named = ([first, second]) => (second === "" ? first : `${first} ${second}`);
    this.choices = {
      change: this.choice("change", "column_change", (value) => texts.say(`change_${CHANGES[value]}`)),
      account: this.choice("account", "column_account", (value) => named([...accounts[value]].reverse().filter(Boolean))),
      control: this.choice("control", "column_control", (value) => named(controls[value])),
    };
    const { has_owners, view, strings } = findings.all;
    // without rules, a finding without an owner is not nobody's
    if (has_owners) {
      const label = (value) => strings[value] || texts.say("nobody");
      this.choices.owner = this.choice("owner", "column_owner", label);
      if (view !== null) this.choices.owner.value = String(view);
    }
    this.reset = el("button", { type: "button" }, texts.say("reset"));
    this.reset.addEventListener("click", () => this.show({}));
    const csv = el("button", { type: "button", class: "csv" }, texts.say("csv"));
    csv.addEventListener("click", () => save("findings.csv", toCsv(this.csvRows())));
    this.output = el("output", { "aria-live": "polite" });
    panel.append(this.output, this.reset, csv);
  }

  makeHeads() {
    const heads = [...this.table.tHead.rows[0].cells];
    for (const head of heads) {
      const button = el("button", { type: "button", class: "sort" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const first = head.dataset.sort === "age_days" ? "descending" : "ascending";
        const second = first === "ascending" ? "descending" : "ascending";
        const direction = head.ariaSort === first ? second : first;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.ariaSort = direction;
        this.order = { field: head.dataset.sort, direction };
        this.apply();
      });
    }
  }

  /** A button for further rows, which presses itself when somebody scrolls to it. */
  makeMore() {
    this.more = el("button", { type: "button", class: "more" });
    this.more.addEventListener("click", () => this.draw(this.drawn + CHUNK));
    this.empty = el("p", {}, this.texts.say("no_match"));
    this.scroll.append(this.empty, this.more);
    const seen = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && this.draw(this.drawn + CHUNK),
      { scrollMargin: "400px" },
    );
    seen.observe(this.more);
  }

  get filter() {
    const chosen = (select) => (select.value === "" ? null : Number(select.value));
    return {
      severities: this.severities.filter(({ box }) => box.checked).map(({ box }) => Number(box.value)),
      change: chosen(this.choices.change),
      account: chosen(this.choices.account),
      control: chosen(this.choices.control),
      owner: this.choices.owner ? chosen(this.choices.owner) : null,
      search: this.search.value,
    };
  }

  /** Sets the filter, and nothing else in it. */
  show({ severity = "", account = "", control = "" }) {
    this.search.value = "";
    this.choices.change.value = "";
    this.choices.account.value = account;
    this.choices.control.value = control;
    if (this.choices.owner) this.choices.owner.value = "";
    for (const { box } of this.severities) box.checked = box.value === severity;
    this.apply();
  }

  apply() {
    const { filter, order, findings } = this;
    const found = findings.select(filter);
    this.shown = order.field === null ? found : findings.sort(found, order.field, order.direction);
    const isAll = found.length === findings.count;
    this.output.textContent = this.texts.say("shown", number(found.length), number(findings.count));
    this.reset.disabled = isAll && filter.search === "" && filter.severities.length === 0;
    this.empty.hidden = found.length > 0;
    this.scroll.scrollTop = 0;
    this.drawn = 0;
    this.body.replaceChildren();
    this.draw(CHUNK);
  }

  /** Draws rows up to a number of them. */
  draw(wanted) {
    const until = Math.min(wanted, this.shown.length);
    this.body.append(...this.shown.slice(this.drawn, until).map((index) => this.row(index)));
    this.drawn = until;
    const left = this.shown.length - until;
    this.more.hidden = left === 0;
    this.more.textContent = this.texts.say("show_more", number(Math.min(left, CHUNK)));
  }

  row(index) {
    const { findings, texts } = this;
    const severity = SEVERITIES[findings.packed(index, "severity")];
    const change = CHANGES[findings.packed(index, "change")];
    const [control, region, resource, name] = ["control_id", "region", "resource", "account_name"].map((field) =>
      findings.text(index, field),
    );
    const id = findings.accountId(index);
    const changed = () => el("span", { class: `change ${change}` }, texts.say(`change_${change}`));
    const age = number(findings.packed(index, "age_days"));
    const link = el("a", { href: `#f${index}` }, isolated(findings.text(index, "title")));
    const facts = [control, name === "" ? id : name, region, resource].filter((text) => text !== "");
    const sub = facts.flatMap((text) => [" · ", isolated(text)]);
    const due = findings.text(index, "fix_by");
    const isLate = findings.packed(index, "days_overdue") > 0;
    const day = () => (due === "" ? [] : [el("span", { class: isLate ? "day bad" : "day" }, due)]);
    const until = due === "" ? [] : [" · ", texts.say("column_fix_by"), " ", ...day()];
    const wide = (...children) => el("td", { class: "wide" }, ...children);
    return el(
      "tr",
      { id: `f${index}` },
      el("td", {}, el("span", { class: `chip ${severity}` }, texts.say(`severity_${severity}`))),
      wide(changed()),
      el("td", { class: "n wide" }, age),
      wide(...day()),
      el("th", { scope: "row", class: "name" }, link, el("span", { class: "sub" }, changed(), ...sub, ...until)),
      wide(isolated(control)),
      name === "" ? wide(id) : wide(isolated(name), " ", el("small", {}, id)),
      wide(isolated(region)),
      wide(isolated(resource)),
    );
  }

  /** The findings that are shown, as rows of a CSV file. */
  csvRows() {
    const { texts, findings } = this;
    const fields = ["fix_by", "title", "control_id", "account_name", "region", "resource", "product", "first_seen", "owner", "id"];
    const names = { control_id: "control", id: "finding_id" };
    const heads = ["severity", "change", "age_days", "account", ...fields.map((field) => names[field] ?? field)];
    const rows = this.shown.map((index) => [
      texts.say(`severity_${SEVERITIES[findings.packed(index, "severity")]}`),
      texts.say(`change_${CHANGES[findings.packed(index, "change")]}`),
      String(findings.packed(index, "age_days")),
      findings.accountId(index),
      ...fields.map((field) => findings.text(index, field)),
    ]);
    return [heads.map((name) => texts.say(`column_${name}`)), ...rows];
  }
}
