import { PASSWORD, expect, hydrated, test } from "./server";
import AxeBuilder from "@axe-core/playwright";

test("the first visit leads to an account, a workspace and an empty home that teaches", async ({ browserOf }) => {
  const page = await (await browserOf()).newPage();
  await page.goto("/");
  await expect(page).toHaveURL(/\/setup$/);
  await hydrated(page);
  await page.getByLabel("Your name").or(page.getByLabel("Name")).first().fill("Ada Lovelace");
  await page.getByLabel(/E-?mail/).fill("ada@example.org");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByLabel("Workspace").fill("North Light");
  await page.getByRole("button", { name: "Create account and workspace" }).click();
  await expect(page).toHaveURL(/\/w\/north-light/);
  await hydrated(page);
  await expect(page.getByRole("link", { name: /Trello/ }).first()).toBeVisible();
});

test("signing up, out and in works without JavaScript", async ({ browserOf }) => {
  const page = await (await browserOf({ javaScriptEnabled: false })).newPage();
  await page.goto("/");
  await page.locator("input[name=name]").fill("Grace Hopper");
  await page.locator("input[name=email]").fill("grace@example.org");
  await page.locator("input[name=password]").fill(PASSWORD);
  await page.locator("input[name=workspace]").fill("Navy");
  await page.getByRole("button", { name: "Create account and workspace" }).click();
  await expect(page).toHaveURL(/\/w\/navy/);
  const other = await (await browserOf({ javaScriptEnabled: false })).newPage();
  await other.goto("/sign-in");
  await other.locator("input[name=email]").fill("grace@example.org");
  await other.locator("input[name=password]").fill("wrong password");
  await other.locator("form[action*='sign-in'] button").click();
  await expect(other.getByText("The e-mail address or the password is wrong.")).toBeVisible();
  await other.locator("input[name=email]").fill("grace@example.org");
  await other.locator("input[name=password]").fill(PASSWORD);
  await other.locator("form[action*='sign-in'] button").click();
  await expect(other).toHaveURL(/\/w\/navy/);
});

for (const path of ["/setup", "/sign-in"]) {
  test(`${path} has no accessibility violations in either theme`, async ({ browserOf }) => {
    const page = await (await browserOf()).newPage();
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(path);
      await hydrated(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
    }
  });
}
