// inspect.js CHROMIUM PAGE FOLDER: looks at a page of the file system in Chromium
// and prints what it saw as JSON; screenshots go to the folder. Run where
// package.json's modules are.
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";
import {readFileSync} from "node:fs";

const [executablePath, page_path, folder] = process.argv.slice(2);
const require = createRequire(`${process.cwd()}/`);
const {chromium} = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf-8");

const VIEWS = [
  {name: "light", width: 1200, height: 900, colorScheme: "light"},
  {name: "dark", width: 1200, height: 900, colorScheme: "dark"},
  {name: "phone", width: 360, height: 740, colorScheme: "light"},
  {name: "phone-dark", width: 360, height: 740, colorScheme: "dark"},
];

// In the page: the cells of a table as {column: value}.
const read_table = (selector) => [...document.querySelectorAll(`${selector} tbody tr`)].map((row) =>
  Object.fromEntries([...row.children].map((cell) => [cell.dataset.column, {value: cell.dataset.value, shown: cell.textContent}])));

async function sort_by_keyboard(page) {
  const button = page.locator("#figures-table th button", {hasText: "GiB/s"}).first();
  const throughputs = () => page.evaluate(() =>
    [...document.querySelectorAll("#figures-table td[data-column=throughput]")].map((cell) => Number(cell.dataset.value)));
  await button.focus();
  await page.keyboard.press("Enter");
  const rising = await throughputs();
  await page.keyboard.press("Enter");
  return {rising, falling: await throughputs(),
    said: await page.locator("#figures-table th[aria-sort]").first().getAttribute("aria-sort")};
}

async function look(browser, view, seen) {
  const context = await browser.newContext({viewport: {width: view.width, height: view.height}, colorScheme: view.colorScheme});
  const page = await context.newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) seen.console.push(message.text()); });
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("request", (request) => { if (!/^(data|blob):/.test(request.url())) seen.requests.push(request.url()); });
  await page.goto(pathToFileURL(page_path).href);
  await page.screenshot({path: `${folder}/${view.name}.png`, fullPage: true});
  await page.addScriptTag({content: axe});
  const found = await page.evaluate(() => window.axe.run());
  seen.axe[view.name] = found.violations.map((one) => ({id: one.id, impact: one.impact, nodes: one.nodes.map((node) => node.html.slice(0, 200))}));
  seen.passes[view.name] = found.passes.length;
  seen.overflow[view.name] = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (view.name === "light") {
    seen.figures = await page.evaluate(read_table, "#figures-table");
    seen.summary = await page.evaluate(read_table, "#summary-table");
    seen.skipped = await page.evaluate(read_table, "#skipped-table");
    seen.sentences = await page.locator("#summary-text li").allTextContents();
    seen.environment = await page.locator("#environment-list").textContent();
    seen.charts = await page.locator(".chart > svg[aria-label]").count();
    seen.drawings = await page.locator("main svg.path").evaluateAll((all) => all.map((one) => one.querySelector("title").textContent));
    // Drawings whose list of calls is wider than its box.
    seen.squeezed = await page.locator("main svg.path").evaluateAll((all) => all.filter((one) => {
      const gate = one.querySelector(".p-gate").getBBox();
      return [...one.querySelectorAll("text")].map((text) => text.getBBox()).some((text) =>
        text.y > gate.y && text.y + text.height < gate.y + gate.height + 2 && text.x > gate.x - 20 &&
        text.x + text.width < gate.x + gate.width + 20 && (text.x < gate.x + 3 || text.x + text.width > gate.x + gate.width - 3));
    }).map((one) => one.querySelector("title").textContent));
    seen.kept = await page.evaluate(async () => {
      const link = document.getElementById("download");
      return link.href.startsWith("blob:") ? (await fetch(link.href)).text() : null;
    });
    seen.conditions = await page.locator("#conditions option").allTextContents();
    seen.sorted = await sort_by_keyboard(page);
    await page.locator("#conditions").selectOption({index: 0});
    seen.other_summary = await page.evaluate(read_table, "#summary-table");
  }
  await context.close();
}

const browser = await chromium.launch({executablePath, args: [
  "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"]});
const seen = {console: [], requests: [], axe: {}, passes: {}, overflow: {}};
try {
  for (const view of VIEWS) await look(browser, view, seen);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
