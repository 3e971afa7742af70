// What is often written in Node: a recursion that concatenates the pages, and a workbook in memory.
// Usage: node recursion.js ACCOUNTS.csv REPORT.xlsx; the endpoint and the credentials are those of the AWS_* variables.

import { GetFindingsCommand, SecurityHubClient } from "@aws-sdk/client-securityhub";
import ExcelJS from "exceljs";

import { columns, row } from "./columns.js";
import { accountNames, addSheet, filters } from "./input.js";

const [accountsFile, report] = process.argv.slice(2);
const names = accountNames(accountsFile);
const client = new SecurityHubClient({});
const Filters = filters([...names.keys()]);

async function allFindings(NextToken) {
  const page = await client.send(new GetFindingsCommand({ Filters, MaxResults: 100, NextToken }));
  const rest = page.NextToken ? await allFindings(page.NextToken) : [];
  return page.Findings.concat(rest);
}

const now = new Date();
const findings = await allFindings();
const book = new ExcelJS.Workbook();
const sheet = addSheet(book, columns);
for (const finding of findings) sheet.addRow(row(finding, names, now));
sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: sheet.rowCount, column: columns.length } };
await book.xlsx.writeFile(report, { zip: { compression: "DEFLATE", compressionOptions: { level: 6 } } });
console.log(`${findings.length} findings`);
