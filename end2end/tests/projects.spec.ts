// What a project is like, where it goes when it is put away, and the ways back.
import { type BrowserContext, type Page, expect, hydrated, live, setUp, test } from "./server";
import { expectAccessible } from "./accessible";
import { addCard, colleague, secondBrowser } from "./board";

/** The board of a new project called Web app. */
async function newProject(context: BrowserContext): Promise<Page> {
  const page = await setUp(context);
  await live(page);
  await page.getByRole("button", { name: "Create a project" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("Web app");
  await page.getByRole("dialog").getByRole("button", { name: "Create project" }).click();
  await expect(page).toHaveURL(/\/WA\/board$/);
  return page;
}

const views = (page: Page) => page.getByRole("navigation", { name: "Views" });
const sidebar = (page: Page) => page.getByRole("navigation", { name: "Workspace", exact: true });
const notifications = (page: Page) => page.getByRole("region", { name: "Notifications" });

/** Waits until the server has everything. */
const sent = (page: Page) => expect(page.locator(".link-state[data-state=live]")).toBeVisible();

test("a project's name, colour, lead and dates are changed where they stand", async ({ browserOf }) => {
  const page = await newProject(await browserOf());
  await views(page).getByRole("link", { name: "Settings" }).click();
  await expect(page).toHaveURL(/\/WA\/settings$/);
  await expect(page.getByRole("heading", { name: "Project settings" })).toBeVisible();

  const name = page.getByLabel("Name", { exact: true });
  await name.fill("Something else");
  await page.keyboard.press("Escape");
  await expect(name).toHaveValue("Web app");
  await name.fill("Web shop");
  await page.keyboard.press("Enter");
  await expect(sidebar(page).getByRole("link", { name: "Web shop" })).toBeVisible();
  await name.fill("");
  await name.blur();
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await name.fill("Web shop");
  await name.blur();

  const pick = async (field: string, option: string) => {
    await page.getByRole("button", { name: new RegExp(`^${field}:`) }).click();
    await page.getByRole("option", { name: option }).first().click();
    await expect(page.getByRole("listbox")).toHaveCount(0);
  };
  await pick("Colour", "Pink");
  await pick("Lead", "Ada Lovelace");

  await page.getByLabel("Start date").fill("2027-03-01");
  await page.getByLabel("Due date").fill("2027-02-01");
  await expect(page.getByText("The due date is before the start")).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Due date").fill("2027-04-01");
  await expect(page.getByText("The due date is before the start")).toHaveCount(0);

  await sent(page);
  await page.reload();
  await live(page);
  await expect(name).toHaveValue("Web shop");
  await expect(page.getByRole("button", { name: /^Colour:/ })).toContainText("Pink");
  await expect(page.getByRole("button", { name: /^Lead:/ })).toContainText("Ada Lovelace");
  await expect(page.getByLabel("Start date")).toHaveValue("2027-03-01");
  await expect(page.getByLabel("Due date")).toHaveValue("2027-04-01");
  await pick("Lead", "Nobody");
  await expect(page.getByRole("button", { name: /^Lead:/ })).toContainText("Nobody");
});

test("a new key is in every address, and the page goes along with it", async ({ browserOf }) => {
  const page = await newProject(await browserOf());
  await addCard(page, "Find the tape");
  await views(page).getByRole("link", { name: "Settings" }).click();
  const key = page.getByLabel("Key", { exact: true });
  const change = page.getByRole("button", { name: "Change key" });
  await expect(change).toBeDisabled();
  await key.fill("!");
  await change.click();
  await expect(key).toHaveAttribute("aria-invalid", "true");
  await key.fill("shop");
  await change.click();
  await expect(page).toHaveURL(/\/SHOP\/settings$/);
  await expect(key).toHaveValue("SHOP");
  await expect(page.getByRole("heading", { name: "Project settings" })).toBeVisible();
  await sent(page);
  await page.reload();
  await live(page);
  await views(page).getByRole("link", { name: "Board" }).click();
  await expect(page.locator(".card__key")).toHaveText("SHOP-1");
  const old = await page.context().request.get("/w/north-light/WA/board");
  expect(old.status()).toBe(404);
});

test("whoever has a page of a project open goes along with its key, also where that was taken", async ({ browserOf }) => {
  const page = await newProject(await browserOf());
  await addCard(page, "Find the tape");
  const other = await secondBrowser(page, browserOf);
  await other.goto(`${page.url()}/1?q=tape`);
  await live(other);
  await expect(other.locator(".panel__title textarea")).toBeVisible();
  await views(page).getByRole("link", { name: "Settings" }).click();
  const key = page.getByLabel("Key", { exact: true });
  const change = page.getByRole("button", { name: "Change key" });
  await key.fill("shop");
  await change.click();
  await expect(other).toHaveURL(/\/SHOP\/board\/1\?q=tape$/);
  await expect(other.locator(".panel__title textarea")).toBeVisible();
  await page.context().setOffline(true);
  await key.fill("ship");
  await change.click();
  await expect(page).toHaveURL(/\/SHIP\/settings$/);
  await other.goto("/w/north-light");
  await live(other);
  await other.getByRole("button", { name: "Create a project" }).first().click();
  await other.getByLabel("Name", { exact: true }).fill("Ship it");
  await other.getByLabel("Key", { exact: true }).fill("SHIP");
  await other.getByRole("dialog").getByRole("button", { name: "Create project" }).click();
  await expect(other).toHaveURL(/\/SHIP\/board$/);
  await sent(other);
  await page.context().setOffline(false);
  await expect(page).toHaveURL(/\/SHOP\/settings$/);
  await expect(page.getByRole("heading", { name: "Project settings" })).toBeVisible();
});

test("a project is archived, still read, found and restored", async ({ browserOf }) => {
  const context = await browserOf();
  const page = await newProject(context);
  await addCard(page, "Find the tape");
  const board = page.url();
  await views(page).getByRole("link", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  await expect(page.getByText("This project is archived")).toBeVisible();
  await expect(sidebar(page).getByRole("link", { name: "Web app" })).toHaveCount(0);
  await notifications(page).getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("This project is archived")).toHaveCount(0);
  await expect(sidebar(page).getByRole("link", { name: "Web app" })).toBeVisible();
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  await expect(page.getByText("This project is archived")).toBeVisible();
  await sent(page);
  await expectAccessible(page);

  // As the server draws it, the board says it before any script runs.
  const html = await (await context.request.get(board)).text();
  expect(html).toContain("This project is archived");
  expect(html).toContain("Find the tape");
  await page.goto(board);
  await live(page);
  const banner = page.locator(".banner", { hasText: "This project is archived" });
  await expect(banner).toHaveCount(1);
  await expect(page.getByRole("button", { name: "New task" })).toHaveCount(0);
  await expect(page.locator(".card")).toHaveCount(1);
  await expectAccessible(page, "archived board");
  await page.locator(".card__title").click();
  await expect(page.locator(".panel__title")).toBeVisible();
  await page.reload();
  await live(page);
  await expect(banner).toHaveCount(1);
  await expect(page.locator(".panel__title")).toBeVisible();

  await page.goto("/w/north-light");
  await hydrated(page);
  await page.getByRole("link", { name: "Archived projects" }).click();
  await expect(page).toHaveURL(/\/settings\/archived-projects$/);
  await expect(page.getByRole("link", { name: "Web app" })).toBeVisible();
  await expectAccessible(page, "archived projects");
  await page.getByRole("button", { name: "Restore Web app" }).click();
  await expect(page.getByText("Nothing is archived")).toBeVisible();
  await sidebar(page).getByRole("link", { name: "Web app" }).click();
  await expect(page.getByRole("button", { name: "New task" }).first()).toBeVisible();
  await expect(banner).toHaveCount(0);
});

test("a board that is archived meanwhile says so, and is restored from there", async ({ browserOf }) => {
  const page = await newProject(await browserOf());
  const other = await colleague(page, browserOf);
  await other.goto(page.url());
  await live(other);
  await expect(other.getByRole("button", { name: "New task" }).first()).toBeVisible();
  await views(page).getByRole("link", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  await expect(other.getByText("This project is archived")).toBeVisible();
  await expect(other.getByRole("button", { name: "New task" })).toHaveCount(0);
  await expect(other.getByRole("button", { name: "Restore" })).toHaveCount(0);
  await views(page).getByRole("link", { name: "Board" }).click();
  await page.locator(".banner").getByRole("button", { name: "Restore" }).click();
  await expect(page.getByText("This project is archived")).toHaveCount(0);
  await expect(other.getByText("This project is archived")).toHaveCount(0);
  await expect(other.getByRole("button", { name: "New task" }).first()).toBeVisible();
  await other.goto(page.url().replace("/board", "/settings"));
  await hydrated(other);
  await expect(other.getByText("Putting it away")).toHaveCount(0);
  await expect(other.getByRole("button", { name: "Change key" })).toHaveCount(0);
  await expect(other.getByRole("button", { name: /^Lead:/ })).toBeDisabled();
});

test("a project goes to the trash and comes back", async ({ browserOf }) => {
  const page = await newProject(await browserOf());
  await views(page).getByRole("link", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Move to trash" }).click();
  await expect(page).toHaveURL(/\/w\/north-light$/);
  await expect(page.getByText("No projects yet")).toBeVisible();
  await notifications(page).getByRole("button", { name: "Undo" }).click();
  await sidebar(page).getByRole("link", { name: "Web app" }).click();
  await views(page).getByRole("link", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Move to trash" }).click();
  await page.getByRole("link", { name: "Archived projects" }).click();
  await expect(page.getByRole("heading", { name: "Trash" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Restore Web app" }).click();
  await expect(page.getByRole("heading", { name: "Trash" })).toHaveCount(0);
  await expect(sidebar(page).getByRole("link", { name: "Web app" })).toBeVisible();
});

test("the settings of a project fit a phone", async ({ browserOf }) => {
  const page = await newProject(await browserOf());
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ["/w/north-light/WA/settings", "/w/north-light/settings/archived-projects"]) {
    await page.goto(path);
    await hydrated(page);
    await expectAccessible(page, path);
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(tooWide, path).toBe(false);
  }
});

test("a deleted label is taken back from within its dialog, and its tasks show it again", async ({ browserOf }) => {
  const page = await newProject(await browserOf());
  await addCard(page, "Find the tape");
  await page.keyboard.press("Escape");
  const card = page.locator(".card").first();
  await card.locator(".card__title").click();
  const panel = page.locator(".panel");
  await panel.getByRole("button", { name: /^Labels:/ }).click();
  await page.keyboard.type("Roof works");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect(card.getByText("Roof works")).toBeVisible();
  await panel.getByRole("button", { name: "Edit labels" }).click();
  const dialog = page.getByRole("dialog", { name: "Labels" });
  await dialog.getByRole("button", { name: "Delete Roof works" }).click();
  await expect(card.getByText("Roof works")).toHaveCount(0);
  await expect(dialog.getByText("Deleted the label Roof works")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Undo" }).click();
  await expect(dialog.getByRole("button", { name: "Delete Roof works" })).toBeVisible();
  await expect(dialog.getByText("Deleted the label Roof works")).toHaveCount(0);
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(card.getByText("Roof works")).toBeVisible();
  await expect(page.locator(".card__unsent")).toHaveCount(0);
  await page.reload();
  await live(page);
  await expect(card.getByText("Roof works")).toBeVisible();
});
