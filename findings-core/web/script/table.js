// Tables: sorting, search, a choice of rows, and CSV of what is shown.

/** What a cell is sorted by: a number, a text, or null if nothing is known. */
function sortKey(text, isUnknown) {
  if (isUnknown) return null;
  const plain = text.trim().replaceAll("−", "-");
  const match = /^[+-]?[\d,]+(\.\d+)?(?![\d-])/.exec(plain);
  if (match) return Number(match[0].replaceAll(",", ""));
  return plain === "" ? null : plain.toLowerCase();
}

/** The order of two keys. What is not known comes last, in either direction. */
function compareKeys(a, b, direction) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  const order = typeof a === "number" ? a - b : a.localeCompare(b);
  return direction === "descending" ? -order : order;
}

/** A text for search: the same whatever its width or case. */
function searchable(text) {
  return text.normalize("NFKC").toLowerCase();
}

function keyOf(cell) {
  if (cell.dataset.v !== undefined) return sortKey(cell.dataset.v, cell.dataset.v === "");
  return sortKey(cell.textContent, cell.querySelector(".nk") !== null);
}

function sortRows(table, column, direction) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => ({ row, key: keyOf(row.cells[column]) }));
  rows.sort((a, b) => compareKeys(a.key, b.key, direction));
  // out of the page while rows move, so that it is laid out once
  body.remove();
  body.append(...rows.map(({ row }) => row));
  table.append(body);
}

/** Puts buttons into the headings of a table. */
function makeSortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.classList.contains("fixed")) return;
    const button = el("button", { type: "button", class: "sort" }, ...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const first = head.classList.contains("n") ? "descending" : "ascending";
      const second = first === "ascending" ? "descending" : "ascending";
      const direction = head.ariaSort === first ? second : first;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.ariaSort = direction;
      sortRows(table, column, direction);
    });
  });
}

/** The texts of what is shown: headings and rows. `nameOf` gives the whole text of a row's heading. */
function shownTexts(table, nameOf) {
  const first = table.tBodies[0].rows[0];
  const columns = [...table.tHead.rows[0].cells].map((_, column) => column);
  const isText = (column) => !first?.cells[column].querySelector("svg");
  const textOf = (cell) => cell.textContent.trim().replace(/\s+/g, " ");
  const texts = (row) =>
    columns.filter(isText).map((at) => (row.cells[at].tagName === "TH" && nameOf(row)) || textOf(row.cells[at]));
  const shown = [...table.tBodies[0].rows].filter((row) => !row.hidden);
  return [columns.filter(isText).map((at) => textOf(table.tHead.rows[0].cells[at])), ...shown.map(texts)];
}

/** Search, choice and export above a table. `choices` are pairs of a text's key and a rule for rows. */
class Controls {
  constructor(panel, texts, { choices = [], nameOf = () => null, searchedText = (row) => row.textContent }) {
    this.texts = texts;
    this.table = document.getElementById(panel.dataset.for);
    this.choices = new Map(choices);
    this.nameOf = nameOf;
    this.rows = [...this.table.tBodies[0].rows];
    this.searchedText = searchedText;
    this.fill(panel);
    this.apply();
    panel.hidden = false;
  }

  fill(panel) {
    this.search = el("input", { type: "search", autocomplete: "off" });
    this.search.addEventListener("input", () => this.apply());
    panel.append(el("label", {}, this.texts.t("search"), this.search));
    if (this.choices.size > 0) {
      const option = (key) => el("option", { value: key, "data-t": key }, this.texts.say(key));
      this.choice = el("select", {}, ...[...this.choices.keys()].map(option));
      this.choice.addEventListener("change", () => this.apply());
      panel.append(el("label", {}, this.texts.t("show"), this.choice));
    }
    this.count = el("output", { "aria-live": "polite" });
    const csv = el("button", { type: "button", class: "csv" }, this.texts.t("csv"));
    csv.addEventListener("click", () => save(`${this.table.id}.csv`, toCsv(shownTexts(this.table, this.nameOf))));
    panel.append(this.count, csv);
  }

  apply() {
    const wanted = searchable(this.search.value.trim());
    const rule = this.choices.get(this.choice?.value) ?? (() => true);
    let shown = 0;
    for (const row of this.rows) {
      const isShown = (wanted === "" || this.textOf(row).includes(wanted)) && rule(row);
      row.hidden = !isShown;
      shown += isShown ? 1 : 0;
    }
    this.count.replaceChildren(this.texts.t("shown", number(shown), number(this.rows.length)));
  }

  /** The text of a row for search, made once. */
  textOf(row) {
    this.found ??= new Map();
    if (!this.found.has(row)) this.found.set(row, searchable(this.searchedText(row)));
    return this.found.get(row);
  }
}
