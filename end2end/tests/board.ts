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

/** Kills the process that runs the page. */
export async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent("crash");
  const devtools = await page.context().newCDPSession(page);
  // There is nobody left to answer.
  void devtools.send("Page.crash").catch(() => {});
  await crashed;
}

/** Types a card's title and sends it off, without waiting for anything. */
export async function quickCard(page: Page, title: string): Promise<void> {
  await page.locator(".new-card__title").fill(title);
  await page.keyboard.press("Enter");
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

/** Another person, in a browser of their own, who came into the workspace of `owner` by an invitation. */
export async function colleague(owner: Page, browserOf: () => Promise<BrowserContext>): Promise<Page> {
  const board = owner.url();
  await owner.goto(`/w/${new URL(board).pathname.split("/")[2]}/settings/invitations`);
  await hydrated(owner);
  await owner.getByLabel("Role", { exact: true }).selectOption("member");
  await owner.getByRole("button", { name: "Invite" }).click();
  const link = (await owner.locator("code.token").textContent())!;
  const page = await (await browserOf()).newPage();
  await page.goto(new URL(link).pathname);
  await hydrated(page);
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Your name").fill("Grace Hopper");
  await page.getByLabel(/E-?mail/).fill("grace@example.org");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("button", { name: /^Join/ }).click();
  await page.waitForURL(/\/w\//);
  await owner.goto(board);
  await live(owner);
  return page;
}
