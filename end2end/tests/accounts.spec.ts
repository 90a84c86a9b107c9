import { createHmac } from "node:crypto";
import { PASSWORD, type Page, expect, hydrated, live, refused, setUp, test } from "./server";
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
  // The address need not be typed again, and stands in no address that is kept or handed on.
  await expect(other.locator("input[name=email]")).toHaveValue("grace@example.org");
  expect(other.url()).not.toContain("grace");
  await other.locator("input[name=password]").fill(PASSWORD);
  await other.locator("form[action*='sign-in'] button").click();
  await expect(other).toHaveURL(/\/w\/navy/);
  await other.getByRole("button", { name: "Sign out" }).first().click();
  await other.goto("/w/navy");
  await expect(other).toHaveURL(/\/sign-in/);
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

/** The code that an authenticator app shows for a key (RFC 6238). */
function codeOf(seed: string, at: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...seed].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("whoever is invited by link joins the workspace, and one signed out elsewhere is out", async ({ browserOf }) => {
  const owner = await setUp(await browserOf());
  await owner.goto("/w/north-light/settings/invitations");
  await hydrated(owner);
  await owner.getByLabel("Role", { exact: true }).selectOption("member");
  await owner.getByRole("button", { name: "Invite" }).click();
  const link = (await owner.locator("code.token").textContent())!;
  await expect(owner.getByText("Everybody with the link", { exact: true })).toBeVisible();

  const context = await browserOf();
  const guest = await context.newPage();
  await guest.goto(new URL(link).pathname);
  await hydrated(guest);
  await expect(guest.getByText("invites you to work in")).toBeVisible();
  await guest.getByRole("link", { name: "Create an account" }).click();
  await guest.getByLabel("Your name").fill("Grace Hopper");
  await guest.getByLabel(/E-?mail/).fill("grace@example.org");
  await guest.getByLabel("Password").fill(PASSWORD);
  await guest.getByRole("button", { name: "Create account" }).click();
  await guest.getByRole("button", { name: "Join North Light" }).click();
  await expect(guest).toHaveURL(/\/w\/north-light/);
  await owner.goto("/w/north-light/settings/members");
  await expect(owner.getByText("Grace Hopper", { exact: true })).toBeVisible();

  await guest.goto("/settings/sessions");
  await expect(guest.getByText("This one")).toBeVisible();
  const second = await (await browserOf()).newPage();
  await second.goto("/sign-in");
  await hydrated(second);
  await second.getByLabel(/E-?mail/).fill("grace@example.org");
  await second.getByLabel("Password").fill(PASSWORD);
  await second.getByRole("button", { name: "Sign in" }).click();
  await expect(second).toHaveURL(/\/w\/north-light/);
  await guest.reload();
  await hydrated(guest);
  await guest.getByRole("button", { name: "Sign out everywhere else" }).click();
  await expect(guest.getByRole("button", { name: "Sign out everywhere else" })).toHaveCount(0);
  await second.goto("/settings/sessions");
  await expect(second).toHaveURL(/\/sign-in/);
});

test("two-step sign-in and a new password work without JavaScript", async ({ browserOf }) => {
  const page = await (await browserOf({ javaScriptEnabled: false })).newPage();
  await page.goto("/");
  await page.locator("input[name=name]").fill("Grace Hopper");
  await page.locator("input[name=email]").fill("grace@example.org");
  await page.locator("input[name=password]").fill(PASSWORD);
  await page.locator("input[name=workspace]").fill("Navy");
  await page.getByRole("button", { name: "Create account and workspace" }).click();
  await page.goto("/settings/account");
  await page.locator("input[name=current]").fill(PASSWORD);
  await page.locator("input[name=password]").fill("correct horse battery");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password was changed.")).toBeVisible();

  await page.goto("/settings/two-step");
  await page.getByRole("button", { name: "Set it up" }).click();
  const seed = (await page.locator("code.token").textContent())!;
  await page.locator("input[name=code]").fill(codeOf(seed, Date.now()));
  await page.getByRole("button", { name: "Turn it on" }).click();
  const codes = (await page.locator("code.token").textContent())!.trim().split("\n");
  expect(codes).toHaveLength(10);
  await page.getByRole("button", { name: "I have noted them" }).click();
  await expect(page.getByText("10 recovery codes are left.")).toBeVisible();

  const other = await (await browserOf({ javaScriptEnabled: false })).newPage();
  await other.goto("/sign-in");
  await other.locator("input[name=email]").fill("grace@example.org");
  await other.locator("input[name=password]").fill("correct horse battery");
  await other.locator("form[action*='sign-in'] button").click();
  await expect(other).toHaveURL(/\/second-step/);
  await other.locator("input[name=code]").fill("000000");
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(other.getByText("This code is not good.")).toBeVisible();
  await other.locator("input[name=code]").fill(codes[0]);
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(other).toHaveURL(/\/w\/navy/);
});

test("a workspace asks everybody for two-step sign-in: the page that is open leads to setting it up", async ({ browserOf, said }) => {
  const turnOn = async (page: Page) => {
    await page.getByRole("button", { name: "Set it up" }).click();
    const seed = (await page.locator("code.token").textContent())!;
    await page.getByLabel("Code").fill(codeOf(seed, Date.now()));
    await page.getByRole("button", { name: "Turn it on" }).click();
    await page.getByRole("button", { name: "I have noted them" }).click();
  };
  const owner = await setUp(await browserOf());
  await owner.goto("/w/north-light/settings/invitations");
  await hydrated(owner);
  await owner.getByLabel("Role", { exact: true }).selectOption("member");
  await owner.getByRole("button", { name: "Invite" }).click();
  const link = (await owner.locator("code.token").textContent())!;
  const member = await (await browserOf()).newPage();
  await member.goto(new URL(link).pathname);
  await hydrated(member);
  await member.getByRole("link", { name: "Create an account" }).click();
  await member.getByLabel("Your name").fill("Grace Hopper");
  await member.getByLabel(/E-?mail/).fill("grace@example.org");
  await member.getByLabel("Password").fill(PASSWORD);
  await member.getByRole("button", { name: "Create account" }).click();
  await member.getByRole("button", { name: "Join North Light" }).click();
  await expect(member).toHaveURL(/\/w\/north-light/);
  await live(member);

  await owner.goto("/w/north-light/settings/sign-in");
  await hydrated(owner);
  await owner.getByRole("button", { name: "Require it" }).click();
  await expect(owner.getByText("Set up two-step sign-in for yourself first")).toBeVisible();
  refused(said, 403, 1);
  await owner.goto("/settings/two-step");
  await hydrated(owner);
  await turnOn(owner);
  await owner.goto("/w/north-light/settings/sign-in");
  await hydrated(owner);
  await owner.getByRole("button", { name: "Require it" }).click();
  await expect(owner.getByRole("button", { name: "Do without" })).toBeVisible();

  await expect(member.getByText("Two-step sign-in is required here").last()).toBeVisible();
  await hydrated(member);
  for (const scheme of ["light", "dark"] as const) {
    await member.emulateMedia({ colorScheme: scheme });
    const { violations } = await new AxeBuilder({ page: member }).analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
  }
  await member.getByRole("link", { name: "Set it up" }).click();
  await hydrated(member);
  await turnOn(member);
  await member.goto("/w/north-light");
  await live(member);
  refused(said, 403, 1);
});

test("an account's pages have no accessibility violations in either theme", async ({ browserOf }) => {
  const page = await setUp(await browserOf());
  for (const path of ["/settings/account", "/settings/two-step", "/settings/sessions", "/w/north-light/settings/invitations", "/forgot-password"]) {
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(path);
      await hydrated(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((v) => `${path} ${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
    }
  }
});
