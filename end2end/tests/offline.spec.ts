// Without a server: the application opens, takes changes, and sends each of them once when the server is back.
import { type BrowserContext, type Page, type Server, cards, demo, expect, hydrated, listen, live, test } from "./server";
import { addCard, all, colleague, kept, saved, secondBrowser } from "./board";
import { expectAccessible } from "./accessible";
import { proxied } from "./proxies";
import { chromium } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

test("a board opens without a server, takes changes, and sends them once", async ({ browserOf, server }) => {
  const page = await demo(await browserOf());
  await kept(page);
  await server.kill();
  await page.reload();
  await hydrated(page);
  await expect(page.locator(".card").first()).toBeVisible();
  await addCard(page, "Written without a server");
  await expect(all(page)).toContainText("1 change waiting");
  const wide = page.viewportSize()!;
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByRole("button", { name: "Menu, 1 change is not saved" })).toBeVisible();
  await page.setViewportSize(wide);
  await saved(page);
  await page.reload();
  await expect(cards(page, 0).filter({ hasText: "Written without a server" })).toHaveCount(1);
  await expect(all(page)).toContainText("1 change waiting");
  await server.start();
  await live(page);
  await expect(all(page)).toContainText("all changes saved");
  const other = await browserOf();
  await other.addCookies(await page.context().cookies());
  const elsewhere = await other.newPage();
  await elsewhere.goto(page.url());
  await expect(cards(elsewhere, 0).filter({ hasText: "Written without a server" })).toHaveCount(1);
});

test("a task opens by its address without a server, and signing in says that it needs one", async ({ browserOf, server }) => {
  const page = await demo(await browserOf());
  await kept(page);
  const href = await page.locator("a.card__link").first().getAttribute("href");
  const title = await page.locator(".card__title").first().innerText();
  await server.kill();
  await page.goto(href!);
  await hydrated(page);
  await expect(page.locator(".panel")).toContainText(title);
  // Where the installed application begins.
  await page.goto("/");
  await expect(page).toHaveURL(/\/board$/);
  await expect(page.locator(".card").first()).toBeVisible();
  await page.goto("/sign-in");
  await expect(page.getByText("You are offline")).toBeVisible();
});

async function lasting(server: Server, folder: string, said: string[]): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(folder, {
    baseURL: server.url,
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    viewport: { width: 1440, height: 900 },
  });
  context.on("page", (page) => listen(page, said));
  return context;
}

test("fifty changes on three cards survive the end of the browser, and happen once, in order", async ({ server, said }) => {
  const folder = mkdtempSync(join(tmpdir(), "teamflow-browser-"));
  try {
    let context = await lasting(server, folder, said);
    let page = await demo(context);
    await kept(page);
    const board = page.url();
    const links = await page.locator("a.card__link").evaluateAll((found) =>
      found.slice(0, 3).map((link) => link.getAttribute("href")!),
    );
    for (const href of links) {
      // The task's texts are kept from then on.
      await page.locator(`a.card__link[href="${href}"]`).click({ force: true });
      await expect(page.locator(".comment-form")).toBeVisible();
      await page.keyboard.press("Escape");
    }
    await server.kill();
    const comments = (n: number) => `Comment ${String(n).padStart(2, "0")}`;
    for (let n = 0; n < 50; n++) {
      if (n % 17 === 0) {
        await page.goto(links[Math.floor(n / 17)]);
        await hydrated(page);
      }
      await page.locator(".comment-form textarea").fill(comments(n));
      await page.keyboard.press("Control+Enter");
      await expect(page.locator(".comment").filter({ hasText: comments(n) })).toHaveCount(1);
    }
    await expect(all(page)).toContainText("50 changes waiting");
    await context.close();

    context = await lasting(server, folder, said);
    page = await context.newPage();
    await page.goto(board);
    await expect(all(page)).toContainText("50 changes waiting");
    await server.start();
    await live(page);
    await expect(all(page)).toContainText("all changes saved");
    let seen = 0;
    for (const [index, href] of links.entries()) {
      await page.goto(href);
      await live(page);
      const expected = [...Array(50).keys()].filter((n) => Math.floor(n / 17) === index).map(comments);
      await expect(page.locator(".comment", { hasText: expected.at(-1)! })).toHaveCount(1);
      const texts = await page.locator(".comment__body").allInnerTexts();
      expect(texts.map((text) => text.trim()).filter((text) => text.startsWith("Comment "))).toEqual(expected);
      seen += expected.length;
    }
    expect(seen).toBe(50);
    await context.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("pages of one browser agree without a server, and share one link with it", async ({ browserOf, server }) => {
  const context = await browserOf();
  const one = await demo(context);
  await kept(one);
  let sockets = 0;
  const two = await context.newPage();
  two.on("websocket", () => sockets++);
  await two.goto(one.url());
  await live(two);
  await addCard(two, "From the second page");
  await expect(cards(one, 0).filter({ hasText: "From the second page" })).toHaveCount(1);
  await expect(all(two)).toContainText("all changes saved");
  await server.kill();
  await addCard(one, "While it was away");
  await expect(cards(two, 0).filter({ hasText: "While it was away" })).toHaveCount(1);
  await one.close();
  await server.start();
  await live(two);
  await expect(all(two)).toContainText("all changes saved");
  expect(sockets, "the second page connects once the first is gone").toBeGreaterThan(0);
});

for (const [name, blocked, words] of [
  ["a stream", () => false, "Live by stream"],
  ["polls", (path: string) => path.startsWith("/sync/stream"), "Polling"],
] as const) {
  test(`where sockets do not get through, ${name} keep a board live both ways`, async ({ browserOf, server }) => {
    test.setTimeout(120_000);
    const direct = await demo(await browserOf());
    const proxy = await proxied(server, blocked);
    try {
      const context = await browserOf({ baseURL: proxy.url });
      const cookies = await direct.context().cookies();
      await context.addCookies(cookies.map((cookie) => ({ ...cookie, domain: "127.0.0.1" })));
      const page = await context.newPage();
      await page.goto(new URL(direct.url()).pathname);
      await expect(all(page)).toContainText(words, { timeout: 60_000 });
      await addCard(direct, "Came round the proxy");
      await expect(cards(page, 0).filter({ hasText: "Came round the proxy" })).toHaveCount(1);
      await addCard(page, "Went round the proxy");
      await expect(cards(direct, 0).filter({ hasText: "Went round the proxy" })).toHaveCount(1);
      await expect(all(page)).toContainText("all changes saved");
    } finally {
      proxy.close();
    }
  });
}

async function saveDescription(page: Page, change: (text: string) => string): Promise<void> {
  const editor = page.locator(".editor__input");
  if (!(await editor.isVisible())) {
    const section = page.locator(".panel__section").filter({ hasText: "Description" }).first();
    await section.locator(".description__empty, [aria-label='Edit the description']").first().click();
  }
  await editor.fill(change(await editor.inputValue()));
  await page.keyboard.press("Control+Enter");
  await expect(editor).toHaveCount(0);
}

test("two people write one description at the same time, and nothing of it is lost", async ({ browserOf, server }) => {
  const one = await demo(await browserOf());
  await kept(one);
  await cards(one, 0).first().focus();
  await one.keyboard.press("Enter");
  await expect(one.locator(".comment-form")).toBeVisible();
  await saveDescription(one, () => "First line\n\nMiddle line\n\nLast line");
  const two = await secondBrowser(one, browserOf);
  await two.goto(one.url());
  await live(two);
  await expect(two.locator(".description")).toContainText("Last line");
  await kept(two);
  await server.kill();
  await saveDescription(one, (text) => text.replace("First line", "First line by Ada"));
  await saveDescription(two, (text) => text.replace("Last line", "Last line by Grace"));
  await server.start();
  for (const page of [one, two]) {
    await expect(page.locator(".description")).toContainText("First line by Ada", { timeout: 45_000 });
    await expect(page.locator(".description")).toContainText("Last line by Grace", { timeout: 45_000 });
  }
});

test("a refused change is kept with its text and reason until somebody decides", async ({ browserOf }) => {
  const one = await demo(await browserOf());
  await cards(one, 0).first().focus();
  await one.keyboard.press("Enter");
  await expect(one.locator(".comment-form")).toBeVisible();
  const two = await secondBrowser(one, browserOf);
  await two.goto(one.url());
  await live(two);
  await one.context().setOffline(true);
  await expect(all(one)).toContainText("Offline since");
  await one.locator(".comment-form textarea").fill("Worth keeping");
  await one.keyboard.press("Control+Enter");
  await expect(all(one)).toContainText("1 change waiting");
  await two.getByRole("button", { name: "Task actions" }).click();
  await two.getByRole("menuitem", { name: /Delete/ }).click();
  await expect(all(two)).toContainText("all changes saved");
  await one.context().setOffline(false);
  const refused = one.getByRole("button", { name: "1 change was refused" });
  await expect(refused).toBeVisible({ timeout: 45_000 });
  await one.reload();
  await live(one);
  await refused.click();
  const dialog = one.getByRole("dialog", { name: "Refused changes" });
  await expect(dialog).toContainText("The comment was not added");
  await expect(dialog).toContainText("Worth keeping");
  // Refused again, here: the task is still gone, and the text is not.
  await dialog.getByRole("button", { name: "Try again" }).click();
  await expect(one.locator(".toast").first()).toContainText("The comment was not added");
  await expect(dialog.getByRole("listitem")).toHaveCount(1);
  await expect(dialog).toContainText("Worth keeping");
  await dialog.getByRole("button", { name: "Discard" }).click();
  await expect(dialog).toContainText("All is decided");
  await one.keyboard.press("Escape");
  await expect(refused).toHaveCount(0);
});

async function retitle(page: Page, title: string): Promise<void> {
  await page.locator(".panel__title textarea").fill(title);
  await page.keyboard.press("Enter");
  await titled(page, title);
}

const titled = (page: Page, title: string) =>
  expect(page.locator(".panel__title .editable")).toHaveAttribute("data-value", title);

test("whoever is overwritten unseen is told, and takes theirs back with one key", async ({ browserOf }) => {
  const one = await demo(await browserOf());
  const two = await colleague(one, browserOf);
  await cards(one, 0).first().focus();
  await one.keyboard.press("Enter");
  await expect(one.locator(".panel__title")).toBeVisible();
  await two.goto(one.url());
  await live(two);
  await two.context().setOffline(true);
  await expect(all(two)).toContainText("Offline since");
  for (const [page, title] of [[one, "Title by Ada"], [two, "Title by Grace"]] as const) {
    await retitle(page, title);
  }
  await expect(all(one)).toContainText("all changes saved");
  await two.context().setOffline(false);
  const toast = one.locator(".toast").filter({ hasText: "Title by Grace" });
  await expect(toast).toContainText("Yours was “Title by Ada”", { timeout: 45_000 });
  await one.keyboard.press("z");
  for (const page of [one, two]) await titled(page, "Title by Ada");
  await expect(toast).toHaveCount(0);
});

/** Opens the first card of a board beside it, and answers its address. */
async function openFirst(page: Page): Promise<string> {
  await cards(page, 0).first().focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".panel__title")).toBeVisible();
  return page.url();
}

async function reopened(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  await live(page);
  return page;
}

test("what others overwrote of a change from offline, while its page was closed, is told on coming back", async ({ browserOf }) => {
  const one = await demo(await browserOf());
  const two = await colleague(one, browserOf);
  const ada = one.context();
  const address = await openFirst(one);
  await kept(one);
  await two.goto(address);
  await live(two);
  for (const page of [one, two]) {
    await page.context().setOffline(true);
    await expect(all(page)).toContainText("Offline since");
  }
  await retitle(two, "Title by Grace");
  await retitle(one, "Title by Ada");
  await expect(all(one)).toContainText("1 change waiting");
  await saved(one);
  await one.close();
  await ada.setOffline(false);
  const sends = await reopened(ada, address);
  await expect(all(sends)).toContainText("all changes saved");
  await titled(sends, "Title by Ada");
  await sends.close();
  // Grace's change comes later, and she had not seen that of Ada, who is away.
  await two.context().setOffline(false);
  await live(two);
  await expect(all(two)).toContainText("all changes saved", { timeout: 45_000 });
  await titled(two, "Title by Grace");
  const back = await reopened(ada, address);
  const toast = back.locator(".toast").filter({ hasText: "Title by Grace" });
  await expect(toast).toContainText("Yours was “Title by Ada”");
  await back.reload();
  await live(back);
  await expect(toast, "it is told until somebody decides").toContainText("Yours was “Title by Ada”");
  const beside = await reopened(ada, address);
  const also = beside.locator(".toast").filter({ hasText: "Title by Grace" });
  await expect(also).toBeVisible();
  await back.bringToFront();
  await back.keyboard.press("z");
  for (const page of [back, beside, two]) await titled(page, "Title by Ada");
  for (const told of [toast, also]) await expect(told).toHaveCount(0);
  await expect(all(back)).toContainText("all changes saved");
  await back.reload();
  await live(back);
  await titled(back, "Title by Ada");
  await expect(toast).toHaveCount(0);
});

test("whoever is overwritten by a change from offline while they are away is told on coming back", async ({ browserOf }) => {
  const one = await demo(await browserOf());
  const two = await colleague(one, browserOf);
  const [ada, grace] = [one.context(), two.context()];
  const address = await openFirst(one);
  await kept(one);
  await two.goto(address);
  await live(two);
  await kept(two);
  await ada.setOffline(true);
  await expect(all(one)).toContainText("Offline since");
  await retitle(one, "Title by Ada");
  await saved(one);
  await one.close();
  await retitle(two, "Title by Grace");
  await expect(all(two)).toContainText("all changes saved");
  await two.close();
  await ada.setOffline(false);
  const sends = await reopened(ada, address);
  await expect(all(sends)).toContainText("all changes saved");
  await titled(sends, "Title by Ada");
  const back = await reopened(grace, address);
  await expect(back.locator(".toast").filter({ hasText: "Title by Ada" })).toContainText("Yours was “Title by Grace”");
  await back.keyboard.press("z");
  for (const page of [back, sends]) await titled(page, "Title by Grace");
});

test("what waits is counted on an account's pages too, and named before signing out", async ({ browserOf, server }) => {
  const direct = await demo(await browserOf());
  const proxy = await proxied(server, (path) => path.startsWith("/sync/") || path.startsWith("/sw/"));
  try {
    const context = await browserOf({ baseURL: proxy.url });
    const cookies = await direct.context().cookies();
    await context.addCookies(cookies.map((cookie) => ({ ...cookie, domain: "127.0.0.1" })));
    const page = await context.newPage();
    await page.goto(new URL(direct.url()).pathname);
    await hydrated(page);
    await addCard(page, "Waits for the server");
    await expect(all(page)).toContainText("1 change waiting");
    await saved(page);
    for (const name of ["account", "profile", "workspaces", "two-step", "sessions", "tokens"]) {
      await page.goto(`/settings/${name}`);
      await hydrated(page);
      await expect(all(page), name).toHaveText("1 change waiting");
    }
    await expectAccessible(page, "an account's page with a change that waits");
    let asked = "";
    page.once("dialog", (dialog) => {
      asked = dialog.message();
      void dialog.dismiss();
    });
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await expect.poll(() => asked).toContain("1 change has not reached the server yet");
    await expect(page).toHaveURL(/settings\/tokens/);
    page.once("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL(/sign-in|\/$/);
  } finally {
    proxy.close();
  }
});

test("whoever is let out while they are away keeps nothing of it", async ({ browserOf }) => {
  const one = await demo(await browserOf());
  const two = await colleague(one, browserOf);
  await two.goto(one.url());
  await live(two);
  await kept(two);
  await two.context().setOffline(true);
  await addCard(two, "Written by somebody who is out");
  const left = async () => {
    const names = (await two.evaluate(() => indexedDB.databases())).map((db) => db.name!);
    const texts = await two.evaluate(async (names) => {
      const name = names.find((name) => name.startsWith("teamflow-rows-"));
      if (!name) return [];
      const db = await new Promise<IDBDatabase>((done) => {
        indexedDB.open(name).onsuccess = (event) => done((event.target as IDBOpenDBRequest).result);
      });
      const chunks = db.transaction("chunks").objectStore("chunks").getAllKeys();
      return new Promise<IDBValidKey[]>((done) => (chunks.onsuccess = () => done(chunks.result)));
    }, names);
    return texts.filter((key) => String(key).startsWith("p:"));
  };
  expect((await left()).length).toBeGreaterThan(0);
  const answer = await one.evaluate(async () => {
    const known = JSON.parse(localStorage.getItem("teamflow_known")!);
    const workspace = known.workspaces[location.pathname.split("/")[2]];
    const snapshot = await (await fetch(`/sync/snapshot?workspace=${workspace}&cover=workspace`)).json();
    const projects = snapshot.rows.projects.map(([, row]: [number, { id: string }]) => row.id);
    const commands = projects.map((id: string, index: number) => ({
      mid: index + 1,
      cid: crypto.randomUUID(),
      command: { projects: { edit: { id, patch: { visibility: "private" } } } },
    }));
    const pushed = await fetch(`/sync/push?workspace=${workspace}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ replica: crypto.randomUUID(), commands }),
    });
    return pushed.text();
  });
  expect(answer).not.toContain("refused");
  await two.context().setOffline(false);
  await expect(two.locator(".card")).toHaveCount(0, { timeout: 45_000 });
  await expect.poll(left, { timeout: 20_000 }).toEqual([]);
  await expect(two.getByRole("button", { name: "1 change was refused" })).toBeVisible();
});
