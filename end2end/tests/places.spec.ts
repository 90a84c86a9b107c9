// Pages and states that other journeys only pass through: what a narrow window shows, and that each can be read by everybody.
import { cards, demo, expect, hydrated, live, test } from "./server";
import { expectAccessible } from "./accessible";
import { colleague } from "./board";

test("home, import, archive and the list of keys are accessible", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const board = new URL(page.url()).pathname;
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await expectAccessible(page);
  for (const path of [board.replace(/\/[^/]+\/board$/, ""), board.replace(/board$/, "archive"), `${board.split("/").slice(0, 3).join("/")}/import`]) {
    await page.goto(path);
    await hydrated(page);
    await expect(page.locator("h1").first()).toBeVisible();
    await expectAccessible(page);
  }
});

test("a phone shows one column at a time, and the sidebar on request", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  await page.setViewportSize({ width: 390, height: 844 });
  const columns = page.getByRole("navigation", { name: "Columns" });
  await expect(columns).toBeVisible();
  const second = columns.getByRole("button").nth(1);
  await second.click();
  await expect(second).toHaveAttribute("aria-current", "true");
  await expect(cards(page, 1).first()).toBeInViewport();
  await expectAccessible(page);
  const menu = page.getByRole("button", { name: "Menu", exact: true });
  await menu.click();
  const sidebar = page.getByRole("navigation", { name: "Workspace" });
  await expect(sidebar.locator(".link-state")).toBeInViewport();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(sidebar).toBeHidden();
  await expect(menu).toBeFocused();
});

test("a phone shows a task alone", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("navigation", { name: "Columns" }).getByRole("button").nth(1).click();
  await cards(page, 1).first().locator(".card__title").click();
  await expect(page.locator(".panel__title")).toBeInViewport();
  await expectAccessible(page);
});

test("who looks at a board sees who else does", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const other = await colleague(page, browserOf);
  const faces = page.locator(".topbar .avatar-stack");
  await expect(faces.getByText("GH")).toHaveCount(0);
  await other.goto(page.url());
  await live(other);
  await expect(faces.getByText("GH")).toBeVisible();
  await other.close();
  await expect(faces.getByText("GH")).toHaveCount(0);
});
