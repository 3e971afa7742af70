// A browser: the installed one, or the one of the package @sparticuz/chromium.

import { existsSync } from "node:fs";
import puppeteer from "puppeteer-core";

const INSTALLED = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

async function packaged() {
  // in this setting the package also unpacks the libraries that a slim machine lacks
  process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs22.x";
  const { default: chromium } = await import("@sparticuz/chromium");
  return chromium.executablePath();
}

/** Starts a browser. FINDINGS_BROWSER names one, or is "packaged". */
export async function launch() {
  const wanted = process.env.FINDINGS_BROWSER ?? INSTALLED.find((path) => existsSync(path)) ?? "packaged";
  const executablePath = wanted === "packaged" ? await packaged() : wanted;
  const browser = await puppeteer.launch({
    executablePath,
    headless: "shell",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      "--no-zygote",
    ],
  });
  console.log(`${await browser.version()} at ${executablePath}`);
  return browser;
}
