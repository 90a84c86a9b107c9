// A task goes to another project: by hand, for who sees both projects, and for who sees one of them.
import { type Page, cards, demo, expect, live, refused, test } from "./server";
import { all, colleague, kept, pushed } from "./board";

/** A second project that only its maker sees, beside the board that is open. */
async function secondProject(page: Page): Promise<void> {
  const statuses = ["backlog", "todo", "started", "done"].map((category) => ({
    id: crypto.randomUUID(),
    name: `Ops ${category}`,
    category,
    color: "gray",
  }));
  const create = { id: crypto.randomUUID(), key: "OPS", name: "Operations", color: "red", visibility: "private", statuses };
  expect(await pushed(page, [{ projects: { create } }])).toContain("done");
  await page.reload();
  await live(page);
}

/** Opens the first task of a board and says something about it; answers its address and title. */
async function discuss(page: Page): Promise<{ address: string; title: string }> {
  const card = cards(page, 0).first();
  const title = await card.locator(".card__title").innerText();
  await card.locator(".card__title").click();
  const panel = page.locator(".panel");
  await panel.getByLabel("Write a comment").fill("For those who see it");
  await panel.getByRole("button", { name: /^Comment/ }).click();
  await expect(panel.locator(".comment")).toContainText(["For those who see it"]);
  await expect(all(page)).toContainText("all changes saved");
  return { address: new URL(page.url()).pathname, title };
}

/** Everything that this browser keeps of rows. */
async function keptRows(page: Page): Promise<string> {
  const texts = await page.evaluate(async () => {
    const names = (await indexedDB.databases()).map((db) => db.name!);
    const name = names.find((name) => name.startsWith("teamflow-rows-"))!;
    const db = await new Promise<IDBDatabase>((done) => {
      indexedDB.open(name).onsuccess = (event) => done((event.target as IDBOpenDBRequest).result);
    });
    const chunks = db.transaction("chunks").objectStore("chunks").getAll();
    return new Promise<unknown[]>((done) => (chunks.onsuccess = () => done(chunks.result)));
  });
  return JSON.stringify(texts);
}

test("a task goes to another project with its comments, leaves who is not there, and its old address leads on", async ({
  browserOf,
  said,
}) => {
  const one = await demo(await browserOf());
  const two = await colleague(one, browserOf);
  await secondProject(one);
  const { address, title } = await discuss(one);
  await two.goto(address);
  await live(two);
  await kept(two);
  await expect(two.locator(".comment")).toContainText(["For those who see it"]);
  await expect.poll(() => keptRows(two)).toContain("For those who see it");

  await one.getByRole("button", { name: "Task actions" }).click();
  await one.getByRole("menuitem", { name: "Move to project…" }).click();
  await one.getByRole("option", { name: /Operations/ }).click();
  await one.waitForURL(/\/OPS\/board\/1$/);
  await expect(one.locator(".panel__title")).toContainText(title);
  await expect(one.locator(".panel__key")).toHaveText("OPS-1");
  await expect(one.locator(".comment")).toContainText(["For those who see it"]);

  await expect(two.getByText("There is no such task")).toBeVisible();
  await expect(two.locator(".card__title", { hasText: title })).toHaveCount(0);
  await expect.poll(() => keptRows(two)).not.toContain("For those who see it");
  // Its texts and where it went are asked of the server, which tells who does not see it there no more than strangers.
  refused(said, 404, 2);
  expect(await keptRows(two)).not.toContain(title);

  await one.goto(address);
  await one.waitForURL(/\/OPS\/board\/1$/);
  await live(one);
  await expect(one.locator(".panel__title")).toContainText(title);
});

test("a key moves the card with the focus to another project, and undo brings it back", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  await secondProject(page);
  const card = cards(page, 1).first();
  const title = await card.locator(".card__title").innerText();
  await card.focus();
  await page.keyboard.press(">");
  await page.getByRole("option", { name: /Operations/ }).click();
  const moved = page.locator(".toast").filter({ hasText: "to Operations" });
  await expect(moved).toBeVisible();
  await expect(page.locator(".card__title", { hasText: title })).toHaveCount(0);
  await moved.getByRole("button", { name: "Undo" }).click();
  await expect(cards(page, 1).first().locator(".card__title")).toHaveText(title);
  await expect(all(page)).toContainText("all changes saved");
});

test("a task goes to another project without a server, and is there when it is back", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  await secondProject(page);
  await kept(page);
  await page.context().setOffline(true);
  await expect(all(page)).toContainText("Offline since");
  const card = cards(page, 0).first();
  const title = await card.locator(".card__title").innerText();
  await card.focus();
  await page.keyboard.press(">");
  await page.getByRole("option", { name: /Operations/ }).click();
  await expect(page.locator(".card__title", { hasText: title })).toHaveCount(0);
  await page.context().setOffline(false);
  await expect(all(page)).toContainText("all changes saved", { timeout: 45_000 });
  await page.goto(new URL(page.url()).pathname.replace(/\/[^/]+\/board.*/, "/OPS/board"));
  await live(page);
  await expect(page.locator(".card__title", { hasText: title })).toHaveCount(1);
});
