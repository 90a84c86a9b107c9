// What journeys over the board have in common.
import { type BrowserContext, type Page, cards, expect } from "./server";

/** Waits until the application and the board are kept in this browser. */
export async function kept(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    const slug = location.pathname.split("/")[2];
    while (!(await (await caches.open("teamflow-marks")).match(`/ready/${slug}`))) {
      await new Promise((soon) => setTimeout(soon, 20));
    }
  });
  await expect(page.locator(".card").first()).toBeVisible();
}

/** Waits until everything is durably in this browser, sent or not. */
export const saved = (page: Page) => expect(page.locator(".card__unsent[data-standing=shown]")).toHaveCount(0);

/** Adds a card at the end of the first column. */
export async function addCard(page: Page, title: string): Promise<void> {
  const column = page.locator(".column").first();
  if (!(await column.locator(".new-card__title").isVisible())) {
    await column.getByRole("button", { name: "New task", exact: true }).click();
  }
  await column.locator(".new-card__title").fill(title);
  await page.keyboard.press("Enter");
  await expect(cards(page, 0).filter({ hasText: title })).toHaveCount(1);
}

/** What the frame says of the connection. */
export const all = (page: Page) => page.locator(".link-state");

/** Another browser, signed in as the same person. */
export async function secondBrowser(page: Page, browserOf: () => Promise<BrowserContext>): Promise<Page> {
  const context = await browserOf();
  await context.addCookies(await page.context().cookies());
  return context.newPage();
}
