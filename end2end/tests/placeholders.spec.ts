// People who were imported become people with an account, and have what was theirs.
import { expectAccessible } from "./accessible";
import { PASSWORD, type Page, expect, hydrated, live, setUp, test } from "./server";
import { resolve } from "node:path";

const BOARD = resolve(import.meta.dirname, "../../shared/tests/fixtures/trello/workshop.json");

/** Imports our board; the address of what it became. */
async function imported(page: Page): Promise<string> {
  await page.goto("/w/north-light/import");
  await live(page);
  await page.getByLabel("Trello export").setInputFiles(BOARD);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("link", { name: "Open the board" }).click();
  await expect(page).toHaveURL(/\/board$/);
  await live(page);
  return new URL(page.url()).pathname;
}

/** Who stands on a card. */
function on(page: Page, title: string, name: string) {
  const card = page.locator(".card").filter({ hasText: title });
  return card.getByRole("img", { name, exact: true });
}

/** A member in the settings. */
function row(page: Page, name: string) {
  return page.locator("li.settings__row").filter({ hasText: name });
}

test("who was imported accepts an invitation and is on their cards", async ({ browserOf }) => {
  const owner = await setUp(await browserOf());
  const board = await imported(owner);
  await expect(on(owner, "Sharpen the saws", "Ada Fern")).toBeVisible();

  await owner.goto("/w/north-light/settings/members");
  await live(owner);
  await expectAccessible(owner, "members");
  await owner.getByRole("link", { name: "Invite Ada Fern" }).click();
  await expect(owner).toHaveURL(/\/settings\/invitations\?for=/);
  await expect(owner.getByLabel("Stands in for").locator("option:checked")).toHaveText("Ada Fern");
  await expectAccessible(owner, "invitations");
  await owner.getByRole("button", { name: "Invite" }).click();
  const link = (await owner.locator("code.token").textContent())!;
  await expect(owner.getByText("takes over what was imported for Ada Fern")).toBeVisible();
  await owner.goto(board);
  await live(owner);

  const ada = await (await browserOf()).newPage();
  await ada.goto(new URL(link).pathname);
  await hydrated(ada);
  await expect(ada.getByText("You take over what was imported for Ada Fern.")).toBeVisible();
  await expectAccessible(ada, "the invitation");
  await ada.getByRole("link", { name: "Create an account" }).click();
  await ada.getByLabel("Your name").fill("Ada from the forest");
  await ada.getByLabel(/E-?mail/).fill("fern@example.org");
  await ada.getByLabel("Password").fill(PASSWORD);
  await ada.getByRole("button", { name: "Create account" }).click();
  await ada.getByRole("button", { name: "Join North Light" }).click();
  await expect(ada).toHaveURL(/\/w\/north-light/);
  await ada.goto(board);
  await live(ada);
  for (const page of [owner, ada]) {
    await expect(on(page, "Sharpen the saws", "Ada from the forest")).toBeVisible();
    await expect(on(page, "Sharpen the saws", "Ada Fern")).toHaveCount(0);
  }
  await owner.goto("/w/north-light/settings/members");
  await live(owner);
  await expect(row(owner, "adafern")).toHaveCount(0);
});

test("an admin says who somebody is that was imported", async ({ browserOf }) => {
  const owner = await setUp(await browserOf());
  const board = await imported(owner);
  await owner.goto("/w/north-light/settings/members");
  await live(owner);
  const fern = row(owner, "adafern");
  await fern.getByRole("button", { name: "This is…" }).click();
  await fern.getByLabel("Who Ada Fern is").selectOption({ label: "Ada Lovelace" });
  await expectAccessible(owner, "members");
  await fern.getByRole("button", { name: "Hand over" }).click();
  await expect(fern).toHaveCount(0);
  await owner.goto(board);
  await live(owner);
  await expect(on(owner, "Sharpen the saws", "Ada Lovelace")).toBeVisible();
});
