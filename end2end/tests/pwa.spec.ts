// The installed application: what it says of what is not kept on this device, what it sends when it is closed, and how it
// takes a newer build.
import { type BrowserContext, type CDPSession, type Page, cards, demo, expect, hydrated, live, refused, test } from "./server";
import { addCard, all, kept, saved, secondBrowser } from "./board";

/** Makes a project with a task, in another browser of the same person; answers its board's address. */
async function projectElsewhere(page: Page, browserOf: () => Promise<BrowserContext>): Promise<string> {
  const other = await secondBrowser(page, browserOf);
  await other.goto(page.url().split("/").slice(0, 5).join("/"));
  await live(other);
  await other.getByRole("button", { name: "Create a project" }).click();
  await other.locator("#new-project-name").fill("Elsewhere");
  await other.getByRole("button", { name: "Create project" }).click();
  await other.waitForURL(/\/board/);
  await addCard(other, "Made elsewhere");
  await expect(all(other)).toContainText("all changes saved");
  return new URL(other.url()).pathname;
}

test("a board that was never kept here says so, and shows itself once the server is reached", async ({ browserOf, server }) => {
  const page = await demo(await browserOf());
  await kept(page);
  const board = await projectElsewhere(page, browserOf);
  await expect(page.getByRole("link", { name: "Elsewhere" })).toBeVisible();
  await server.kill();
  await expect(all(page)).toContainText("No connection since");
  await page.goto(board);
  await hydrated(page);
  await expect(page.getByText("This board is not on this device yet")).toBeVisible();
  await expect(page.locator(".column__count").first()).toHaveText("");
  await expect(page.getByText("0 tasks")).toHaveCount(0);
  await page.goto(`${board}/1`);
  await hydrated(page);
  await expect(page.getByText("This task is not on this device yet")).toBeVisible();
  await page.goto(board);
  await hydrated(page);
  await server.start();
  await expect(page.locator(".card").filter({ hasText: "Made elsewhere" })).toBeVisible({ timeout: 45_000 });
  await expect(page.getByText("not on this device yet")).toHaveCount(0);
  await expect(page.locator(".filterbar__note")).toHaveText("1 task");
});

test("an address without a page is the server's to judge, and without a server that is said", async ({ browserOf, server, said }) => {
  const page = await demo(await browserOf());
  await kept(page);
  const nowhere = `${page.url().split("/").slice(0, 5).join("/")}/settings/nowhere`;
  await page.goto(nowhere);
  await expect(page.getByText("There is nothing here")).toBeVisible();
  refused(said, 404, 1);
  await server.kill();
  await page.goto(nowhere);
  await expect(page.getByText("this page is not kept on this device")).toBeVisible();
  said.splice(0, said.length, ...said.filter((text) => !text.includes("ERR_CONNECTION_REFUSED")));
});

test("a project that was made without a server is all here", async ({ browserOf, server }) => {
  const page = await demo(await browserOf());
  await kept(page);
  await server.kill();
  await page.goto(page.url().split("/").slice(0, 5).join("/"));
  await hydrated(page);
  await page.getByRole("button", { name: "Create a project" }).click();
  await page.locator("#new-project-name").fill("On the train");
  await page.getByRole("button", { name: "Create project" }).click();
  await page.waitForURL(/\/board/);
  await expect(page.getByText("No tasks yet")).toBeVisible();
  await addCard(page, "Looked out of the window");
  await expect(page.locator(".filterbar__note")).toHaveText("1 task");
  await server.start();
  await live(page);
  await expect(all(page)).toContainText("all changes saved");
  await expect(page.locator(".filterbar__note")).toHaveText("1 task");
});

test("rows that cannot be read leave the page to the server", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  await kept(page);
  const board = page.url();
  await page.goto("/health");
  await page.evaluate(async () => {
    const name = (await indexedDB.databases()).map((db) => db.name!).find((name) => name.startsWith("teamflow-rows-"))!;
    const db = await new Promise<IDBDatabase>((done) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => done(opening.result);
    });
    const chunks = db.transaction("chunks", "readwrite").objectStore("chunks");
    const keys = await new Promise<IDBValidKey[]>((done) => {
      const asked = chunks.getAllKeys();
      asked.onsuccess = () => done(asked.result);
    });
    for (const key of keys) chunks.put("damaged", key);
    await new Promise((done) => (chunks.transaction.oncomplete = done));
    db.close();
  });
  await page.goto(board);
  await live(page);
  await expect(cards(page, 0).first()).toBeVisible();
  await kept(page);
});

/** The service worker's registration, for the browser's own tools. */
async function registration(tools: CDPSession): Promise<string> {
  const found = new Promise<string>((done) => {
    tools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      for (const it of registrations) if (!it.isDeleted) done(it.registrationId);
    });
  });
  await tools.send("ServiceWorker.enable");
  return found;
}

test("what was kept is sent when the server is back, though every page is closed, and once", async ({ browserOf, server }) => {
  const context = await browserOf();
  const page = await demo(context);
  await kept(page);
  const board = page.url();
  const outbox = () => page.evaluate(async () =>
    (await indexedDB.databases()).map((db) => db.name!).find((name) => name.startsWith("teamflow-outbox-"))!);
  const tag = await outbox();
  await server.kill();
  await addCard(page, "Written before the page was closed");
  await addCard(page, "And another");
  await expect(all(page)).toContainText("2 changes waiting");
  await saved(page);
  const tags = () => page.evaluate(async () => {
    const { sync } = (await navigator.serviceWorker.ready) as unknown as { sync: { getTags(): Promise<string[]> } };
    return sync.getTags();
  });
  await expect.poll(tags).toEqual([tag]);
  const tools = await context.newCDPSession(await context.newPage());
  const registrationId = await registration(tools);
  await page.close();
  await server.start();
  await tools.send("ServiceWorker.dispatchSyncEvent", { origin: server.url, registrationId, tag, lastChance: false });
  const other = await browserOf();
  await other.addCookies(await context.cookies());
  const elsewhere = await other.newPage();
  await elsewhere.goto(board);
  for (const title of ["Written before the page was closed", "And another"]) {
    await expect(cards(elsewhere, 0).filter({ hasText: title })).toHaveCount(1);
  }
  // The page asks again, and is answered the same.
  const again = await context.newPage();
  await again.goto(board);
  await live(again);
  await expect(all(again)).toContainText("all changes saved");
  await expect(cards(again, 0).filter({ hasText: "And another" })).toHaveCount(1);
  await expect(cards(elsewhere, 0).filter({ hasText: "And another" })).toHaveCount(1);
});
