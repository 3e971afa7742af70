// Drives the page about the organisation as a reader does. Times are printed and never asserted.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { interactive, lookForBarriers, open, pages, saved, time, urlOf } from "./driver.js";

const shownNames = (page) =>
  page.$$eval("#league-table tbody tr:not([hidden]) th a", (links) => links.map((link) => link.textContent));

test("filters and searches projects", async () => {
  const { page, trouble } = await open("full.en.html");
  assert.deepEqual(await shownNames(page), ["Alpha", "Beta two", "Gamma", "Delta"]);
  await page.type(".controls[data-for=league-table] input", "ＢＥＴＡ");
  assert.deepEqual(await shownNames(page), ["Beta two"]);
  assert.equal(await page.$eval("#league .controls output", (e) => e.textContent), "1 of 4 shown");
  await page.$eval(".controls[data-for=league-table] input", (input) => {
    input.value = "";
    input.dispatchEvent(new Event("input"));
  });
  await page.select("#league .controls select", "show_unranked");
  assert.deepEqual(await shownNames(page), ["Delta"]);
  await page.type(".controls[data-for=problems-table] input", "iam");
  assert.equal(await page.$$eval("#problems-table tbody tr:not([hidden])", (rows) => rows.length), 1);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("sorts by a column, and what is not known stays last", async () => {
  const { page, trouble } = await open("full.en.html");
  const head = "#league-table thead th:nth-child(3)";
  await page.focus(`${head} button`);
  await page.keyboard.press("Enter");
  assert.equal(await page.$eval(head, (th) => th.ariaSort), "descending");
  assert.deepEqual(await shownNames(page), ["Alpha", "Beta two", "Gamma", "Delta"]);
  await page.keyboard.press("Space");
  assert.equal(await page.$eval(head, (th) => th.ariaSort), "ascending");
  const points = await page.$$eval("#league-table tbody tr", (rows) => rows.map((row) => row.cells[2].textContent));
  assert.equal(points[0], "0.0");
  assert.equal(points.at(-1), "–");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("shows the details of a project and compares it with another one", async () => {
  const { page, trouble } = await open("full.en.html");
  await page.click("#p0 a");
  assert.equal(await page.$eval("#detail h2", (e) => e.textContent), "Alpha");
  assert.match(page.url(), /#p0$/);
  const facts = await page.$$eval("#detail .pane:first-child tbody tr", (rows) =>
    rows.map((row) => [...row.cells].map((cell) => cell.textContent)),
  );
  assert.deepEqual(facts[1], ["Rank", "3"]);
  assert.deepEqual(facts[2], ["Points", "12.5"]);
  await page.select("#detail .compare", "1");
  assert.deepEqual(await page.$$eval("#detail .pane h3", (heads) => heads.map((h) => h.textContent)), [
    "Alpha",
    "Beta two",
  ]);
  // week 2 had no run, week 6 was incomplete
  const weeks = await page.$$eval("#detail .pane:first-child details tbody tr", (rows) =>
    rows.map((row) => [...row.cells].slice(0, 3).map((cell) => cell.textContent)),
  );
  assert.deepEqual(weeks.at(-2), ["2026-09-14", "no run", "not known"]);
  assert.equal(weeks.at(-6)[1], "incomplete");
  await page.keyboard.press("Escape");
  assert.equal(await page.$eval("#detail", (dialog) => dialog.open), false);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Alpha", "the focus returns");
  assert.deepEqual(trouble, []);
  await page.close();
});

test("an address that names a project opens it, and one that names none does not", async () => {
  const { page, trouble } = await open("full.en.html");
  for (const [hash, isOpen] of [
    ["#p2", true],
    ["#p99", false],
    ["#problems", false],
  ]) {
    await page.goto("about:blank");
    await page.goto(urlOf("full.en.html") + hash);
    assert.equal(await page.$eval("#detail", (dialog) => dialog.open), isOpen, hash);
  }
  assert.deepEqual(trouble.filter((text) => !text.includes("about:blank")), []);
  await page.close();
});

test("switches language and theme", async () => {
  const { page, trouble } = await open("full.en.html");
  const english = await page.$eval("body", (body) => body.innerText);
  await page.click("#languages [lang=ja]");
  assert.equal(await page.$eval("html", (html) => html.lang), "ja");
  assert.match(await page.title(), /^AWS セキュリティ対応状況/);
  assert.equal(await page.$eval("#league-h", (e) => e.textContent), "プロジェクト別");
  const { page: japanese } = await open("full.ja.html");
  // times stay those of the readers for whom the page was made
  const texts = async (one) => (await one.$eval("main", (main) => main.innerText)).replace(/ \d\d:\d\d/g, "");
  assert.equal(await texts(page), await texts(japanese), "a page that was switched says what a page of the language says");
  await japanese.close();
  await page.click("#languages [lang=ko]");
  assert.match(await page.title(), /^조직의 AWS 보안 현황/);
  const offered = await page.$$eval("#languages button", (buttons) => buttons.map((button) => [button.lang, button.textContent]));
  assert.deepEqual(offered, [["en", "English"], ["ja", "日本語"]]);
  assert.equal(await page.evaluate(() => document.activeElement.lang), "en", "the keyboard stays at the buttons");
  await page.click("#languages [lang=en]");
  assert.equal(await page.$eval("body", (body) => body.innerText), english);
  const background = () => page.$eval("body", (body) => getComputedStyle(body).backgroundColor);
  const light = await background();
  await page.click("#theme");
  assert.notEqual(await background(), light);
  assert.equal(await page.$eval("#theme", (button) => button.ariaPressed), "true");
  await page.click("#theme");
  assert.equal(await background(), light);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("exports what is shown as CSV", async () => {
  const { page, trouble } = await open("full.en.html");
  await page.type(".controls[data-for=league-table] input", "a");
  await page.select("#league .controls select", "show_ranked");
  const lines = await saved(page, "#league .csv");
  assert.ok(lines[0].startsWith('\ufeff"Rank","Project","Points","Critical"'), lines[0]);
  assert.deepEqual(
    lines.slice(1).map((line) => line.split(",").slice(0, 3).join()),
    ['"3","Alpha","12.5"', '"1","Beta two","0.0"', '"1","Gamma","0.0"', ""],
  );
  assert.deepEqual(trouble, []);
  await page.close();
});

test("is complete without script", async () => {
  const { page, trouble } = await open("full.ja.html", { script: false });
  const html = await page.content();
  const { page: live } = await open("full.ja.html");
  const numbers = (one) => one.evaluate(() => document.getElementById("league-table").innerText.replace(/\s+/g, " "));
  await page.setJavaScriptEnabled(true);
  assert.equal(await numbers(page), await numbers(live));
  assert.ok(html.includes("<svg class=\"chart\"") && html.includes("hidden"));
  assert.deepEqual(trouble, []);
  await page.close();
  await live.close();
});

test("prints everything, also what is folded", async () => {
  const { page, trouble } = await open("full.en.html");
  await page.emulateMediaType("print");
  assert.equal(await page.$eval("#tools", (e) => getComputedStyle(e).display), "none");
  const pdf = await page.pdf({ path: join(pages, "full.pdf"), preferCSSPageSize: true });
  assert.ok(pdf.length > 10_000);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("texts of others neither run nor break the layout", async () => {
  for (const width of [375, 1280]) {
    const { page, trouble } = await open("hostile.en.html", { width });
    await page.click("#p1 a");
    assert.ok(await page.$eval("#detail", (dialog) => dialog.open));
    await page.keyboard.press("Escape");
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(widths[0] <= widths[1], `the page is wider than the screen: ${widths}`);
    assert.equal(await page.$$eval("img, iframe, body script:not([type]):not(:last-of-type)", (all) => all.length), 0);
    assert.deepEqual(trouble, []);
    await page.close();
  }
});

test("nothing that was not in the page may run", async () => {
  const { page } = await open("full.en.html");
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    const styled = new DOMParser().parseFromString("<p id=styled style='color: rgb(1, 2, 3)'>x</p>", "text/html");
    document.body.append(styled.getElementById("styled"));
    return [window.ran === true, getComputedStyle(document.getElementById("styled")).color === "rgb(1, 2, 3)"];
  });
  assert.deepEqual(ran, [false, false]);
  await page.close();
});

test("axe finds nothing serious in either language and theme", async () => {
  for (const name of ["full.en.html", "full.ja.html", "nothing.en.html"]) {
    for (const scheme of ["light", "dark"]) {
      await lookForBarriers(name, scheme);
      if (name.startsWith("nothing")) continue;
      await lookForBarriers(name, scheme, { prepare: (page) => page.click("#p0 a") });
    }
  }
});

test("opens faults: no project, a single week, thousands of projects", async () => {
  for (const name of ["nothing.en.html", "5x1.en.html", "3000x52.en.html"]) {
    const { page, trouble } = await open(name);
    assert.ok(await page.$("#unknown-h"));
    assert.deepEqual(trouble, [], name);
    await page.close();
  }
});

test("prints the size and the time until a large page can be used", async () => {
  for (const name of ["1000x52.en.html", "3000x52.en.html"]) {
    const { page, trouble } = await open(name);
    const ready = await interactive(page);
    const search = await time(() => page.type(".controls[data-for=league-table] input", "7"));
    const detail = await time(() => page.$eval("#league-table tbody tr:not([hidden]) a", (link) => link.click()));
    const size = statSync(join(pages, name)).size;
    console.log(`${name}: ${size} bytes, interactive ${ready} ms, search ${search} ms, detail ${detail} ms`);
    assert.deepEqual(trouble, []);
    await page.close();
  }
});
