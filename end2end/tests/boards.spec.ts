import { type Page, cards, demo, expect, hydrated, live, test } from "./server";
import AxeBuilder from "@axe-core/playwright";

/** Drags the first card of one column onto another column with the mouse. */
async function drag(page: Page, from: number, to: number): Promise<string> {
  const card = cards(page, from).first();
  const key = await card.locator(".card__key").innerText();
  const start = (await card.boundingBox())!;
  const target = (await page.locator(".column").nth(to).boundingBox())!;
  await page.mouse.move(start.x + 40, start.y + 20);
  await page.mouse.down();
  await page.mouse.move(start.x + 60, start.y + 30, { steps: 4 });
  await page.mouse.move(target.x + target.width / 2, target.y + 120, { steps: 12 });
  await expect(page.locator(".card-ghost")).toBeVisible();
  await page.mouse.up();
  return key;
}

const keyed = (page: Page, column: number, key: string) =>
  cards(page, column).filter({ has: page.getByText(key, { exact: true }) });

test("the board is complete before any script runs", async ({ browserOf }) => {
  const context = await browserOf();
  const page = await demo(context);
  const html = await (await context.request.get(page.url())).text();
  const titles = await page.locator(".card__title").allInnerTexts();
  expect(titles.length).toBeGreaterThan(10);
  for (const title of titles.slice(0, 10)) expect(html).toContain(title.split("&")[0].split("'")[0]);
});

test("a card dragged in one browser moves in another, and stays after a reload", async ({ browserOf }) => {
  const context = await browserOf();
  const page = await demo(context);
  const other = await browserOf();
  await other.addCookies(await context.cookies());
  const watching = await other.newPage();
  await watching.goto(page.url());
  await live(watching);
  const key = await drag(page, 0, 2);
  await expect(keyed(page, 2, key)).toBeVisible();
  await expect(keyed(watching, 2, key)).toBeVisible();
  await expect(keyed(watching, 0, key)).toHaveCount(0);
  await page.reload();
  await live(page);
  await expect(keyed(page, 2, key)).toBeVisible();
});

test("a card is moved by keyboard alone, and announced", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const card = cards(page, 1).first();
  const key = await card.locator(".card__key").innerText();
  await card.focus();
  await page.keyboard.press("Space");
  await expect(page.locator("[aria-live]").filter({ hasText: "Picked up" })).toBeAttached();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await expect(keyed(page, 2, key)).toBeVisible();
  await expect(keyed(page, 2, key)).toBeFocused();
});

test("Escape puts a card back that was picked up by keyboard", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const card = cards(page, 1).first();
  const key = await card.locator(".card__key").innerText();
  await card.focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Escape");
  await expect(keyed(page, 1, key)).toBeVisible();
});

test("a task opens by its own address, and Escape leads back to its card", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const card = cards(page, 0).first();
  const key = await card.locator(".card__key").innerText();
  await card.focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/board/${key.split("-")[1]}$`));
  const panel = page.locator(".panel");
  await expect(panel).toContainText(key);
  await page.reload();
  await live(page);
  await expect(panel).toContainText(key);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/board$/);
});

test("a filter lives in the address", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const title = await cards(page, 0).first().locator(".card__title").innerText();
  const all = await page.locator(".card").count();
  await page.goto(`${page.url()}?q=${encodeURIComponent(title)}`);
  await hydrated(page);
  await expect(page.locator(".card").first()).toContainText(title);
  expect(await page.locator(".card").count()).toBeLessThan(all);
});

test("the board has no accessibility violations in either theme", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
  }
});
