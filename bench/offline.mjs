// What a browser keeps, measured in Chromium on the release build.
//
//   node bench/offline.mjs [--runs 5] [--cards 5000] [--pending 1000] [--missed 10000] [--save NAME]
//
// Figures are medians in milliseconds. A warm start is a page load without a server: from its beginning to the first cards,
// and to an application that takes changes. A flush is the time from the server's return, once the link is live, until the
// last of the waiting commands is confirmed. A page that was offline follows up from when the browser says that there is a
// network again, connecting included, until the last of the missed changes, which shows on its first card, is painted.
import { launched, options, repeated, report, serve } from "./site.mjs";

const runs = Number(options.runs ?? 5);
const cards = Number(options.cards ?? 5000);
const pending = Number(options.pending ?? 1000);
const missed = Number(options.missed ?? 10000);

/** Notes, from inside the page, when the first card is there and when the application is. */
function note() {
  const times = (window.times = {});
  const look = () => {
    if (!times.cards && document.querySelector(".card")) {
      // The browser paints what is there when this is called.
      requestAnimationFrame(() => (times.cards = performance.now()));
    }
    if (!times.usable && document.documentElement.dataset.hydrated === "true") times.usable = performance.now();
  };
  new MutationObserver(look).observe(document, { attributes: true, childList: true, subtree: true });
}

async function kept(page) {
  await page.locator("html[data-link=live]").waitFor({ state: "attached" });
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    const slug = location.pathname.split("/")[2];
    while (!(await (await caches.open("teamflow-marks")).match(`/ready/${slug}`))) {
      await new Promise((soon) => setTimeout(soon, 50));
    }
  });
  // The rows of the board come a moment after those of the page, and are written behind.
  await page.evaluate(async (cards) => {
    const asked = (request) => new Promise((done) => (request.onsuccess = () => done(request.result)));
    for (let kept = 0; kept < cards; await new Promise((soon) => setTimeout(soon, 200))) {
      const name = (await indexedDB.databases()).map((db) => db.name).find((name) => name.startsWith("teamflow-rows-"));
      const db = await asked(indexedDB.open(name));
      const chunks = await asked(db.transaction("chunks").objectStore("chunks").getAll());
      db.close();
      kept = chunks.reduce((sum, text) => sum + text.split('"status":').length - 1, 0);
    }
  }, cards);
}

/** Has somebody else rename cards, so many times, the first card of the board last. */
async function renamed(server, first, run) {
  const url = new URL(server.board).origin;
  const cookie = `${server.cookie.name}=${server.cookie.value}`;
  const workspace = await page.evaluate(
    () => JSON.parse(localStorage.getItem("teamflow_known")).workspaces[location.pathname.split("/")[2]],
  );
  const snapshot = async (cover) =>
    (await fetch(`${url}/sync/snapshot?workspace=${workspace}&cover=${cover}`, { headers: { cookie } })).json();
  const [[, project]] = (await snapshot("workspace")).rows.projects;
  const tasks = (await snapshot(`board:${project.id}`)).rows.tasks.map(([, task]) => task);
  const ids = [...tasks.filter((it) => it.number !== first), ...tasks.filter((it) => it.number === first)].map((task) => task.id);
  const replica = crypto.randomUUID();
  const command = (n) => {
    const id = ids[(ids.length - (missed % ids.length) + n) % ids.length];
    return { tasks: { edit: { id, patch: { title: `Renamed ${run}, ${n}` } } } };
  };
  for (let at = 0; at < missed; at += 64) {
    const numbers = [...Array(Math.min(64, missed - at))].map((_, n) => at + n);
    const commands = numbers.map((n) => ({ mid: n + 1, cid: crypto.randomUUID(), command: command(n) }));
    const answer = await fetch(`${url}/sync/push?workspace=${workspace}`, {
      method: "POST",
      headers: { cookie, origin: url, "content-type": "application/json" },
      body: JSON.stringify({ replica, commands }),
    });
    const text = await answer.text();
    if (!answer.ok || text.includes("refused")) throw new Error(text.slice(0, 400));
  }
  return command(missed - 1).tasks.edit.patch.title;
}

/** Whether a page that missed changes has them, and how long that took. */
async function followUp(server, run) {
  const first = await page.locator(".card").first().evaluate((card) => Number(card.id.match(/\d+$/)[0]));
  await context.setOffline(true);
  await page.locator("html:not([data-link=live])").waitFor({ state: "attached" });
  const title = await renamed(server, first, run);
  await page.evaluate((title) => {
    window.followed = new Promise((done) => {
      let online;
      addEventListener("online", () => (online = performance.now()), { once: true });
      new MutationObserver((_, observer) => {
        if (!document.querySelector(".card").textContent.includes(title)) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - online)));
      }).observe(document.body, { childList: true, characterData: true, subtree: true });
    });
  }, title);
  await context.setOffline(false);
  return { to_painted_ms: await page.evaluate(() => window.followed) };
}

const browser = await launched();
const server = await serve(cards);
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
await context.addCookies([server.cookie]);
await context.addInitScript(note);
const page = await context.newPage();
await page.goto(server.board);
await kept(page);
let run = 0;
const caughtUp = await repeated(runs, () => followUp(server, (run += 1)));
await server.kill();

const warm = await repeated(runs, async () => {
  await page.reload();
  await page.waitForFunction(() => window.times.cards && window.times.usable);
  const times = await page.evaluate(() => window.times);
  return { first_cards_ms: times.cards, usable_ms: times.usable };
});

const column = page.locator(".column").first();
await column.locator(".column__foot button").click();
const painted = await page.evaluate(async (count) => {
  const input = document.querySelector(".new-card__title");
  const painted = [];
  for (let n = 0; n < count; n += 1) {
    const began = performance.now();
    input.value = `Waiting ${n}`;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    await new Promise((frame) => requestAnimationFrame(() => setTimeout(frame)));
    painted.push(performance.now() - began);
  }
  return painted.sort((a, b) => a - b);
}, pending);
await page.waitForFunction((count) => document.querySelector(".link-state").textContent.includes(`${count} changes`), pending);
await page.evaluate(() => {
  const words = document.querySelector(".link-state");
  window.flushed = new Promise((done) => {
    let live;
    new MutationObserver(() => {
      if (document.documentElement.dataset.link === "live") live ??= performance.now();
      if (live && words.textContent.includes("all changes saved")) done(performance.now() - live);
    }).observe(document, { attributes: true, childList: true, characterData: true, subtree: true });
  });
});
await server.start();
const flush = await page.evaluate(() => window.flushed);

report({
  browser: browser.version(),
  cards,
  warm_start: warm,
  commands: {
    count: pending,
    to_painted_p50_ms: Math.round(painted[Math.floor(pending * 0.5)] * 10) / 10,
    to_painted_p99_ms: Math.round(painted[Math.floor(pending * 0.99)] * 10) / 10,
  },
  flush_ms: Math.round(flush),
  follow_up: { missed, ...caughtUp },
});
await browser.close();
await server.stop();
