// Drives the page of a project as a reader does. Times are printed and never asserted.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { interactive, lookForBarriers, open, pages, saved, time } from "./driver.js";

const SMALL = "project-small.en.html";

/** The rows that are shown: texts of their cells. */
const rows = (page) =>
  page.$$eval("#findings-table tbody tr", (all) =>
    all.map((row) => [...row.cells].map((cell) => (cell.querySelector("a") ?? cell).textContent.trim())),
  );
const told = (page) => page.$eval("#filters output", (output) => output.textContent);
const isOpen = (page) => page.$eval("#detail", (dialog) => dialog.open);

test("filters by severity, change, account and control, and searches", async () => {
  const { page, trouble } = await open(SMALL);
  assert.equal(await told(page), "64 of 64 shown");
  await page.click("#filters fieldset label:nth-of-type(2) input");
  assert.equal(await told(page), "20 of 64 shown");
  assert.deepEqual([...new Set((await rows(page)).map((row) => row[0]))], ["High"]);
  await page.select("#filter-change", "0");
  assert.ok((await rows(page)).every((row) => row[0] === "High" && row[1] === "New"));
  await page.select("#filter-change", "");
  const account = await page.$eval("#filter-account option:nth-child(2)", (option) => option.value);
  await page.select("#filter-account", account);
  const few = await rows(page);
  assert.ok(few.length > 0 && few.length < 20 && new Set(few.map((row) => row[6])).size === 1, few);
  await page.click("#filters button:not(.csv)");
  assert.equal(await told(page), "64 of 64 shown");
  // wide letters, another case, and words in any order
  await page.type("#filters input[type=search]", "ＢＵＣＫＥＴＳ s3.8 payments-dev");
  const found = await rows(page);
  assert.ok(found.length > 0 && found.every((row) => row[6].startsWith("payments-dev")), found);
  assert.ok(found.some((row) => row[4] === "S3 general purpose buckets should block public access"), found);
  await page.type("#filters input[type=search]", " nothing has this");
  assert.equal(await told(page), "0 of 64 shown");
  assert.equal(await page.$eval("#findings-scroll > p", (p) => p.hidden), false);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("numbers show their findings", async () => {
  const { page, trouble } = await open(SMALL);
  await page.click(".tile.critical a");
  assert.equal(await told(page), "20 of 64 shown");
  const link = '#controls-table a[data-show-control="0"]';
  const wanted = await page.$eval(link, (a) => a.textContent);
  await page.click(link);
  assert.equal(await told(page), `${wanted} of 64 shown`);
  const total = await page.$eval("#accounts-table a", (a) => a.textContent);
  await page.click("#accounts-table a");
  assert.equal(await told(page), `${total} of 64 shown`);
  await page.click(".tile:first-child a");
  assert.equal(await told(page), "64 of 64 shown");
  assert.match(page.url(), /#findings$/);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("sorts by a column in both directions", async () => {
  const { page, trouble } = await open(SMALL);
  const press = () => page.click('#findings-table th[data-sort="age_days"] button');
  const ages = async () => (await rows(page)).map((row) => Number(row[2]));
  await press();
  const oldest = await ages();
  assert.deepEqual(oldest, [...oldest].sort((a, b) => b - a));
  await press();
  assert.equal(await page.$eval('#findings-table th[data-sort="age_days"]', (th) => th.ariaSort), "ascending");
  assert.deepEqual(await ages(), [...oldest].reverse().sort((a, b) => a - b));
  await page.focus('#findings-table th[data-sort="title"] button');
  await page.keyboard.press("Enter");
  const titles = (await rows(page)).map((row) => row[4]);
  assert.deepEqual(titles, [...titles].sort(new Intl.Collator("en").compare));
  assert.deepEqual(trouble, []);
  await page.close();
});

/** The facts of the details that are open: pairs of label and value. */
const facts = (page) =>
  page.$$eval("#detail dt", (labels) =>
    labels.map((label) => [label.textContent, label.matches(".group") ? "" : label.nextElementSibling.textContent]),
  );

test("shows all of a finding, with guidance and links, and goes on to the next one", async () => {
  const { page, trouble } = await open(SMALL);
  await page.type("#filters input[type=search]", "s3.8");
  const first = await page.$eval("#findings-table tbody tr", (row) => row.id);
  await page.click(`#${first} a`);
  assert.ok(page.url().endsWith(`#${first}`));
  const title = "S3 general purpose buckets should block public access";
  assert.equal(await page.$eval("#detail h2", (h) => h.textContent), title);
  const known = new Map(await facts(page));
  assert.equal(known.get("What it means"), "Anybody on the internet may read the bucket.");
  assert.equal(known.get("Whom to ask"), "#cloud-platform");
  assert.equal(known.get("Control"), `S3.8\n${title}`);
  assert.match(known.get("Resource"), /^arn:aws:service:.*AwsS3Bucket.*Owner=team-a/s);
  assert.match(known.get("Description"), /^This control checks the resource number/);
  const links = await page.$$eval("#detail dd a", (all) => all.map((a) => [a.href, a.target, a.rel]));
  assert.deepEqual(links[0], [
    "https://docs.aws.amazon.com/console/securityhub/S3.8/remediation",
    "_blank",
    "noopener noreferrer",
  ]);
  // the console decodes the ID twice
  const id = known.get("Finding ID");
  const search = new URL(links[1][0]).hash;
  assert.ok(decodeURIComponent(decodeURIComponent(search)).endsWith(`:${id}`), search);
  await page.click("#detail .next");
  const second = await page.$eval("#findings-table tbody tr:nth-child(2)", (row) => row.id);
  assert.ok(page.url().endsWith(`#${second}`));
  assert.match(await page.$eval("#detail .steps", (steps) => steps.textContent), /2 of 10$/);
  await page.keyboard.press("Escape");
  assert.equal(await isOpen(page), false);
  // the page hears of the end of the dialog a moment later
  await page.waitForFunction(() => location.hash === "#findings");
  assert.equal(await page.evaluate(() => document.activeElement.closest("tr").id), first, "the focus returns");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("an address that names a finding opens it, and one that names none does not", async () => {
  for (const [hash, wanted] of [
    ["#f2", true],
    ["#f99999", false],
    ["#controls", false],
    ["#c0", false],
  ]) {
    const { page, trouble } = await open(SMALL, { hash });
    assert.equal(await isOpen(page), wanted, hash);
    assert.deepEqual(trouble, []);
    await page.close();
  }
});

test("draws further rows when somebody scrolls, on a screen and on a phone", async () => {
  for (const width of [1280, 375]) {
    const { page, trouble } = await open("project-5000.ja.html", { width });
    const count = () => page.$$eval("#findings-table tbody tr", (all) => all.length);
    const before = await count();
    assert.equal(before, 100);
    await page.$eval("#findings-scroll", (scroll) => {
      scroll.scrollIntoView();
      scroll.scrollTop = scroll.scrollHeight;
      scroll.querySelector(".more").scrollIntoView({ block: "end" });
    });
    await page.waitForFunction((few) => document.querySelectorAll("#findings-table tbody tr").length > few, {}, before);
    assert.ok((await count()) < 1_000, "and not all of them");
    assert.equal(await told(page), "5,000件中 5,000件を表示");
    assert.deepEqual(trouble, []);
    await page.close();
  }
});

test("switches the theme", async () => {
  const { page, trouble } = await open(SMALL);
  const background = () => page.$eval("body", (body) => getComputedStyle(body).backgroundColor);
  const light = await background();
  await page.click("#theme");
  assert.notEqual(await background(), light);
  await page.click("#theme");
  assert.equal(await background(), light);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("exports what is shown as CSV", async () => {
  const { page, trouble } = await open(SMALL);
  await page.type("#filters input[type=search]", "iam.4");
  const lines = await saved(page, "#filters .csv");
  assert.ok(lines[0].startsWith('\ufeff"Severity","Change","Age (days)","Account","Current due date","Title"'), lines[0]);
  assert.equal(lines.length - 2, Number((await told(page)).split(" ")[0]));
  assert.ok(lines.slice(1, -1).every((line) => line.includes("IAM.4")));
  assert.deepEqual(trouble, []);
  await page.close();
});

test("without script, the first findings and everything else are there", async () => {
  for (const name of ["project-5000.ja.html", "project-incomplete.ja.html"]) {
    const { page, trouble } = await open(name, { script: false });
    const html = await page.content();
    assert.ok(html.includes('id="filters" hidden'), "no filter that does nothing");
    assert.equal(html.includes("<noscript><p>"), name.includes("5000"));
    assert.ok((html.match(/<tr id="f\d+"/g) ?? []).length <= 100);
    for (const id of ["controls", "accounts", "resolved", "trend"]) assert.ok(html.includes(`id="${id}-table"`), id);
    assert.deepEqual(trouble, []);
    await page.close();
  }
});

test("prints every finding that is shown", async () => {
  const { page, trouble } = await open("project-5000.ja.html");
  await page.type("#filters input[type=search]", "iam.4");
  const wanted = Number((await told(page)).match(/中 ([\d,]+)件/)[1].replace(",", ""));
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.equal(await page.$$eval("#findings-table tbody tr", (all) => all.length), wanted);
  assert.equal(await page.$$eval("details:not([open])", (all) => all.length), 0);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  await page.emulateMediaType("print");
  assert.equal(await page.$eval("#filters", (e) => getComputedStyle(e).display), "none");
  const paper = await page.$eval("body", (body) => getComputedStyle(body).backgroundColor);
  assert.equal(paper, "rgb(255, 255, 255)", "paper is white, also where the screen is dark");
  const pdf = await page.pdf({ path: join(pages, "project.pdf"), preferCSSPageSize: true });
  assert.ok(pdf.length > 10_000);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a phone shows whole tables without scrolling to the side", async () => {
  const { page, trouble } = await open(SMALL, { width: 390 });
  for (const table of ["week", "findings", "accounts", "accepted", "resolved", "oldest"]) {
    const [needed, given] = await page.$eval(`#${table}-table`, (e) => [e.scrollWidth, e.parentElement.clientWidth]);
    assert.ok(needed <= given, `${table}: ${needed} of ${given}`);
  }
  const due = await page.$eval("#findings-table tbody tr .sub .day", (e) => e.textContent);
  assert.match(due, /^\d{4}-\d\d-\d\d$/);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("texts of others neither run nor break the layout", async () => {
  for (const name of ["project-hostile.en.html", SMALL, "project-incomplete.ja.html"]) {
    for (const width of [375, 800, 1280]) {
      const { page, trouble } = await open(name, { width });
      const fits = async () => {
        const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(widths[0] <= widths[1], `${name} is wider than the screen: ${widths}`);
      };
      await fits();
      await page.click("#f0 a");
      assert.ok(await isOpen(page));
      const inside = await page.$eval("#detail", (dialog) => dialog.scrollWidth <= dialog.clientWidth);
      assert.ok(inside, `the details of ${name} are wider than their dialog at ${width}`);
      await page.keyboard.press("Escape");
      await fits();
      assert.equal(await page.$$eval("img, iframe, body script:not([type]):not(:last-of-type)", (all) => all.length), 0);
      assert.deepEqual(trouble, []);
      await page.close();
    }
  }
});

test("nothing that was not in the page may run", async () => {
  const { page } = await open(SMALL);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    return window.ran === true;
  });
  assert.equal(ran, false);
  await page.close();
});

test("says nothing but texts of its language", async () => {
  for (const name of [SMALL, "project-incomplete.ja.html"]) {
    const { page } = await open(name);
    await page.click("#f0 a");
    const text = await page.$eval("body", (body) => body.innerText);
    assert.doesNotMatch(text, /\b(column|section|summary|about|finding|change|severity)_\w/, "a text has no name");
    await page.close();
  }
});

test("axe finds nothing serious in either language and theme", async () => {
  const detail = { prepare: (page) => page.click("#f0 a") };
  for (const scheme of ["light", "dark"]) {
    for (const name of [SMALL, "project-incomplete.ja.html"]) {
      await lookForBarriers(name, scheme);
      await lookForBarriers(name, scheme, detail);
      await lookForBarriers(name, scheme, { width: 375 });
    }
    for (const name of ["clean", "unverified", "empty"]) await lookForBarriers(`project-${name}.en.html`, scheme);
  }
});

test("opens without findings, with one, and with the first report", async () => {
  for (const name of ["empty", "clean", "unverified", "first", "1"]) {
    const { page, trouble } = await open(`project-${name}.en.html`);
    assert.ok(await page.$("#summary-h"));
    assert.equal(await page.$eval("#tools", (tools) => tools.hidden), false, "the script came to its end");
    assert.deepEqual(trouble, [], name);
    await page.close();
  }
});

test("prints the size and the time until a large page can be used", async () => {
  for (const name of ["project-5000.ja.html", "project-20000.ja.html"]) {
    const { page, trouble } = await open(name);
    const ready = await interactive(page);
    const input = "#filters input[type=search]";
    const set = (text) =>
      page.$eval(
        input,
        (search, value) => {
          const start = performance.now();
          search.value = value;
          search.dispatchEvent(new Event("input"));
          // reading a place makes the browser lay the page out
          document.getElementById("findings-table").getBoundingClientRect();
          return Math.round(performance.now() - start);
        },
        text,
      );
    const searches = [await set("s"), await set("sample-007"), await set("sample-007 rds")];
    const clear = await set("");
    const sort = await time(() => page.$eval('#findings-table th[data-sort="title"] button', (button) => button.click()));
    const detail = await time(() => page.$eval("#findings-table tbody a", (link) => link.click()));
    const size = statSync(join(pages, name)).size;
    console.log(
      `${name}: ${size} bytes, interactive ${ready} ms, search ${searches.join(", ")} ms, clear ${clear} ms, sort ${sort} ms, detail ${detail} ms`,
    );
    assert.ok(await isOpen(page));
    assert.deepEqual(trouble, []);
    await page.close();
  }
});
