// What journeys over the board have in common.
import { PASSWORD, type BrowserContext, type Page, cards, expect, hydrated, live } from "./server";

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

/** Pushes commands as another writer of the person's, and answers what the server says. */
export async function pushed(page: Page, commands: object[]): Promise<string> {
  return page.evaluate(async (commands) => {
    const workspace = JSON.parse(localStorage.getItem("teamflow_known")!).workspaces[location.pathname.split("/")[2]];
    const numbered = commands.map((command, at) => ({ mid: at + 1, cid: crypto.randomUUID(), command }));
    const answer = await fetch(`/sync/push?workspace=${workspace}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ replica: crypto.randomUUID(), commands: numbered }),
    });
    return answer.text();
  }, commands);
}

/** Another person, signed up in a browser of their own and added to the workspace of `owner`. */
export async function colleague(owner: Page, browserOf: () => Promise<BrowserContext>): Promise<Page> {
  const page = await (await browserOf()).newPage();
  await page.goto("/sign-up");
  await hydrated(page);
  await page.locator("input[name=name]").fill("Grace Hopper");
  await page.locator("input[name=email]").fill("grace@example.org");
  await page.locator("input[name=password]").fill(PASSWORD);
  await page.getByRole("button", { name: /Create account/ }).click();
  await page.waitForURL(/\/new-workspace/);
  await hydrated(page);
  await page.locator("input[name=name]").fill("Own");
  await page.getByRole("button", { name: /Create/ }).click();
  await page.waitForURL(/\/w\/own/);
  const { me } = JSON.parse((await page.locator("#seed").textContent())!).seed;
  await owner.reload();
  await live(owner);
  const add = { members: { add: { id: me, name: "Grace Hopper", role: "member" } } };
  expect(await pushed(owner, [add])).toContain("done");
  return page;
}
