// What people do on the pages: sign in, look, log a decision, watch a recompute, read a verdict, download a table; with a
// mouse and with the keyboard alone, on a phone and on a desk, by day and by night, and without scripts.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { VIEWPORTS, check, start, token, url, visit } from "./browser.mjs";

const PAGES = [
  "/", "/?verdict=MOVED_UP", "/decision/d01-brand-live-reports", "/decision/d07-app-courier-map", "/decision/d12-welcome-call",
  "/log", "/segments", "/segments/members", "/slices?by=region&segment=members", "/record", "/runs", "/sign-in", "/no-page",
];

const browser = await start();
let passed = 0;
async function scenario(name, run) {
  try {
    await run();
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  }
  passed += 1;
  console.log(`passed: ${name}`);
}

for (const [width, viewport] of Object.entries(VIEWPORTS)) {
  for (const colorScheme of ["light", "dark"]) {
    await scenario(`no page has a barrier, ${width}, ${colorScheme}`, async () => {
      const page = await visit(browser, { viewport, colorScheme });
      for (const path of PAGES) {
        await page.goto(url + path);
        await page.evaluate(() => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
        await check(page, `${path}, ${width}, ${colorScheme}`);
      }
      await page.context().close();
    });
  }
}

await scenario("a link signs in and leaves the address", async () => {
  const page = await visit(browser);
  assert.equal(page.url(), `${url}/`);
  await page.goBack();
  assert.ok(!page.url().includes(token));
  const cookies = await page.context().cookies();
  const session = cookies.find(({ name }) => name === "needle_session");
  assert.ok(session.httpOnly && session.sameSite === "Lax");
  await page.goto(url);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${url}/sign-in`);
  await page.context().close();
});

await scenario("a decision is logged with the keyboard alone", async () => {
  const page = await visit(browser);
  const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const focused = () => page.evaluate(() => document.activeElement.name || document.activeElement.textContent.trim());
  const walkTo = async (name) => {
    for (let steps = 0; steps < 40 && (await focused()) !== name; steps += 1) await press("Tab");
    assert.equal(await focused(), name);
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", `${name} shows no focus`);
  };
  await page.goto(url);
  await press("Tab");
  assert.equal(await focused(), "Skip to the content");
  await walkTo("Log a decision");
  await press("Enter");
  await page.waitForURL(`${url}/log`);
  await walkTo("title");
  await page.keyboard.type("Refunds within a day");
  await walkTo("targetSegmentKey");
  await page.keyboard.type("Members");
  await walkTo("takesEffectOn");
  const day = new Date(Date.now() + 60 * 86_400_000);
  await page.keyboard.type(`${String(day.getMonth() + 1).padStart(2, "0")}${String(day.getDate()).padStart(2, "0")}${day.getFullYear()}`);
  await walkTo("expectedImpact");
  await page.keyboard.type("much");
  await press("Enter");
  await page.getByText("Expected a number of NPS points").waitFor();
  assert.equal(await page.getByLabel("What is decided").inputValue(), "Refunds within a day");
  await check(page, "a form with an error");
  await page.getByLabel("Impact", { exact: true }).fill("6");
  await page.getByText("Responses within the horizon").waitFor();
  await page.getByLabel("Impact", { exact: true }).press("Enter");
  await page.waitForURL(/decision\/.*logged=1/);
  await page.getByRole("heading", { name: "Refunds within a day" }).waitFor();
  await check(page, "a decision that was just logged");
  await page.context().close();
});

await scenario("somebody watches a recompute", async () => {
  const page = await visit(browser);
  await page.goto(`${url}/runs`);
  const before = await page.getByRole("row").count();
  await page.getByLabel("Rebuild everything").check();
  await page.getByRole("button", { name: "Recompute now" }).click();
  await page.getByRole("cell", { name: "manual, full rebuild" }).first().waitFor();
  await page.getByText("No run is in progress").waitFor();
  await page.reload();
  assert.ok((await page.getByRole("row").count()) >= Math.min(before, 25));
  await page.getByRole("row").nth(1).getByText("published").waitFor();
  await page.context().close();
});

await scenario("a verdict is read, and its weeks are downloaded", async () => {
  const page = await visit(browser, { viewport: VIEWPORTS.phone });
  await page.goto(`${url}/?verdict=MOVED_UP`);
  await page.getByRole("link", { name: "Live campaign reports for brands" }).last().click();
  await page.getByText("It raised the score of").waitFor();
  assert.equal(await page.getByRole("img", { name: /observed score against/ }).count(), 1);
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the weeks as CSV" }).click();
  const text = await readFile(await (await downloading).path(), "utf8");
  assert.match(text, /^\ufeffweek,observed,expected,expected_low,expected_high,responses\r\n\d{4}-\d\d-\d\d,-?\d/);
  await page.context().close();
});

await scenario("everything works without scripts", async () => {
  const page = await visit(browser, { javaScriptEnabled: false });
  await page.goto(`${url}/sign-in?next=/log`);
  await page.getByLabel("Your token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${url}/log`);
  await page.getByLabel("What is decided").fill("A smaller box");
  await page.getByLabel("First day of effect").fill(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10));
  await page.getByLabel("Impact", { exact: true }).fill("-2");
  await page.getByRole("button", { name: "Check detectability" }).click();
  await page.getByText("Responses within the horizon").waitFor();
  assert.equal(await page.getByLabel("What is decided").inputValue(), "A smaller box");
  await page.getByRole("button", { name: /^Log it as/ }).click();
  await page.waitForURL(/decision\/.*logged=1/);
  await page.context().close();
});

await browser.close();
console.log(`${passed} scenarios of the pages passed`);
