// What a visitor of a board feels, measured in Chromium on the release build.
//
//   node bench/browser.mjs [--runs 5] [--sizes 100,1000,5000] [--save NAME]
//
// Each size gets a board imported into a fresh server. Figures are medians; times are milliseconds from the start of the
// navigation, in a browser context that has nothing in its cache. `cargo xtask build --release` comes first, and
// `npm ci` in end2end.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const { chromium } = createRequire(join(ROOT, "end2end/package.json"))("@playwright/test");
const BINARY = join(ROOT, "target/release/teamflow");
const SITE = join(ROOT, "target/site-release");
// Chrome's own names and figures: DevTools' "Fast 4G" and its "4x slowdown".
const FAST_4G = { offline: false, downloadThroughput: 1_012_500, uploadThroughput: 168_750, latency: 165 };
const SLOW_CPU = 4;

const options = Object.fromEntries(
  process.argv.slice(2).join(" ").split("--").filter(Boolean).map((o) => o.trim().split(" ")),
);
const runs = Number(options.runs ?? 5);
const sizes = (options.sizes ?? "100,1000,5000").split(",").map(Number);

const median = (figures) => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];

function freePort() {
  return new Promise((found) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

/** Cards as a team has them: titles of several lengths, labels, people, due dates, checklists. */
function trello(cards) {
  const id = (kind, n) => `5f000000${kind.toString(16).padStart(8, "0")}${n.toString(16).padStart(8, "0")}`;
  const lists = [...Array(6)].map((_, n) => ({ id: id(1, n), name: `List ${n}`, closed: false, pos: n * 1024 }));
  const labels = ["green", "red", "blue", "orange"].map((color, n) => ({ id: id(3, n), name: `label ${color}`, color }));
  const members = ["ada", "grace", "alan"].map((name, n) => ({ id: id(4, n), fullName: name, username: name }));
  const words = "Draw the outline of a column once and keep it while its cards change below the fold".split(" ");
  return {
    id: id(0, 0),
    name: "Load",
    lists,
    labels,
    members,
    checklists: [],
    actions: [],
    cards: [...Array(cards)].map((_, n) => ({
      id: id(2, n),
      idShort: n + 1,
      idList: id(1, n % 6),
      pos: n * 1024,
      closed: false,
      name: `${words.slice(0, 4 + (n % 12)).join(" ")} ${n}`,
      desc: "A description of the usual length, with **Markdown** in it.",
      due: n % 3 === 0 ? "2027-03-01T12:00:00.000Z" : null,
      dueComplete: false,
      idLabels: n % 2 ? [id(3, n % 4)] : [],
      idMembers: n % 3 ? [id(4, n % 3)] : [],
      idChecklists: [],
      attachments: [],
    })),
  };
}

async function serve(cards) {
  const data = mkdtempSync(join(tmpdir(), "teamflow-bench-"));
  const port = await freePort();
  const env = {
    ...process.env,
    TEAMFLOW_LISTEN: `127.0.0.1:${port}`,
    TEAMFLOW_DATA_DIR: data,
    TEAMFLOW_SITE_DIR: SITE,
    TEAMFLOW_LOG: "warn",
  };
  const child = spawn(BINARY, ["serve"], { env, stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/ready`).then((r) => r.ok, () => false)));
  const account = { name: "Bench", email: "bench@example.org", password: "correct horse battery", workspace: "Bench" };
  const setUp = await fetch(`${url}/sf/set-up`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: url, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(account),
  });
  const cookie = setUp.headers.getSetCookie()[0].split(";")[0];
  const file = join(data, "board.json");
  writeFileSync(file, JSON.stringify(trello(cards)));
  execFileSync(BINARY, ["import", "trello", file, "--workspace", "bench"], { env, stdio: "ignore" });
  const home = await (await fetch(`${url}/w/bench`, { headers: { cookie } })).text();
  const board = url + home.match(/href="(\/w\/bench\/[^"]+\/board)"/)[1];
  const stop = async () => {
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  const [name, value] = cookie.split("=");
  return { board, cookie: { name, value, url }, stop };
}

/** Notes when the application took the page over, from inside the page. */
function noteUsable() {
  new MutationObserver((_, observer) => {
    if (document.documentElement.dataset.hydrated === "true") {
      window.usableAt = performance.now();
      observer.disconnect();
    }
  }).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-hydrated"] });
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.longTasks.push([entry.startTime, entry.duration]);
  }).observe({ type: "longtask", buffered: true });
}

async function visit(browser, server, throttled, measure = async () => ({})) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies([server.cookie]);
  const page = await context.newPage();
  await page.addInitScript(noteUsable);
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  let bytes = 0;
  devtools.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  if (throttled) {
    await devtools.send("Network.emulateNetworkConditions", FAST_4G);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOW_CPU });
  }
  await page.goto(server.board, { waitUntil: "commit" });
  await page.waitForFunction(() => window.usableAt, undefined, { timeout: 120_000 });
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length);
  const figures = await page.evaluate(() => ({
    first_paint_ms: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    usable_ms: window.usableAt,
  }));
  await page.waitForLoadState("networkidle");
  figures.wire_kb = bytes / 1000;
  Object.assign(figures, await measure(page, devtools));
  await context.close();
  return figures;
}

/** Scripts' heap, and the WASM's memory beside it. */
async function heap(page, devtools) {
  await page.locator("html[data-link=live]").waitFor({ state: "attached" });
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize } = await devtools.send("Runtime.getHeapUsage");
  const { result } = await devtools.send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
  const { objects } = await devtools.send("Runtime.queryObjects", { prototypeObjectId: result.objectId });
  const { result: sum } = await devtools.send("Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: "function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0) }",
    returnByValue: true,
  });
  return {
    heap_mb: (usedSize + sum.value) / 1e6,
    wasm_memory_mb: sum.value / 1e6,
    script_heap_mb: usedSize / 1e6,
    backing_mb: (backingStorageSize ?? 0) / 1e6,
  };
}

/** Drags cards from the first column to the third: from letting go to the frame after, and to the server's answer. */
async function drags(page) {
  await page.locator("html[data-link=live]").waitFor({ state: "attached" });
  const changed = [];
  const painted = [];
  const confirmed = [];
  let longest = 0;
  for (let n = 0; n < 5; n += 1) {
    const card = page.locator(".column").nth(0).locator(".card").first();
    const key = await card.locator(".card__key").innerText();
    const start = await card.boundingBox();
    const target = await page.locator(".column").nth(2).boundingBox();
    await page.evaluate((key) => {
      window.longTasks.length = 0;
      window.drop = new Promise((done) => {
        addEventListener("pointerup", () => {
          const began = performance.now();
          const times = {};
          const look = () => {
            const column = document.querySelectorAll(".column")[2];
            const card = [...column.querySelectorAll(".card")].find(
              (card) => card.querySelector(".card__key").textContent === key,
            );
            if (!card) return;
            const now = performance.now() - began;
            if (times.changed === undefined) {
              times.changed = now;
              // The browser paints what is there when this is called.
              requestAnimationFrame(() => {
                times.painted = performance.now() - began;
                if (times.confirmed !== undefined) done(times);
              });
            }
            if (!card.querySelector(".card__unsent")) {
              observer.disconnect();
              times.confirmed = now;
              if (times.painted !== undefined) done(times);
            }
          };
          const observer = new MutationObserver(look);
          observer.observe(document.body, { childList: true, subtree: true });
        }, { capture: true, once: true });
      });
    }, key);
    await page.mouse.move(start.x + 40, start.y + 20);
    await page.mouse.down();
    await page.mouse.move(start.x + 60, start.y + 30, { steps: 5 });
    await page.mouse.move(target.x + target.width / 2, target.y + 150, { steps: 30 });
    await page.mouse.up();
    const times = await page.evaluate(() => window.drop);
    changed.push(times.changed);
    painted.push(times.painted);
    confirmed.push(times.confirmed);
    const tasks = await page.evaluate(() => window.longTasks.map(([, duration]) => duration));
    longest = Math.max(longest, ...tasks);
  }
  return {
    drop_to_changed_ms: median(changed),
    drop_to_painted_ms: median(painted),
    drop_to_confirmed_ms: median(confirmed),
    longest_task_while_dragging_ms: longest,
  };
}

async function repeated(count, work) {
  const all = [];
  for (let n = 0; n < count; n += 1) all.push(await work());
  const names = Object.keys(all[0]);
  return Object.fromEntries(names.map((name) => [name, Math.round(median(all.map((run) => run[name])) * 10) / 10]));
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
});
const figures = {};
for (const cards of sizes) {
  const server = await serve(cards);
  // The first visit of all warms the server, which people's first visits find warm too.
  await visit(browser, server, false);
  figures[cards] = {
    unthrottled: await repeated(runs, () => visit(browser, server, false)),
    slow_cpu_fast_4g: await repeated(Math.min(runs, 3), () => visit(browser, server, true)),
    heap: await repeated(1, () => visit(browser, server, false, heap)),
    drag: await repeated(1, () => visit(browser, server, false, drags)),
  };
  for (const part of ["heap", "drag"]) {
    for (const known of ["first_paint_ms", "usable_ms", "wire_kb"]) delete figures[cards][part][known];
  }
  await server.stop();
}
const report = JSON.stringify({ browser: browser.version(), runs, cards: figures }, undefined, 2);
await browser.close();
console.log(report);
if (options.save) writeFileSync(join(ROOT, `bench/baselines/${options.save}.json`), `${report}\n`);
