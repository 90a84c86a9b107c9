import { type Page, cards, expect, hydrated, live, refused, setUp, test } from "./server";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const OURS = resolve(import.meta.dirname, "../../shared/tests/fixtures/trello");
// Exports of real teams are not part of this repository; where somebody has some, they lie beside it.
const REAL = resolve(import.meta.dirname, "../../../shared/data/imports/trello");

async function choose(page: Page, path: string): Promise<void> {
  await page.goto("/w/north-light/import");
  await live(page);
  await page.getByLabel("Trello export").setInputFiles(path);
}

async function importsAndShows(page: Page, path: string): Promise<void> {
  const file = JSON.parse(readFileSync(path, "utf8"));
  const open = file.lists.filter((list: { closed: boolean }) => !list.closed);
  await choose(page, path);
  await expect(page.getByRole("region", { name: "What will be imported" })).toBeVisible();
  await expect(page.locator(".import__figure", { hasText: "cards" })).toContainText(String(file.cards.length));
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("link", { name: "Open the board" }).click();
  await expect(page).toHaveURL(/\/board$/);
  await expect(page.locator(".column")).toHaveCount(open.length);
  await page.reload();
  await live(page);
  await expect(page.locator(".column")).toHaveCount(open.length);
}

test("a board of our own making is imported, and there after a reload", async ({ browserOf }) => {
  const context = await browserOf();
  const page = await setUp(context);
  await importsAndShows(page, join(OURS, "workshop.json"));
});

const real = join(REAL, "activityrank-planning.json");
const [kind, path] = existsSync(real)
  ? ["a real export", real]
  : [`our own export (there are no real ones in ${REAL})`, join(OURS, "workshop.json")];

test(`${kind} is imported, a card dragged, and seen in another browser`, async ({ browserOf }, info) => {
  const context = await browserOf();
  const page = await setUp(context);
  await importsAndShows(page, path);
  const other = await browserOf();
  await other.addCookies(await context.cookies());
  const watching = await other.newPage();
  await watching.goto(page.url());
  await live(watching);
  const from = await page.locator(".column").evaluateAll((columns) => columns.findIndex((c) => c.querySelector(".card")));
  const card = cards(page, from).first();
  const key = await card.locator(".card__key").innerText();
  // Both clocks are this machine's: how long after letting go the other browser shows the card elsewhere.
  await watching.evaluate(([key, from]) => {
    const seen = () => {
      const column = document.querySelectorAll(".column")[Number(from)];
      return ![...column.querySelectorAll(".card__key")].some((it) => it.textContent === key);
    };
    (window as any).seenAt = new Promise<number>((done) => {
      new MutationObserver((_, observer) => {
        if (!seen()) return;
        observer.disconnect();
        requestAnimationFrame(() => done(performance.timeOrigin + performance.now()));
      }).observe(document.body, { childList: true, subtree: true });
    });
  }, [key, String(from)] as const);
  const to = from === 0 ? 1 : 0;
  const start = (await card.boundingBox())!;
  const target = (await page.locator(".column").nth(to).boundingBox())!;
  await page.evaluate(() => {
    (window as any).letGoAt = new Promise<number>((done) => {
      addEventListener("pointerup", () => done(performance.timeOrigin + performance.now()), { capture: true, once: true });
    });
  });
  await page.mouse.move(start.x + 40, start.y + 20);
  await page.mouse.down();
  await page.mouse.move(start.x + 60, start.y + 30, { steps: 4 });
  await page.mouse.move(target.x + target.width / 2, target.y + 100, { steps: 12 });
  await page.mouse.up();
  const letGo = await page.evaluate(() => (window as any).letGoAt as Promise<number>);
  const seen = await watching.evaluate(() => (window as any).seenAt as Promise<number>);
  const time = `${(seen - letGo).toFixed(1)} ms`;
  info.annotations.push({ type: "from letting go to painted in the other browser", description: time });
  console.log(`from letting go to painted in the other browser: ${time}`);
  await expect(cards(watching, to).filter({ has: watching.getByText(key, { exact: true }) })).toBeVisible();
});

test("a file that is no export is refused, and nothing has changed", async ({ browserOf, said }) => {
  const page = await setUp(await browserOf());
  for (const [name, text] of [
    ["cut.json", '{"name": "Half a board", "lists": [{"id": "5f0'],
    ["other.json", '{"hello": "world"}'],
    ["empty.json", ""],
  ]) {
    await page.goto("/w/north-light/import");
    await live(page);
    await page.getByLabel("Trello export").setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
    await expect(page.getByText("This file was not imported.")).toBeVisible();
  }
  await page.goto("/w/north-light");
  await hydrated(page);
  await expect(page.locator("a[href$='/board']")).toHaveCount(0);
  refused(said, 422, 3);
});

test("an import is taken back by one click", async ({ browserOf }) => {
  const page = await setUp(await browserOf());
  await choose(page, join(OURS, "workshop.json"));
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect(page.getByText("The board is here.")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).first().click();
  await expect(page.getByText("The import was undone.")).toBeVisible();
  await page.goto("/w/north-light");
  await live(page);
  await expect(page.locator("a[href$='/board']")).toHaveCount(0);
});
