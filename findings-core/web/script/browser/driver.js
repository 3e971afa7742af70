// Opens pages of the directory PAGES, and collects whatever they ask for or complain about.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { pathToFileURL } from "node:url";
import { launch } from "./launch.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const pages = process.env.PAGES;
let browser;

before(async () => {
  browser = await launch();
});
after(() => browser?.close());

export const urlOf = (name) => pathToFileURL(join(pages, name)).href;

/** What the browser itself makes: files to be saved, and the picture in a field for dates. */
const isOwn = (url) => url.startsWith("blob:") || url.startsWith("data:image/svg+xml;");

/** A browser that remembers nothing of what was opened before. */
export const forgetful = () => browser.createBrowserContext();

/** Opens a page of the directory; whatever it asks for or complains about is collected. */
export function open(name, { hash = "", ...options } = {}) {
  return openUrl(urlOf(name) + hash, options);
}

/** Opens a page by its URL. One that came over HTTP may send something to the host that it came from, and nowhere else. */
export async function openUrl(address, { script = true, width = 1280, context = browser } = {}) {
  const page = await context.newPage();
  const trouble = [];
  const allowed = address.split("#")[0];
  const isUpload = (request) => request.method() === "PUT" && new URL(request.url()).origin === new URL(address).origin;
  page.on("request", (request) => {
    const url = request.url();
    if (url.split("#")[0] !== allowed && !isOwn(url) && !isUpload(request)) trouble.push(`request: ${url}`);
  });
  page.on("console", (message) => trouble.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => trouble.push(`error: ${error}`));
  page.on("dialog", (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.setViewport({ width, height: 900 });
  await page.setJavaScriptEnabled(script);
  await page.goto(address);
  return { page, trouble };
}

/** The lines of the CSV file that a click saves. */
export async function saved(page, selector) {
  const directory = mkdtempSync(join(tmpdir(), "findings-csv-"));
  const session = await page.createCDPSession();
  await session.send("Browser.setDownloadBehavior", {
    behavior: "allow",
    browserContextId: page.browserContext().id,
    downloadPath: directory,
    eventsEnabled: true,
  });
  const done = new Promise((resolve) => {
    session.on("Browser.downloadProgress", (event) => event.state === "completed" && resolve());
  });
  await page.click(selector);
  await done;
  const [file] = readdirSync(directory);
  return readFileSync(join(directory, file), "utf8").split("\r\n");
}

/** Lets axe look at a page in a colour scheme, after something was done to it. */
export async function lookForBarriers(name, scheme, { width, prepare = async () => {} } = {}) {
  const { page, trouble } = await open(name, { width });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.$$eval("details", (all) => all.forEach((details) => (details.open = true)));
  await prepare(page);
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const told = grave.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map((node) => node.html.slice(0, 160))}`);
  assert.deepEqual(told, [], `${name} ${scheme}`);
  assert.deepEqual(trouble, []);
  await page.close();
}

/** How long something takes, in milliseconds. */
export async function time(work) {
  const start = performance.now();
  await work();
  return Math.round(performance.now() - start);
}

/** When a page could be used, in milliseconds after its opening. */
export const interactive = (page) =>
  page.evaluate(() => Math.round(performance.getEntriesByName("interactive")[0].startTime));
