// What both Node peers read first: the accounts, and the filters that ask for their open findings.

import { readFileSync } from "node:fs";

/** Names by account ID, from a CSV with the columns account_id and name. */
export function accountNames(path) {
  const [, ...lines] = readFileSync(path, "utf8").trim().split(/\r?\n/);
  return new Map(lines.map((line) => line.split(",")));
}

const equals = (values) => values.map((Value) => ({ Value, Comparison: "EQUALS" }));

export function filters(accounts) {
  return {
    AwsAccountId: equals(accounts),
    RecordState: equals(["ACTIVE"]),
    WorkflowStatus: equals(["NEW", "NOTIFIED"]),
  };
}

/** A sheet with the header, the widths and the frozen panes that all peers have. */
export function addSheet(book, columns) {
  const sheet = book.addWorksheet("Findings", { views: [{ state: "frozen", xSplit: 5, ySplit: 1 }] });
  sheet.columns = columns;
  sheet.getRow(1).font = { bold: true };
  return sheet;
}
