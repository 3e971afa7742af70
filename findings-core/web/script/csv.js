// CSV that no spreadsheet takes for formulas. The rule is that of core/csv_text/guard.rs.

/** Whether a cell that begins here would be a formula. */
function beginsFormula(part) {
  // eslint-disable-next-line no-control-regex -- a spreadsheet drops control characters
  return /^[=+\-@＝＋－＠]/.test(part.replace(/^["\s\u0000-\u001f\u007f-\u009f]+/, ""));
}

/** An apostrophe before each part that would be a formula, also where a spreadsheet splits the cell. */
function guardFormulas(text) {
  return text
    .split(/(?<=[;\t\n\r])/)
    .map((part) => (beginsFormula(part) ? `'${part}` : part))
    .join("");
}

/** Rows of texts as CSV, with the mark by which Excel knows UTF-8. */
function toCsv(rows) {
  const cell = (text) => `"${guardFormulas(text).replaceAll('"', '""')}"`;
  return `\ufeff${rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("")}`;
}

/** Saves a text as a file. */
function save(name, text, type = "text/csv") {
  const url = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
