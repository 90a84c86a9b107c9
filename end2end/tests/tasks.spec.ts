import { type Page, cards, demo, expect, hydrated, live, test } from "./server";
import { kept } from "./board";
import AxeBuilder from "@axe-core/playwright";

/** Creates a task at the end of the first column and answers its card. */
async function create(page: Page, title: string) {
  const column = page.locator(".column").first();
  await column.locator(".column__foot button").click();
  await page.getByLabel("Title of the new task").fill(title);
  await page.keyboard.press("Enter");
  const card = column.locator(".card", { hasText: title });
  await expect(card).toBeVisible();
  await page.keyboard.press("Escape");
  return card;
}

test("a task is created in place, filled in and found again after a reload", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const card = await create(page, "Measure the north wall");
  await card.locator(".card__title").click();
  const panel = page.locator(".panel");
  await panel.getByRole("button", { name: "Add a description" }).click();
  await page.locator(".editor__input").fill("# Walls\n\n**North** first <img src=x onerror=alert(1)>");
  await page.getByRole("tab", { name: "Preview" }).click();
  await expect(page.locator(".editor__preview strong")).toHaveText("North");
  await expect(page.locator(".editor__preview img")).toHaveCount(0);
  await page.locator(".editor__foot").getByRole("button", { name: /Save/ }).click();
  await expect(panel.locator(".description strong")).toHaveText("North");
  await panel.getByLabel("Add a line").fill("Find the tape");
  await page.keyboard.press("Enter");
  await expect(panel.locator(".checklist__item")).toHaveCount(1);
  await panel.locator(".checklist__item input[type=checkbox]").check({ force: true });
  await panel.getByRole("button", { name: /^Priority/ }).click();
  await page.getByRole("option", { name: "High" }).click();
  await panel.getByLabel("Due", { exact: false }).first().fill("2027-03-01");
  await panel.getByLabel("Write a comment").fill("Tape is in the *red* box");
  await panel.getByRole("button", { name: /^Comment/ }).click();
  await expect(panel.locator(".comment em")).toHaveText("red");
  await expect(page.locator(".card__unsent")).toHaveCount(0);
  await page.reload();
  await live(page);
  await expect(panel.locator(".panel__title")).toContainText("Measure the north wall");
  await expect(panel.locator(".description strong")).toHaveText("North");
  await expect(panel.locator(".checklist__item[data-done=true]")).toHaveCount(1);
  await expect(panel.locator(".comment em")).toHaveText("red");
  await expect(panel.getByRole("button", { name: /^Priority/ })).toContainText("High");
});

test("every field of a task is set in its panel, and the filter finds it by people and labels", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const card = await create(page, "Plan the roof");
  await card.locator(".card__title").click();
  const panel = page.locator(".panel");
  const pick = async (field: string, option: string) => {
    await panel.getByRole("button", { name: new RegExp(`^${field}`) }).click();
    await page.getByRole("option", { name: option }).first().click();
    // A list of which one thing is chosen is gone by that.
    if (await page.getByRole("listbox").isVisible()) await page.keyboard.press("Escape");
    await expect(page.getByRole("listbox")).toHaveCount(0);
  };
  const person = "Demo";
  await pick("Assignees", person);
  await panel.getByRole("button", { name: /^Labels/ }).click();
  await page.keyboard.type("Roof works");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await pick("Points", "3");
  await panel.getByLabel("Estimate").fill("2.5h");
  await panel.getByLabel("Start", { exact: false }).first().fill("2027-02-01");
  await panel.getByLabel("Estimate").blur();
  const parent = cards(page, 1).first();
  await pick("Parent", await parent.locator(".card__title").innerText());
  await expect(page.locator(".card__unsent")).toHaveCount(0);
  await page.reload();
  await live(page);
  await expect(panel.getByRole("button", { name: /^Assignees/ })).toContainText(person);
  await expect(panel.getByRole("button", { name: /^Labels/ })).toContainText("Roof works");
  await expect(panel.getByRole("button", { name: /^Points/ })).toContainText("3");
  await expect(panel.getByLabel("Estimate")).toHaveValue("2h 30m");
  await expect(panel.getByLabel("Start", { exact: false }).first()).toHaveValue("2027-02-01");
  await expect(panel.getByRole("link", { name: "Open the parent" })).toBeVisible();
  await panel.getByRole("button", { name: "Close" }).click();
  for (const [chip, option, part] of [["Label", "Roof works", /label=/], ["Assignee", person, /assignee=/]] as const) {
    await page.locator(".filterbar__chip", { hasText: chip }).click();
    await page.getByRole("option", { name: option }).first().click();
    await page.keyboard.press("Escape");
    await expect(page).toHaveURL(part);
  }
  await expect(page.locator(".card")).toHaveCount(1);
  await expect(page.locator(".card__title")).toHaveText("Plan the roof");
});

test("an open task has no accessibility violations in either theme", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  await cards(page, 1).first().locator(".card__title").click();
  await expect(page.locator(".panel__title")).toBeVisible();
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
  }
});

test("a part of the filter is chosen from a list and lives in the address", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const all = await page.locator(".card").count();
  await page.locator(".filterbar__chip", { hasText: "Priority" }).click();
  await page.getByRole("option", { name: "High" }).click();
  await expect(page).toHaveURL(/priority=high/);
  await expect.poll(() => page.locator(".card").count()).toBeLessThan(all);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page.locator(".card")).toHaveCount(all);
});

test("columns are renamed, added, limited, moved and archived", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const columns = page.locator(".column");
  const count = await columns.count();
  await page.getByRole("button", { name: "Add column" }).click();
  await page.getByLabel("Name of the column").fill("Waiting");
  await page.keyboard.press("Enter");
  await expect(columns).toHaveCount(count + 1);
  const added = columns.nth(count);
  await expect(added.locator(".column__name")).toContainText("Waiting");
  const menu = async (item: string) => {
    await page.locator(".column", { hasText: /Waiting|Blocked/ }).locator(".column__actions button[aria-haspopup=menu]").click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  await menu("Rename");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("Blocked");
  await page.keyboard.press("Enter");
  await expect(added.locator(".column__name")).toContainText("Blocked");
  await menu("Category, colour and limit");
  await page.getByLabel("Limit").fill("3");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(added.locator(".column__count")).toContainText("3");
  await menu("Move left");
  await expect(columns.nth(count - 1).locator(".column__name")).toContainText("Blocked");
  await menu("Archive column");
  await expect(columns).toHaveCount(count);
  await page.reload();
  await hydrated(page);
  await expect(columns).toHaveCount(count);
});

test("a question mark shows all keys, and Escape gives the focus back", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  await cards(page, 0).first().focus();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toContainText("Show all keys");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeHidden();
  await expect(cards(page, 0).first()).toBeFocused();
});

test("a key opens the choices for the card that has the focus", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const card = cards(page, 1).first();
  const key = await card.locator(".card__key").innerText();
  await card.focus();
  await page.keyboard.press("s");
  await page.getByRole("option").last().click();
  await expect(cards(page, 1).filter({ has: page.getByText(key, { exact: true }) })).toHaveCount(0);
});

test("signing out ends the session", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const board = page.url();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/sign-in|\/$/);
  await page.goto(board);
  await expect(page).toHaveURL(/\/sign-in/);
});

test("who signs out leaves nothing open, though nothing that runs beside the pages heard of it", async ({ browserOf }) => {
  const page = await demo(await browserOf());
  const board = page.url();
  await kept(page);
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())!.unregister());
  // The page that comes next deletes what it finds; here none of it runs.
  await page.route("**/sign-out", async (route) => {
    await route.fetch({ maxRedirects: 0 });
    await route.fulfill({ contentType: "text/html", body: "<title>Left</title>" });
  });
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveTitle("Left");
  expect(await page.evaluate(() => caches.has("teamflow-marks"))).toBe(false);
  await page.goto(board);
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(page.getByLabel("Password")).toBeVisible();
});
