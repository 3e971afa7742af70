// The details of a project, and a second one beside it.

const STATE_KEYS = { b: "not_yet", c: "complete", i: "incomplete", n: "no_run", p: "pending", g: "gone" };

const sum = (numbers) => numbers.reduce((total, value) => total + value, 0);

class Detail {
  constructor(dialog, texts, data) {
    Object.assign(this, { dialog, texts, data, shown: null });
    // a click beside the dialog closes it, like the escape key
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  /** Shows a project, and another one beside it. */
  show(index, other = null) {
    if (!(index < this.data.count)) return;
    this.shown = index;
    const indexes = other === null ? [index] : [index, other];
    const weeks = indexes.map((at) => this.data.weeks(at));
    const totals = weeks.flatMap((one) => openByWeek(one).map((numbers) => sum(numbers ?? [])));
    const max = niceMax(Math.max(1, ...totals));
    const panes = indexes.map((at, place) => this.pane(at, weeks[place], max));
    this.dialog.replaceChildren(this.head(index, other), el("div", { class: "both" }, ...panes));
    if (!this.dialog.open) this.dialog.showModal();
  }

  head(index, other) {
    const { texts } = this;
    const close = el("button", { type: "button", class: "close" }, texts.t("close"));
    close.addEventListener("click", () => this.dialog.close());
    const nobody = el("option", { value: "", "data-t": "compare_nobody" }, texts.say("compare_nobody"));
    const choice = el("select", { class: "compare" }, nobody);
    for (let at = 0; at < this.data.count; at += 1) {
      if (at !== index) choice.append(el("option", { value: at }, this.data.all.projects[at][0].slice(0, 80)));
    }
    choice.value = other === null ? "" : String(other);
    choice.addEventListener("change", () => {
      this.show(index, choice.value === "" ? null : Number(choice.value));
      this.dialog.querySelector(".compare").focus();
    });
    const name = el("h2", { id: "detail-name" }, el("bdi", {}, this.data.project(index).name));
    return el("div", { class: "bar-top" }, name, el("label", {}, texts.t("compare"), "\u00a0 ", choice), close);
  }

  pane(index, weeks, max) {
    const { texts } = this;
    const project = this.data.project(index);
    const label = {
      "aria-label": texts.say("detail_chart_label"),
      "data-t-aria-label": "detail_chart_label",
    };
    return el(
      "div",
      { class: "pane" },
      el("h3", {}, el("bdi", {}, project.name)),
      this.table("detail_facts", [], this.facts(project)),
      el("h4", {}, texts.t("open_chart")),
      weekChart(weeks, max, label),
      el("details", {}, el("summary", {}, texts.t("weeks_table")), this.weekTable(weeks)),
      el("h4", {}, texts.t("detail_problems")),
      this.problems(index),
    );
  }

  unknown(key = "not_known") {
    return el("span", { class: "nk" }, this.texts.t(key));
  }

  known(value, write = number) {
    return value === null ? this.unknown() : write(value);
  }

  share(share) {
    if (share === null) return this.unknown("no_targets");
    const [count, of, percent] = share;
    const base = el("small", {}, ` (${number(count)}/${number(of)})`);
    return el("span", {}, percent === null ? this.unknown("too_few") : `${decimal(percent)} %`, base);
  }

  days(count, value) {
    return el("span", {}, value === null ? this.unknown("too_few") : decimal(value), el("small", {}, ` (n=${count})`));
  }

  answer(value) {
    return value === null ? this.unknown() : this.texts.t(value ? "yes" : "no");
  }

  severities(counts, unknown) {
    if (counts === null) return this.unknown(unknown);
    const present = SEVERITIES.map((severity, at) => [`severity_${severity}`, counts[at]]).filter(([, count]) => count > 0);
    return el("span", {}, number(sum(counts)), present.length > 0 ? ": " : "", ...this.listed(present));
  }

  /** Texts with their numbers, one after the other. */
  listed(pairs) {
    return pairs.flatMap(([key, count], at) => [
      at > 0 ? this.texts.t("comma") : "",
      this.texts.t(key),
      ` ${number(count)}`,
    ]);
  }

  /** Pairs of a text's key and what is known. */
  facts(project) {
    const { texts, data } = this;
    const time = (index) => this.known(data.time(index), String);
    const [count, median, p90] = project.time_to_fix;
    const { trend } = project;
    const hasRun = project.last_run !== null;
    const direction = trend && el("span", { class: trend[0] }, texts.t(trend[0]), ` ${signed(trend[1])}`);
    return [
      ["standing", texts.t(`standing_${project.standing}`)],
      ["rank", project.rank === null ? this.unknown(`no_rank_${project.no_rank}`) : number(project.rank)],
      ["points", this.known(project.points, decimal)],
      ["open", hasRun ? this.severities(project.open) : this.unknown()],
      ["overdue", hasRun ? this.severities(project.overdue, "no_targets") : this.unknown()],
      ["by_age", hasRun ? this.ages(project.ages) : this.unknown()],
      ["undecided", hasRun ? number(project.undecided) : this.unknown()],
      ["decided", this.known(project.decisions, (numbers) => texts.t("decisions_of", ...numbers.map(number)))],
      ["trend", direction || this.unknown("not_comparable")],
      ["trend_before", trend ? signed(trend[2]) : this.unknown("not_comparable")],
      ["net_resolve", this.share(project.net_resolve)],
      ["tile_target", this.share(project.within_target)],
      ["fix_median", this.days(count, median)],
      ["fix_p90", this.days(count, p90)],
      ["accounts", this.known(project.accounts)],
      ["incomplete_accounts", this.known(project.incomplete_accounts)],
      ["gaps_accepted_degraded", this.known(project.coverage, (own) => own.slice(1).map(number).join(" / "))],
      ["report_complete", this.answer(project.complete)],
      ["recipients", this.answer(project.has_recipients)],
      ["first_run", time(project.first_run)],
      ["last_run", time(project.last_run)],
      ["runs_count", number(project.runs)],
      ["last_told", project.last_told === null ? this.unknown("nobody") : time(project.last_told)],
      ["last_decision", project.last_decision === null ? this.unknown("none_made") : time(project.last_decision)],
    ].map(([key, value]) => [texts.t(key), value]);
  }

  ages(ages) {
    const keys = ["age_7", "age_30", "age_90", "age_older"];
    return el("span", {}, ...this.listed(keys.map((key, at) => [key, ages[at]])));
  }

  /** A table whose rows begin with their heading. */
  table(caption, heads, rows) {
    const head = heads.map((key) => el("th", { scope: "col" }, this.texts.t(key)));
    const body = rows.map(([first, ...cells]) =>
      el("tr", {}, el("th", { scope: "row" }, first), ...cells.map((cell) => el("td", {}, cell))),
    );
    const table = el("table", {}, el("caption", {}, this.texts.t(caption)));
    if (head.length > 0) table.append(el("thead", {}, el("tr", {}, ...head)));
    table.append(el("tbody", {}, ...body));
    const label = { "aria-label": this.texts.say(caption), "data-t-aria-label": caption };
    return el("div", { class: "scroll", tabindex: "0", role: "region", ...label }, table);
  }

  weekTable(weeks) {
    const names = ["new", "reopened", "fixed", "suppressed", "archived", "left", "not_confirmed"];
    const open = openByWeek(weeks);
    const rows = weeks.states.map((state, at) => [
      weeks.day[at],
      this.texts.t(`week_${STATE_KEYS[state]}`),
      this.known(open[at], (numbers) => number(sum(numbers))),
      ...names.map((name) => this.known(weeks[name][at])),
    ]);
    return this.table("weeks_table", ["week", "state", "open", ...names], rows.reverse());
  }

  problems(index) {
    const rows = this.data
      .problems(index)
      .map(([control, title, open]) => [
        control === null ? this.texts.t("no_control") : el("bdi", {}, control.slice(0, 160)),
        el("bdi", {}, title.slice(0, 160)),
        number(open),
      ]);
    if (rows.length === 0) return el("p", {}, this.texts.t("no_problems"));
    return this.table("detail_problems", ["control", "problem_title", "open"], rows);
  }
}
