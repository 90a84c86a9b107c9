// What a visitor of a board feels, measured in Chromium on the release build.
//
//   node bench/browser.mjs [--runs 5] [--sizes 100,1000,5000] [--save NAME]
//
// Each size gets a board imported into a fresh server. Figures are medians; times are milliseconds from the start of the
// navigation, in a browser context that has nothing in its cache. `cargo xtask build --dist` comes first, and
// `npm ci` in end2end.
import { launched, median, options, repeated, report, serve } from "./site.mjs";

// Chrome's own names and figures: DevTools' "Fast 4G" and its "4x slowdown".
const FAST_4G = { offline: false, downloadThroughput: 1_012_500, uploadThroughput: 168_750, latency: 165 };
const SLOW_CPU = 4;

const runs = Number(options.runs ?? 5);
const sizes = (options.sizes ?? "100,1000,5000").split(",").map(Number);


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

const browser = await launched();
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
report({ browser: browser.version(), runs, cards: figures });
await browser.close();
