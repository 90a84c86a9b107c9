import { PASSWORD, expect, hydrated, setUp, test } from "./server";
import { expectAccessible } from "./accessible";
import { readFileSync } from "node:fs";

const SECTIONS = [
  "", "members", "teams", "archived-projects", "roles", "invitations", "bots", "keys", "audit-log", "usage", "export",
  "sign-in", "mail", "limits", "retention", "flags", "health", "server-log", "administrators", "erase",
];

test("the settings list every section", async ({ browserOf }) => {
  const page = await setUp(await browserOf());
  await page.goto("/w/north-light/settings");
  await hydrated(page);
  const links = page.getByRole("navigation", { name: "Settings", exact: true }).getByRole("link");
  await expect(links).toHaveCount(SECTIONS.length + 1);
});

for (let at = 0; at < SECTIONS.length; at += 3) {
  const sections = SECTIONS.slice(at, at + 3);
  test(`the sections from ${sections[0] || "general"} on are reached, fit a phone, and are accessible`, async ({ browserOf }) => {
    const page = await setUp(await browserOf());
    for (const section of sections) {
      await page.goto(`/w/north-light/settings${section && `/${section}`}`);
      await hydrated(page);
      await expect(page.locator(".settings__main section").first()).toBeVisible();
      await expect(page.locator(".settings__main .skeleton")).toHaveCount(0);
      await expectAccessible(page, section);
      await page.setViewportSize({ width: 390, height: 844 });
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      expect(tooWide, section).toBe(false);
      await page.setViewportSize({ width: 1440, height: 900 });
    }
  });
}

test("sections are walked through without loading the page anew, by keyboard too", async ({ browserOf }) => {
  const page = await setUp(await browserOf());
  await page.goto("/w/north-light/settings");
  await hydrated(page);
  await page.evaluate(() => document.body.setAttribute("data-kept", "yes"));
  const nav = page.getByRole("navigation", { name: "Settings", exact: true });
  await nav.getByRole("link", { name: "Roles" }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/settings\/roles$/);
  await expect(page.getByRole("cell", { name: "in their projects" }).first()).toBeVisible();
  await expect(nav.getByRole("link", { name: "Roles" })).toHaveAttribute("aria-current", "page");
  await expect(page.locator("body")).toHaveAttribute("data-kept", "yes");
});

test("the audit log is searched, verified and downloaded", async ({ browserOf }) => {
  const page = await setUp(await browserOf());
  await page.goto("/w/north-light/settings/audit-log");
  await hydrated(page);
  await expect(page.getByText("Founded the workspace").last()).toBeVisible();
  await page.getByRole("button", { name: "Verify the log" }).click();
  await expect(page.getByText("The log is whole.")).toBeVisible();
  await page.getByLabel("Text").fill("no such thing");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByText("Nothing was found")).toBeVisible();
  await expect(page).toHaveURL(/text=no/);
  await page.goto("/w/north-light/settings/server-log");
  await hydrated(page);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as JSON Lines" }).click();
  const file = await (await download).path();
  const acts = readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line).act);
  expect(acts).toContain("accounts.created");
});

test("the pages of the settings work without JavaScript", async ({ browserOf }) => {
  const context = await browserOf();
  await setUp(context);
  const cookies = await context.cookies();
  const plain = await browserOf({ javaScriptEnabled: false });
  await plain.addCookies(cookies);
  const page = await plain.newPage();
  await page.goto("/w/north-light/settings/sign-in");
  await page.getByLabel("Days signed in", { exact: true }).fill("9");
  await page.locator("form", { has: page.locator("input[value=session_days]") }).getByRole("button", { name: "Save" }).click();
  await page.goto("/w/north-light/settings/sign-in");
  await expect(page.getByLabel("Days signed in", { exact: true })).toHaveValue("9");
  await page.goto("/w/north-light/settings/audit-log?text=founded");
  await expect(page.getByText("Founded the workspace").last()).toBeVisible();
});

test("a workspace is exported and fetched", async ({ browserOf }) => {
  const page = await setUp(await browserOf());
  await page.goto("/w/north-light/settings/export");
  await hydrated(page);
  await page.getByRole("button", { name: "Export this workspace" }).click();
  const link = page.getByRole("link", { name: "Download", exact: true });
  await expect(async () => {
    const again = page.getByRole("button", { name: "Look again" });
    if (await again.isVisible()) await again.click();
    await expect(link).toBeVisible({ timeout: 500 });
  }).toPass();
  const download = page.waitForEvent("download");
  await link.click();
  const file = await (await download).path();
  expect(readFileSync(file).toString("latin1")).toContain("teamflow-export");
});

test("an admin sees the keys that reach the workspace, says which are taken, and revokes one", async ({ browserOf }) => {
  const page = await setUp(await browserOf());
  await page.goto("/settings/tokens");
  await hydrated(page);
  await page.getByLabel("What is it for?").fill("Build server");
  await page.getByRole("button", { name: "Create token" }).click();
  await expect(page.getByText("Copy it now")).toBeVisible();

  await page.goto("/w/north-light/settings/keys");
  await hydrated(page);
  await expect(page.getByText("Build server", { exact: true })).toBeVisible();
  await expect(page.getByText(/wherever they are a member/)).toBeVisible();
  await page.getByRole("checkbox", { name: "Keys that members have made" }).uncheck();
  await page.getByLabel("Longest life of a key, in days").fill("30");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel("Longest life of a key, in days")).toHaveValue("30");
  await expect(page.getByRole("checkbox", { name: "Keys that members have made" })).not.toBeChecked();
  await expect(page.getByText("Not taken here", { exact: true })).toBeVisible();
  await expectAccessible(page, "keys");
  await page.getByRole("button", { name: /^Revoke.*Build server/ }).click();
  await expect(page.getByText("Shut out", { exact: true })).toBeVisible();
  await expectAccessible(page, "a key that is shut out");
  await page.getByRole("button", { name: /^Let in again.*Build server/ }).click();
  await expect(page.getByRole("button", { name: /^Revoke.*Build server/ })).toBeVisible();
});

test("an administrator of the server makes another, and takes it back", async ({ browserOf }) => {
  const page = await setUp(await browserOf());
  const other = await (await browserOf()).newPage();
  await other.goto("/sign-up");
  await hydrated(other);
  await other.getByLabel("Your name").fill("Grace Hopper");
  await other.getByLabel("E-mail").fill("grace@example.org");
  await other.getByLabel("Password").fill(PASSWORD);
  await other.getByRole("button", { name: "Create account" }).click();
  await other.waitForURL((url) => !url.pathname.startsWith("/sign-up"));

  await page.goto("/w/north-light/settings/administrators");
  await hydrated(page);
  await expect(page.locator(".settings__main article")).toHaveCount(1);
  await page.getByLabel("E-mail of another administrator").fill("grace@example.org");
  await page.locator("#new-administrator-password").fill(PASSWORD);
  await page.getByRole("button", { name: "Make them an administrator" }).click();
  const grace = page.getByRole("article", { name: "Grace Hopper" });
  await expect(grace).toBeVisible();
  await grace.getByText("Change").click();
  await expectAccessible(page, "administrators");
  await grace.getByLabel("Your password").fill(PASSWORD);
  await grace.getByRole("button", { name: "Remove as administrator" }).click();
  await expect(grace).toHaveCount(0);
});
