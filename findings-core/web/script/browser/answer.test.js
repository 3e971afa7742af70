// Drives the page for answers as people do, against an S3 that checks signatures.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { forgetful, interactive, lookForBarriers, open, openUrl, saved, time } from "./driver.js";

let bucket;
let lines;
let links;

/** The next line that the bucket prints. */
const nextLine = async () => (await lines.next()).value;

before(async () => {
  bucket = spawn(process.env.ANSWER_BUCKET, { stdio: ["pipe", "pipe", "inherit"], cwd: "../../.." });
  lines = createInterface({ input: bucket.stdout })[Symbol.asyncIterator]();
  links = JSON.parse(await nextLine());
});
after(() => bucket?.stdin.end());

/** What was stored by a link, as a reader of returned reports takes it. */
async function taken(name) {
  bucket.stdin.write(`${name}\n`);
  return JSON.parse(await nextLine());
}

const told = (page) => page.$eval("#told", (output) => output.textContent.trim());
const receipt = (page, place = "#told") => page.$eval(`${place} .receipt`, (strong) => strong.textContent);
const wrong = (page) => page.$$eval(".wrong-text:not([hidden])", (all) => all.map((p) => p.textContent));

/** The card of the first issue without a decision. */
async function undecided(page) {
  const id = await page.$$eval(".issue", (cards) => cards.find((card) => card.querySelector("select").value === "").id);
  return `#${id}`;
}

async function waitFor(page, place, text) {
  const has = (at, wanted) => document.querySelector(at).textContent.includes(wanted);
  await page.waitForFunction(has, { timeout: 60_000 }, place, text).catch(async (error) => {
    const found = await page.$eval(place, (element) => element.textContent);
    throw new Error(`${place} says "${found}" in place of "${text}"`, { cause: error });
  });
}

test("decisions are ticked, checked, sent and received, and the reader of reports takes them", async () => {
  const context = await forgetful();
  const { page, trouble } = await openUrl(links["rows-en"], { context });
  assert.match(await told(page), /^Nothing is changed yet\.By this link until 20\d\d-\d\d-\d\d \d\d:\d\d\.$/);
  assert.equal(await page.$eval("#send", (button) => button.disabled), true);
  // who skips to the content and loads the page again can still send
  await page.$eval(".skip", (link) => link.click());
  await page.waitForFunction(() => location.hash.startsWith("#put="));
  await page.reload();
  assert.equal(await page.$eval("#nowhere", (section) => section.hidden), true);
  const card = await undecided(page);
  await page.select(`${card} select`, "accept_risk");
  assert.deepEqual(await wrong(page), ["a comment is missing: say why the finding may be left as it is"]);
  assert.equal(await told(page), "Decisions that are not sent yet: 1; to be corrected: 1");
  await page.click("#send");
  assert.equal(await told(page), "Nothing was sent. To be corrected first: 1, shown above.");
  assert.equal(await page.$$eval(".issue", (cards) => cards.length), 1, "what is to be corrected is shown");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "SELECT");
  await page.type(`${card} textarea`, "behind the company proxy\nuntil the summer");
  await page.type(`${card} .owner input`, "佐藤 <b>");
  assert.deepEqual(await wrong(page), []);
  assert.equal(await told(page), "Decisions that are not sent yet: 1");
  await page.click("#send");
  await waitFor(page, "#told", "Received: 1 decision.");
  const { project, entries, problems, receipt: number } = await taken("rows-en");
  assert.deepEqual([project, problems, entries.length], ["Payments & Billing", 0, 1]);
  const { entry } = entries[0];
  assert.deepEqual([entry.kind, entry.owner, entry.comment], ["accept_risk", "佐藤 <b>", "behind the company proxy\nuntil the summer"]);
  assert.equal(await receipt(page), number);
  assert.match(await told(page), /replaces what you sent by it before/);

  // a second sending has the first one in it
  await page.click("#filters button");
  const other = await undecided(page);
  await page.select(`${other} select`, "not_ours");
  await page.click("#send");
  await waitFor(page, "#told", "Received: 2 decisions.");
  const both = await taken("rows-en");
  assert.deepEqual(both.entries.map(({ entry: { kind } }) => kind).sort(), ["accept_risk", "not_ours"]);
  assert.notEqual(both.receipt, number);
  assert.equal(await receipt(page), both.receipt);

  // another link to the page finds the entries that were made in this browser
  const first = await openUrl(links["again-en"], { context });
  assert.match(await told(first.page), /^Entries that you made in this browser before are back: 2\./);
  await first.page.$$eval(".undo:not([hidden])", (all) => all.forEach((button) => button.click()));
  assert.equal(await told(first.page), "Nothing is changed yet.");
  await first.page.reload();
  assert.match(await told(first.page), /^Nothing is changed yet\./);
  assert.deepEqual([...trouble, ...first.trouble], []);
  await context.close();
});

/** A report that somebody filled in, as CSV with the mark and the key of an issue of the page. */
async function filledIn(page, name) {
  const { token, key } = await page.evaluate(() => {
    const data = JSON.parse(document.getElementById("data").textContent);
    return { token: data.token, key: data.strings[data.issues[0][0]] };
  });
  const path = join(mkdtempSync(join(tmpdir(), "findings-answer-")), name);
  writeFileSync(path, `Decision,Owner,Due date,Comment,Key ${token}\nFixed,,,,${key}\n`);
  return path;
}

test("a filled-in report is dropped and received, and other files are refused with words", async () => {
  const { page, trouble } = await openUrl(links["workbook-ja"], { context: await forgetful() });
  const path = await filledIn(page, "記入済み.csv");
  const input = await page.$("#chosen");
  for (const [name, words] of [
    ["report.xls", "report.xls は .xlsx、.ods、.csv、.json のいずれでもありません"],
    ["report.pdf", "report.pdf は"],
  ]) {
    const other = join(mkdtempSync(join(tmpdir(), "findings-answer-")), name);
    writeFileSync(other, "x");
    await input.uploadFile(other);
    await waitFor(page, "#file-told", words);
    assert.equal(await page.$eval("#send-file", (button) => button.hidden), true);
  }
  const large = join(mkdtempSync(join(tmpdir(), "findings-answer-")), "large.xlsx");
  writeFileSync(large, Buffer.alloc(32 * 2 ** 20 + 1));
  await input.uploadFile(large);
  await waitFor(page, "#file-told", "large.xlsx は 33 MiB あります。読み取れるのは 32 MiB までです。");
  // dropped, as from a folder
  const content = readFileSync(path, "utf8");
  await page.$eval(
    "#drop",
    (drop, text) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], "記入済み.csv"));
      drop.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    },
    content,
  );
  await waitFor(page, "#file-told", "記入済み.csv（1 KiB）");
  await page.click("#send-file");
  await waitFor(page, "#file-told", "ファイル 記入済み.csv を受信しました。");
  const stored = await taken("workbook-ja");
  assert.deepEqual(stored.entries.map(({ entry: { kind } }) => kind), ["fixed"]);
  assert.equal(await receipt(page, "#file-told"), stored.receipt);
  assert.equal(stored.receipt, createHash("sha256").update(content).digest("hex").slice(0, 8));
  assert.deepEqual(trouble, []);
  await page.close();
});

test("an expired link says what to do, in both languages, and the entries can be saved", async () => {
  for (const [name, words, saving] of [
    ["late-en", "the link has expired. Open the link in the mail again; your entries are kept", "Send the saved file to"],
    ["late-ja", "リンクの有効期限が切れています。メールのリンクをもう一度開いてください。", "へお送りください。"],
  ]) {
    const { page, trouble } = await openUrl(links[name], { context: await forgetful() });
    await new Promise((done) => setTimeout(done, 1500));
    await page.select(`${await undecided(page)} select`, "fixed");
    await page.click("#send");
    await waitFor(page, "#told", words);
    assert.match((await taken(name)).error, /./, "nothing was stored");
    const [file] = await saved(page, "#save");
    assert.deepEqual(JSON.parse(file).rows.map(({ decision }) => decision), ["fixed"]);
    assert.ok((await told(page)).includes(saving), await told(page));
    assert.deepEqual(trouble.filter((line) => !line.includes("403")), []);
    await page.close();
  }
});

test("an altered link stores nothing", async () => {
  const { page, trouble } = await openUrl(links["again-ja"].replace("answer-", "answer-0"), { context: await forgetful() });
  await page.select(`${await undecided(page)} select`, "fixed");
  await page.click("#send");
  await waitFor(page, "#told", "社内ネットワークに接続していません");
  assert.match((await taken("again-ja")).error, /./);
  assert.deepEqual(trouble.filter((line) => !line.includes("403")), []);
  await page.close();
});

test("a page that was opened from a disk sends nothing and saves a file", async () => {
  for (const hash of ["", "#put=https%3A//evil.example.com/"]) {
    const { page, trouble } = await open("answer-small.en.html", { hash, context: await forgetful() });
    assert.equal(await page.$eval("#send", (button) => button.hidden), true);
    assert.equal(await page.$eval("#file", (section) => section.hidden), true);
    assert.match(await page.$eval("#nowhere", (section) => section.textContent), /opened from a file.*Send the saved file to/s);
    await page.select(`${await undecided(page)} select`, "to_fix");
    const [file] = await saved(page, "#save");
    const { token, rows } = JSON.parse(file);
    assert.match(token, /^t1\./);
    assert.deepEqual(rows.map((row) => Object.keys(row)), [["key", "decision"]]);
    assert.deepEqual(trouble, []);
    await page.close();
  }
});

test("filters by severity, state and words", async () => {
  const { page, trouble } = await open("answer-small.en.html", { context: await forgetful() });
  const shown = () => page.$eval("#filters output", (output) => output.textContent);
  const all = Number((await shown()).split(" ")[0]);
  const count = async () => Number((await shown()).split(" ")[0]);
  await page.click("#filters fieldset label:nth-of-type(2) input");
  assert.ok((await count()) > 0 && (await count()) < all);
  await page.click("#filters fieldset label:nth-of-type(2) input");
  const states = {};
  for (const state of ["undecided", "decided", "changed", "problem", "accepted"]) {
    await page.select("#filters select", state);
    states[state] = await count();
  }
  assert.equal(states.undecided + states.decided, all);
  assert.deepEqual([states.changed, states.problem, states.accepted], [0, 0, 3]);
  await page.click("#filters button");
  await page.type("#filters input[type=search]", "no such words");
  assert.equal(await count(), 0);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("texts of others run nowhere and turn nothing", async () => {
  const { page, trouble } = await open("answer-hostile.en.html");
  assert.equal(await page.$$eval("img, iframe, object", (all) => all.length), 0);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("without script the page says what to do instead", async () => {
  const { page, trouble } = await open("answer-small.en.html", { script: false });
  const text = await page.evaluate(() => document.body.innerText).catch(() => "");
  assert.match(text || (await page.content()), /enter your decisions into the report itself/);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a large page is usable soon", async () => {
  const { page, trouble } = await open("answer-2000.en.html");
  const [first, search] = [await interactive(page), await time(() => page.type("#filters input[type=search]", "s3"))];
  console.log(`2,000 findings: interactive after ${first} ms, two letters of a search in ${search} ms`);
  await page.$eval("#filters input[type=search]", (input) => (input.value = ""));
  // what comes after the list stays where it is for somebody who scrolls to it
  const place = () => page.$eval("#file", (section) => section.offsetTop);
  const before = await place();
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await new Promise((done) => setTimeout(done, 500));
  assert.equal(await place(), before);
  assert.equal((await page.$$(".issue")).length, 40);
  await page.click(".more");
  assert.equal((await page.$$(".issue")).length, 80);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("nobody is kept out: axe, both themes, desktop and phone", async () => {
  for (const [name, scheme, width] of [
    ["answer-small.en.html", "light", 1280],
    ["answer-small.ja.html", "dark", 1280],
    ["answer-small.ja.html", "light", 375],
    ["answer-incomplete.ja.html", "dark", 375],
    ["answer-clean.en.html", "light", 375],
  ]) {
    const prepare = async (page) => {
      if ((await page.$(".issue")) === null) return;
      await page.select(`${await undecided(page)} select`, "accept_risk");
    };
    await lookForBarriers(name, scheme, { width, prepare });
  }
});

test("nothing is cut off on a phone", async () => {
  for (const name of ["answer-small.ja.html", "answer-hostile.en.html"]) {
    const { page } = await open(name, { width: 375 });
    const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= screen, `${name}: ${content} of ${screen}`);
    await page.close();
  }
});
