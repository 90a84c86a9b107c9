// Pages that die, freeze, or are put aside in the midst of work; browsers that keep nothing; a newer build.
import { type BrowserContext, type Page, type Server, cards, demo, expect, hydrated, live, test } from "./server";
import { addCard, all, crash, kept, quickCard, saved, secondBrowser } from "./board";
import { halfOpening, proxied } from "./proxies";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const card = (page: Page, title: string) => cards(page, 0).filter({ hasText: title });

/** The titles of all tasks of the board, as the server has them. */
const titles = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const known = JSON.parse(localStorage.getItem("teamflow_known")!);
    const workspace = known.workspaces[location.pathname.split("/")[2]];
    const snapshot = async (cover: string) => (await fetch(`/sync/snapshot?workspace=${workspace}&cover=${cover}`)).json();
    const rows = (await snapshot("workspace")).rows.projects;
    const boards = await Promise.all(rows.map(([, row]: [number, { id: string }]) => snapshot(`board:${row.id}`)));
    return boards.flatMap((board) => (board.rows.tasks ?? []).map(([, row]: [number, { title: string }]) => row.title));
  });

for (const [name, isAway] of [["with", false], ["without", true]] as const) {
  test(`a page killed in the midst of edits ${name} a server loses nothing saved, and repeats nothing`, async ({ browserOf, server }) => {
    const context = await browserOf();
    const page = await demo(context);
    await kept(page);
    if (isAway) await server.kill();
    await addCard(page, "Saved 0");
    for (let n = 1; n < 8; n++) await quickCard(page, `Saved ${n}`);
    await expect(card(page, "Saved 7")).toHaveCount(1);
    await saved(page);
    await quickCard(page, "Perhaps");
    await crash(page);
    const again = await context.newPage();
    await again.goto(page.url());
    if (isAway) {
      await expect(all(again)).toContainText(/[89] changes waiting/);
      await server.start();
    }
    await live(again);
    await expect(all(again)).toContainText("all changes saved");
    const there = await titles(again);
    const times = (title: string) => there.filter((it) => it === title).length;
    for (let n = 0; n < 8; n++) expect(times(`Saved ${n}`), `Saved ${n}`).toBe(1);
    expect(times("Perhaps"), "at most once").toBeLessThanOrEqual(1);
    const other = await secondBrowser(again, browserOf);
    await other.goto(again.url());
    await live(other);
    expect(await cards(other, 0).allInnerTexts()).toEqual(await cards(again, 0).allInnerTexts());
  });
}

/**
 * Stops everything that a page does, as browsers do with pages in the background; answers how to let it go on. By the
 * debugger: where there is no screen, Chromium takes a page's lifecycle state to be frozen and lets it run on.
 */
async function freeze(page: Page): Promise<() => Promise<unknown>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Debugger.enable");
  const halted = new Promise((stopped) => devtools.once("Debugger.paused", stopped));
  await devtools.send("Debugger.pause");
  // It halts at the next thing that it does: one that nobody waits for.
  void page.evaluate(() => document.title).catch(() => {});
  await halted;
  return () => devtools.send("Debugger.resume");
}

test("a frozen page is up to date soon after it goes on, and what was done offline is sent once", async ({ browserOf }) => {
  const one = await demo(await browserOf());
  await kept(one);
  const two = await secondBrowser(one, browserOf);
  await two.goto(one.url());
  await live(two);
  await one.context().setOffline(true);
  await expect(all(one)).toContainText("Offline since");
  await addCard(one, "Before it froze");
  await saved(one);
  const goOn = await freeze(one);
  await one.context().setOffline(false);
  await addCard(two, "While it was frozen");
  await expect(all(two)).toContainText("all changes saved");
  await goOn();
  for (const page of [one, two]) {
    await expect(card(page, "Before it froze")).toHaveCount(1, { timeout: 45_000 });
    await expect(card(page, "While it was frozen")).toHaveCount(1, { timeout: 45_000 });
  }
  await expect(all(one)).toContainText("all changes saved");
});

/** Lets a test put pages of a browser aside: where there is no screen all are in front. */
async function withFront(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    let hidden = false;
    Object.defineProperty(Document.prototype, "hidden", { get: () => hidden });
    Object.assign(window, {
      putAside: (aside: boolean) => {
        hidden = aside;
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      },
    });
  });
}

const putAside = (page: Page, aside: boolean) =>
  page.evaluate((aside) => (window as unknown as { putAside: (aside: boolean) => void }).putAside(aside), aside);

/** The link to the server that a page has open, by and by. */
function links(page: Page): { open: number } {
  const count = { open: 0 };
  page.on("websocket", (socket) => {
    count.open++;
    socket.on("close", () => count.open--);
  });
  return count;
}

test("the page in front has the link to the server, and takes it from one that is frozen", async ({ browserOf }) => {
  const context = await browserOf();
  await withFront(context);
  const one = await demo(context);
  await kept(one);
  const two = await context.newPage();
  const ofTwo = links(two);
  await two.goto(one.url());
  await live(two);
  expect(ofTwo.open, "the first page leads").toBe(0);
  await putAside(one, true);
  await putAside(two, true);
  await putAside(two, false);
  await expect.poll(() => ofTwo.open).toBe(1);
  await addCard(two, "From the front");
  await expect(card(one, "From the front")).toHaveCount(1);
  await expect(all(two)).toContainText("all changes saved");

  const goOn = await freeze(two);
  const ofOne = links(one);
  await putAside(one, false);
  await expect.poll(() => ofOne.open, { timeout: 15_000 }).toBe(1);
  await addCard(one, "Past a frozen page");
  await expect(all(one)).toContainText("all changes saved");
  await goOn();
  await expect(card(two, "Past a frozen page")).toHaveCount(1, { timeout: 45_000 });
  await one.close();
  await addCard(two, "Alone again");
  await expect(all(two)).toContainText("all changes saved");
});

/** The application itself says on the console that nothing is kept. */
function keepsNothing(said: string[]): void {
  const others = said.filter((text) => !text.includes("this browser keeps nothing"));
  expect(others.length, "it says so").toBeLessThan(said.length);
  said.splice(0, said.length, ...others);
}

test("a browser that keeps nothing works, and says what would be lost with the page", async ({ browserOf, server, said }) => {
  const context = await browserOf();
  await context.addInitScript(() => Object.defineProperty(window, "indexedDB", { value: undefined }));
  const page = await demo(context);
  await addCard(page, "With a server");
  await expect(all(page)).toContainText("all changes saved");
  await server.kill();
  await addCard(page, "In memory");
  await expect(all(page)).toContainText("1 change kept only on this page");
  const unsent = card(page, "In memory").locator(".card__unsent");
  await expect(unsent, "nothing is called saved that is not").toHaveAccessibleName("Not saved yet");
  await server.start();
  await live(page);
  await expect(all(page)).toContainText("all changes saved");
  await page.reload();
  await live(page);
  for (const title of ["With a server", "In memory"]) await expect(card(page, title)).toHaveCount(1);
  keepsNothing(said);
});

test("a store that fails in the midst of work is said, and nothing is lost while the page is there", async ({ browserOf, server, said }) => {
  const page = await demo(await browserOf());
  await kept(page);
  await server.kill();
  await addCard(page, "On the disk");
  await expect(all(page)).toContainText("1 change waiting");
  await page.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("No room.", "QuotaExceededError");
    };
  });
  await addCard(page, "In memory alone");
  await expect(all(page)).toContainText("2 changes kept only on this page");
  await server.start();
  await live(page);
  await expect(all(page)).toContainText("all changes saved");
  await page.reload();
  await live(page);
  for (const title of ["On the disk", "In memory alone"]) await expect(card(page, title)).toHaveCount(1);
  keepsNothing(said);
});

/** The same application with one file more: another build. */
function anotherBuild(server: Server): string {
  const site = mkdtempSync(join(tmpdir(), "teamflow-site-"));
  cpSync(process.env.TEAMFLOW_SITE_DIR ?? server.environment.TEAMFLOW_SITE_DIR!, site, { recursive: true });
  const path = join(site, "pkg/manifest.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(join(site, "pkg/newer-0.css"), "");
  manifest.all.push("/pkg/newer-0.css");
  writeFileSync(path, JSON.stringify(manifest));
  return site;
}

test("a newer build offers itself, is not forced over unsent work, and keeps it when it is taken", async ({ browserOf, server }) => {
  test.setTimeout(120_000);
  let blocks = false;
  const direct = await demo(await browserOf());
  const proxy = await proxied(server, (path) => blocks && path.startsWith("/sync"));
  const site = anotherBuild(server);
  try {
    const context = await browserOf({ baseURL: proxy.url });
    const cookies = await direct.context().cookies();
    await context.addCookies(cookies.map((cookie) => ({ ...cookie, domain: "127.0.0.1" })));
    const page = await context.newPage();
    await page.goto(new URL(direct.url()).pathname);
    await expect(all(page)).toContainText("Live by stream", { timeout: 60_000 });
    await kept(page);
    blocks = true;
    await server.kill();
    await addCard(page, "Not sent yet");
    await expect(all(page)).toContainText("1 change waiting");
    server.environment.TEAMFLOW_SITE_DIR = site;
    await server.start();
    // Another page looks whether there is something new, as every page that is opened does.
    const other = await context.newPage();
    await other.goto(page.url());
    await hydrated(other);
    await expect(page.getByText("A newer version is here.")).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText("Your changes are kept.")).toBeVisible();
    await other.close();
    const build = () => page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("teamflow-build-")));
    expect((await build()).length, "the newer one waits beside the one that runs").toBe(2);
    await expect(all(page)).toContainText("1 change waiting");
    await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Reload" }).click()]);
    await hydrated(page);
    await expect(all(page)).toContainText("1 change waiting");
    await expect(page.getByText("A newer version is here.")).toHaveCount(0);
    blocks = false;
    await expect(card(direct, "Not sent yet")).toHaveCount(1, { timeout: 60_000 });
    await expect(all(page)).toContainText("all changes saved");
    await expect(card(page, "Not sent yet")).toHaveCount(1);
  } finally {
    proxy.close();
    rmSync(site, { recursive: true, force: true });
  }
});

test("a connection on which nothing arrives any more is noticed and left", async ({ browserOf, server }) => {
  const direct = await demo(await browserOf());
  const proxy = await halfOpening(server);
  try {
    const context = await browserOf({ baseURL: proxy.url });
    const cookies = await direct.context().cookies();
    await context.addCookies(cookies.map((cookie) => ({ ...cookie, domain: "127.0.0.1" })));
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(new URL(direct.url()).pathname);
    await live(page);
    await addCard(page, "Before");
    await expect(all(page)).toContainText("all changes saved");
    await page.waitForLoadState("networkidle");
    proxy.swallow();
    await addCard(page, "Into the void");
    await addCard(direct, "Out of the void");
    await expect(all(page)).toContainText("Saving 1 change");
    await page.clock.fastForward(45_000);
    await expect(all(page)).toContainText("all changes saved", { timeout: 30_000 });
    for (const look of [page, direct]) {
      await expect(card(look, "Into the void")).toHaveCount(1);
      await expect(card(look, "Out of the void")).toHaveCount(1);
    }
  } finally {
    proxy.close();
  }
});
