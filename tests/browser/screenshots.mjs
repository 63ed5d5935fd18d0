// Makes the pictures of the README from a running demo: NEEDLE_URL, NEEDLE_TOKEN, and the folder to put them into.
import { start, url, visit } from "./browser.mjs";

const folder = process.argv[2] ?? ".";
const browser = await start();
const viewport = { width: 1200, height: 900 };
for (const [name, path, colorScheme, height] of [
  ["scoreboard", "/", "light", 1_420],
  ["decision", "/decision/d01-brand-live-reports", "dark", 1_330],
]) {
  const page = await visit(browser, { viewport: { ...viewport, height }, colorScheme });
  await page.goto(url + path);
  await page.screenshot({ path: `${folder}/${name}.png` });
  await page.context().close();
}
await browser.close();
