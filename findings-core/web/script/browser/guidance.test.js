// Drives the site of the guidance as a reader does, from a disk. Times are printed and never asserted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { interactive, lookForBarriers, open, time } from "./driver.js";

const INDEX = "guidance/index.html";
const CONTROL = "guidance/EC2.19.html";

/** The controls that are shown. */
const shown = (page) => page.$$eval("#controls li:not([hidden]) > a", (links) => links.map((link) => link.textContent));
const visible = (page, selector) => page.$$eval(selector, (all) => all.filter((one) => one.offsetParent !== null).map((one) => one.lang));
/** Opening another page of the site is no trouble. */
const real = (trouble) => trouble.filter((line) => !/^request: file:.*\/guidance\/[\w.-]+\.html/.test(line));

test("searches all texts of all languages without a server", async () => {
  const { page, trouble } = await open(INDEX, { hash: "#en" });
  assert.equal((await shown(page)).length, 25);
  console.log(`guidance: usable after ${await interactive(page)} ms`);
  await page.keyboard.press("/");
  const took = await time(() => page.keyboard.type("ＭＥＴＡＤＡＴＡ imdsv1"));
  assert.deepEqual(await shown(page), ["EC2.8"]);
  console.log(`guidance: 16 letters searched in ${took} ms`);
  assert.equal(await page.$eval("#told", (told) => told.textContent), "1 of 25 controls");
  await page.$eval("#words", (input) => (input.value = ""));
  await page.type("#words", "ルートユーザー");
  assert.ok((await shown(page)).includes("IAM.6"), "words of the other language");
  await page.type("#words", " nothing-has-this");
  assert.deepEqual(await shown(page), []);
  assert.equal(await page.$eval("#nothing", (nothing) => nothing.hidden), false);
  assert.deepEqual(real(trouble), []);
  await page.close();
});

test("is used by keyboard, and keeps the language from page to page", async () => {
  const { page, trouble } = await open(INDEX, { hash: "#ja" });
  assert.equal(await page.$eval("html", (html) => html.lang), "ja");
  await page.keyboard.press("/");
  await page.keyboard.type("s3.8");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "S3.8");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.match(page.url(), /S3\.8\.html#ja$/);
  assert.deepEqual(await visible(page, "article"), ["ja"]);
  await page.click("#languages [lang=en]");
  assert.deepEqual(await visible(page, "article"), ["en"]);
  assert.equal(await page.$eval("html", (html) => html.lang), "en");
  await Promise.all([page.waitForNavigation(), page.click("header nav a")]);
  assert.match(page.url(), /index\.html#en$/);
  assert.deepEqual(real(trouble), []);
  await page.close();
});

test("shows the language of the link, and both without the script", async () => {
  const { page, trouble } = await open(CONTROL, { hash: "#en-fix" });
  assert.deepEqual(await visible(page, "article"), ["en"]);
  assert.ok((await page.$eval("#en-fix", (heading) => heading.getBoundingClientRect().top)) < 400);
  assert.deepEqual(real(trouble), []);
  await page.close();
  const bare = await open(CONTROL, { script: false });
  assert.deepEqual(await visible(bare.page, "article"), ["en", "ja"]);
  assert.deepEqual(real(bare.trouble), []);
  await bare.page.close();
});

test("texts of people are never markup", async () => {
  for (const name of ["guidance-hostile/index.html", "guidance-hostile/S3.8.html"]) {
    const { page, trouble } = await open(name, { width: 400 });
    assert.deepEqual(trouble, [], name);
    assert.equal(await page.$$eval("img, iframe, a[href^=javascript]", (all) => all.length), 0);
    const { wide, width } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, width: innerWidth }));
    assert.ok(wide <= width, `${name} is ${wide} px wide`);
    await page.close();
  }
});

test("has no barriers, in light and dark, on a desk and on a phone", async () => {
  for (const name of [INDEX, CONTROL, "guidance/Config.1.html"]) {
    for (const scheme of ["light", "dark"]) {
      await lookForBarriers(name, scheme);
      await lookForBarriers(name, scheme, { width: 390 });
    }
  }
});
