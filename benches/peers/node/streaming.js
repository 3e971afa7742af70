// The careful way in Node: the SDK's paginator, and exceljs' streaming writer. Rows are written as the findings come.
// Usage: node streaming.js ACCOUNTS.csv REPORT.xlsx; the endpoint and the credentials are those of the AWS_* variables.

import { SecurityHubClient, paginateGetFindings } from "@aws-sdk/client-securityhub";
import ExcelJS from "exceljs";

import { columns, row } from "./columns.js";
import { accountNames, addSheet, filters } from "./input.js";

const [accountsFile, report] = process.argv.slice(2);
const names = accountNames(accountsFile);
const pages = paginateGetFindings(
  { client: new SecurityHubClient({}), pageSize: 100 },
  { Filters: filters([...names.keys()]) },
);

const now = new Date();
// dates need styles; shared strings would be kept in memory
const book = new ExcelJS.stream.xlsx.WorkbookWriter({
  filename: report,
  useStyles: true,
  useSharedStrings: false,
  zip: { zlib: { level: 6 } },
});
const sheet = addSheet(book, columns);
sheet.getRow(1).commit();
let count = 0;
for await (const page of pages) {
  for (const finding of page.Findings) sheet.addRow(row(finding, names, now)).commit();
  count += page.Findings.length;
}
sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: count + 1, column: columns.length } };
sheet.commit();
await book.commit();
console.log(`${count} findings`);
