// The browser, and what every program here does with it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The address of the server, without a slash at its end. */
export const url = process.env.NEEDLE_URL;
/** The token of a leader. */
export const token = process.env.NEEDLE_TOKEN;

/** Widths in which pages are read. */
export const VIEWPORTS = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

/** Starts Chromium, which speaks to the server and to nobody else. */
export function start() {
  const executablePath = process.env.NEEDLE_CHROMIUM ?? "/usr/bin/chromium";
  const args = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ];
  return chromium.launch({ executablePath, args });
}

/** A page of somebody who is signed in by a link; it fails on errors of scripts and on requests to other servers. */
export async function visit(browser, options = {}) {
  const context = await browser.newContext({ viewport: VIEWPORTS.desktop, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(`a script failed: ${error}`));
  page.on("request", (request) => assert.ok(request.url().startsWith(url), `a request to ${request.url()}`));
  page.on("console", (message) => assert.ok(message.type() !== "error" || message.text().includes("status of 4"), message.text()));
  if (options.javaScriptEnabled !== false) {
    await page.goto(`${url}/sign-in#${token}`);
    await page.getByText(/This link signs you in as/).waitFor();
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${url}/`);
  }
  return page;
}

/** Fails on what axe finds, and on a page that is wider than its window. */
export async function check(page, what) {
  await page.evaluate(AXE);
  const found = await page.evaluate((rules) => axe.run(document, { runOnly: rules }), RULES);
  const told = found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id} at ${node.target}: ${node.failureSummary}`));
  assert.deepEqual(told, [], what);
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= window, `${what} is ${wide} wide in a window of ${window}`);
}
