// The details of a finding: all its texts, its resources, what to do, and links.

/** The link that asks about a finding: that of its control, with the ID of the finding if the question has a place for it. */
function asking(url, label, id) {
  const room = 2079 - url.length;
  const line = encodeURIComponent(`\n${label}: ${id}`);
  return /^mailto:|[?&]message=/.test(url) && line.length <= room ? url + line : url;
}

/** A link that leaves the page. The job checked that the URL is safe to click. */
function leaving(url, ...children) {
  if (!/^(https?:\/\/|mailto:)/.test(url)) return el("span", {}, ...children);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

class FindingDetail {
  constructor(dialog, texts, list) {
    Object.assign(this, { dialog, texts, list });
    // a click beside the dialog closes it, like the escape key
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  show(index) {
    if (!(index < this.list.findings.count)) return;
    const finding = this.list.findings.finding(index);
    this.dialog.replaceChildren(...this.head(index, finding), el("dl", { class: "detail" }, ...this.facts(finding)));
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
  }

  /** A button that goes to another finding of the list; none at its ends. */
  step(key, index) {
    const button = el("button", { type: "button", class: key }, this.texts.say(key));
    button.disabled = index === undefined;
    button.addEventListener("click", () => {
      history.replaceState(null, "", `#f${index}`);
      this.show(index);
      const again = this.dialog.querySelector(`.${key}`);
      if (again.disabled) this.dialog.querySelector(".close").focus();
      else again.focus();
    });
    return button;
  }

  head(index, finding) {
    const { texts, list } = this;
    const at = list.shown.indexOf(index);
    const close = el("button", { type: "button", class: "close" }, texts.say("close"));
    close.addEventListener("click", () => this.dialog.close());
    const steps = at < 0 ? [] : [
      this.step("previous", list.shown[at - 1]),
      this.step("next", list.shown[at + 1]),
      el("small", {}, texts.say("position", number(at + 1), number(list.shown.length))),
    ];
    const name = el("h2", { id: "detail-name" }, el("bdi", {}, finding.title));
    const marks = [
      el("span", { class: `chip ${finding.severity}` }, texts.say(`severity_${finding.severity}`)),
      el("span", { class: `change ${finding.change}` }, texts.say(`change_${finding.change}`)),
      el("span", {}, `${texts.say("column_age_days")} ${number(finding.age_days)}`),
    ];
    return [
      el("div", { class: "bar-top" }, el("div", { class: "steps" }, ...steps), close),
      name,
      el("p", { class: "marks" }, ...marks),
    ];
  }

  /** Labels and values, without those that are empty. */
  facts(finding) {
    const { texts } = this;
    const advice = el("bdi", {}, finding.advice);
    const open = () => texts.say("finding_open_console");
    const account = finding.account_name === "" ? finding.account_id : `${finding.account_name}\n${finding.account_id}`;
    const rows = [
      ["what_to_do", finding.advice && (finding.advice_url ? leaving(finding.advice_url, advice) : advice)],
      ["console", finding.console_url && leaving(finding.console_url, open())],
      ["product_console", finding.product_url ? leaving(finding.product_url, open()) : finding.product_text],
      ["fix_by", finding.fix_by],
      ["days_overdue", finding.days_overdue > 0 && number(finding.days_overdue)],
      ["severity_reason", finding.severity_reason],
      ["owner", finding.owner],
      ["decision", finding.decision],
      ["description", finding.description],
      ["resource", finding.resources.length > 0 && this.resources(finding.resources)],
      ["account", account],
      ["region", finding.region],
      ["vulnerabilities", finding.vulnerabilities],
      ["notes", finding.notes],
      ["control", finding.control_id && `${finding.control_id}\n${finding.group}`],
      ["compliance", finding.compliance],
      ["workflow", finding.workflow],
      ["standards", finding.standards],
      ["product", finding.product],
      ["first_seen", finding.first_seen],
      ["updated", finding.updated],
      ["finding_id", finding.id],
    ];
    const told = rows.filter(([, value]) => value).flatMap(([key, value]) => this.line(texts.say(`column_${key}`), value));
    const guidance = finding.guidance.flatMap(([heading, text]) => this.line(heading, text));
    if (finding.guidance_url) guidance.push(...this.line(texts.say("question_guidance_page"), leaving(finding.guidance_url, finding.guidance_url)));
    if (guidance.length > 0) guidance.unshift(el("dt", { class: "group" }, texts.say("guidance_own")));
    // the organisation's own words are long, and come after what the finding is about
    const place = told.findLastIndex((item) => ["column_region", "column_account"].some((key) => item.textContent === texts.say(key)));
    told.splice(place < 0 ? told.length : place + 2, 0, ...guidance);
    if (finding.question_url) {
      const url = asking(finding.question_url, texts.say("question_finding"), finding.id);
      told.push(...this.line(texts.say("about_contact"), leaving(url, texts.say("question_ask"))));
    }
    return told;
  }

  line(label, value) {
    const shown = typeof value === "string" ? el("bdi", {}, value) : value;
    return [el("dt", {}, label), el("dd", {}, shown)];
  }

  resources(resources) {
    const item = ({ id, kind, tags }) => {
      const further = [kind, tags].filter((text) => text !== "").flatMap((text) => ["\n", el("small", {}, el("bdi", {}, text))]);
      return el("li", {}, el("bdi", {}, id), ...further);
    };
    return el("ul", {}, ...resources.map(item));
  }
}
