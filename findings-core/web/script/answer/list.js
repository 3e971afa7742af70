// The issues: filters above them, and for each one fields for the decision, as far as somebody looks.

const ISSUES_AT_ONCE = 40;
const MOST_OWNER = 200;
const MOST_COMMENT = 2000;
const STATES = ["undecided", "decided", "changed", "problem", "accepted"];

class AnswerList {
  constructor(panel, list, texts, entries, onChange) {
    Object.assign(this, { panel, list, texts, entries, onChange });
    this.searched = entries.issues.map((issue) => {
      const { title, control, account, account_name, region, resource } = issue;
      return searchable([title, control, account, account_name, region, resource].join("\n"));
    });
    this.makeFilters();
    this.makeMore();
    this.apply();
    panel.hidden = false;
  }

  makeFilters() {
    const { texts, panel, entries } = this;
    this.search = el("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    panel.append(el("label", {}, texts.say("search"), this.search));
    const count = (severity) => entries.issues.filter((issue) => issue.severity === severity).length;
    this.severities = SEVERITIES.map((name, value) => el("input", { type: "checkbox", value, "data-name": name }));
    const boxes = this.severities.map((box, value) =>
      el("label", {}, box, `${texts.say(`severity_${SEVERITIES[value]}`)} (${number(count(value))})`),
    );
    panel.append(el("fieldset", {}, el("legend", {}, texts.say("column_severity")), ...boxes));
    const states = STATES.map((state) => el("option", { value: state }, texts.say(`state_${state}`)));
    this.state = el("select", {}, el("option", { value: "" }, texts.say("all")), ...states);
    panel.append(el("label", {}, texts.say("filter_state"), this.state));
    for (const control of [this.search, ...this.severities, this.state]) {
      control.addEventListener("input", () => this.apply());
    }
    this.reset = el("button", { type: "button" }, texts.say("reset"));
    this.reset.addEventListener("click", () => this.show(""));
    this.output = el("output", { "aria-live": "polite" });
    panel.append(this.output, this.reset);
  }

  /** A button for further issues. It does not press itself: what comes after the list would run away from who scrolls to it. */
  makeMore() {
    this.more = el("button", { type: "button", class: "more" });
    this.more.addEventListener("click", () => this.draw(this.drawn + ISSUES_AT_ONCE));
    this.empty = el("p", {}, this.texts.say("no_match"));
    this.list.after(this.empty, this.more);
  }

  /** Shows the issues in a state, and filters by nothing else. */
  show(state) {
    this.search.value = "";
    this.state.value = state;
    for (const box of this.severities) box.checked = false;
    this.apply();
  }

  isIn(index, state) {
    const { entries } = this;
    if (state === "undecided") return entries.original(index).decision === "";
    if (state === "decided") return entries.original(index).decision !== "";
    if (state === "changed") return entries.changes.has(index);
    if (state === "problem") return entries.problem(index) !== null;
    return state === "" || entries.issues[index].accepted;
  }

  apply() {
    const { entries, searched, state } = this;
    const words = searchable(this.search.value).split(/\s+/).filter((word) => word !== "");
    const severities = this.severities.filter((box) => box.checked).map((box) => Number(box.value));
    this.shown = [...entries.issues.keys()].filter(
      (index) =>
        (severities.length === 0 || severities.includes(entries.issues[index].severity)) &&
        this.isIn(index, state.value) &&
        words.every((word) => searched[index].includes(word)),
    );
    this.output.textContent = this.texts.say("shown", number(this.shown.length), number(entries.issues.length));
    this.empty.hidden = this.shown.length > 0;
    this.drawn = 0;
    this.list.replaceChildren();
    this.draw(ISSUES_AT_ONCE);
  }

  /** Draws issues up to a number of them. */
  draw(wanted) {
    const until = Math.min(wanted, this.shown.length);
    this.list.append(...this.shown.slice(this.drawn, until).map((index) => this.card(index)));
    this.drawn = until;
    const left = this.shown.length - until;
    this.more.hidden = left === 0;
    this.more.textContent = this.texts.say("show_more", number(Math.min(left, ISSUES_AT_ONCE)));
  }

  card(index) {
    const { entries, texts } = this;
    const issue = entries.issues[index];
    const severity = SEVERITIES[issue.severity];
    const name = `issue-${index}`;
    const facts = [issue.control, issue.account_name, issue.account, issue.region, issue.resource];
    const of = facts.filter((text) => text !== "").flatMap((text) => [" · ", el("bdi", {}, text)]);
    const mark = el("span", { class: "mark" });
    const undo = el("button", { type: "button", class: "undo" }, texts.say("undo"));
    const marks = el("div", { class: "marks" }, el("span", { class: `chip ${severity}` }, texts.say(`severity_${severity}`)), mark, undo);
    if (issue.accepted) marks.append(el("span", { class: "mark accepted" }, texts.say("is_accepted")));
    const also = issue.also === 0 ? null : el("p", { class: "of" }, texts.say("also_reported", number(issue.also)));
    const title = el("h3", { id: name }, el("bdi", {}, issue.title));
    const wrong = el("p", { class: "wrong-text", id: `${name}-wrong`, role: "status" });
    const what = el("div", {}, marks, title, el("p", { class: "of" }, ...of.slice(1)), also);
    const card = el("li", { class: "issue", id: `${name}-card` }, what, el("div", { class: "fields", role: "group", "aria-labelledby": name }), wrong);
    const fields = this.fields(index);
    card.querySelector(".fields").append(...Object.entries(fields).map(([field, input]) => el("label", { class: field }, texts.say(`column_${field}`), input)));
    const update = () => {
      const problem = entries.problem(index);
      card.classList.toggle("changed", entries.changes.has(index));
      card.classList.toggle("wrong", problem !== null);
      mark.textContent = entries.changes.has(index) ? texts.say("is_changed") : "";
      undo.hidden = !entries.changes.has(index);
      wrong.textContent = problem === null ? "" : this.reason(problem);
      wrong.hidden = problem === null;
      for (const input of Object.values(fields)) input.toggleAttribute("aria-invalid", problem !== null);
    };
    for (const [field, input] of Object.entries(fields)) {
      input.setAttribute("aria-describedby", wrong.id);
      input.addEventListener("input", () => {
        entries.set(index, field, input.value);
        update();
        this.onChange();
      });
    }
    undo.addEventListener("click", () => {
      entries.undo(index);
      for (const [field, input] of Object.entries(fields)) input.value = entries.entry(index)[field];
      update();
      this.onChange();
      fields.decision.focus();
    });
    update();
    return card;
  }

  /** Why an entry would not be taken, in words. */
  reason([key, value]) {
    const { texts } = this;
    return texts.say(key, key === "not_taken_risk" ? texts.say(`severity_${SEVERITIES[value]}`) : value);
  }

  /** The fields of an issue. A decision that stands is taken back by "Withdraw" and not by an empty choice. */
  fields(index) {
    const { entries, texts } = this;
    const none = entries.original(index).decision === "" ? [el("option", { value: "" }, texts.say("no_choice"))] : [];
    const choices = entries.data.choices.map(([value, text]) => el("option", { value }, text));
    const fields = {
      decision: el("select", {}, ...none, ...choices),
      owner: el("input", { type: "text", maxlength: MOST_OWNER, autocomplete: "off" }),
      due: el("input", { type: "date", max: "9999-12-31" }),
      comment: el("textarea", { rows: 1, maxlength: MOST_COMMENT }),
    };
    for (const [field, input] of Object.entries(fields)) input.value = entries.entry(index)[field];
    return fields;
  }

  /** Shows the entries that would not be taken, and goes to the first. */
  showWrong() {
    this.show("problem");
    this.list.querySelector("select")?.focus();
  }
}
