import AxeBuilder from "@axe-core/playwright";
import { PASSWORD, type Page, expect, hydrated, live, refused, setUp, test } from "./server";

async function signUp(page: Page, name: string, email: string): Promise<void> {
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel(/E-?mail/).fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
}

async function accessible(page: Page): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
  }
}

async function newProject(page: Page, name: string): Promise<void> {
  await page.goto("/w/north-light");
  await live(page);
  await page.getByRole("button", { name: "Create a project" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("dialog").getByRole("button", { name: "Create project" }).click();
  await expect(page).toHaveURL(/\/board$/);
}

test("a workspace is renamed, a guest invited to one project, left, deleted and restored", async ({ browserOf, said }) => {
  const owner = await setUp(await browserOf());
  await newProject(owner, "Web app");
  await newProject(owner, "Secret");

  await owner.goto("/w/north-light/settings");
  await live(owner);
  await owner.getByLabel("Name", { exact: true }).fill("Southern Light");
  await owner.getByRole("button", { name: "Rename" }).click();
  await expect(owner.getByText("Renamed the workspace")).toBeVisible();
  await owner.getByLabel("Address").fill("www");
  await owner.getByRole("button", { name: "Change" }).click();
  await expect(owner.getByText("kept for the server itself")).toBeVisible();
  refused(said, 400, 1);
  await owner.getByLabel("Address").fill("southern-light");
  await owner.getByRole("button", { name: "Change" }).click();
  await expect(owner).toHaveURL(/\/w\/southern-light\/settings$/);
  await hydrated(owner);
  await accessible(owner);

  await owner.goto("/w/north-light/WA/people");
  await expect(owner).toHaveURL(/\/w\/southern-light\/WA\/people$/);
  await live(owner);
  await accessible(owner);
  await owner.getByRole("button", { name: "Invite" }).click();
  const link = (await owner.locator("code.token").textContent())!;

  const guest = await (await browserOf()).newPage();
  await guest.goto(new URL(link).pathname);
  await hydrated(guest);
  await expect(guest.getByText("Web app")).toBeVisible();
  await signUp(guest, "Gus Guest", "gus@example.org");
  await guest.getByRole("button", { name: "Join Southern Light" }).click();
  await expect(guest).toHaveURL(/\/w\/southern-light/);
  await expect(guest.getByRole("link", { name: "Web app" }).first()).toBeVisible();
  await expect(guest.getByRole("link", { name: "Secret" })).toHaveCount(0);
  await expect(owner.getByText("Gus Guest", { exact: true })).toBeVisible();

  await guest.goto("/w/southern-light/settings");
  await hydrated(guest);
  await guest.getByRole("button", { name: "Leave", exact: true }).click();
  await expect(guest).toHaveURL(/\/settings\/workspaces$/);
  await expect(guest.getByText("You are in no workspace")).toBeVisible();

  await owner.goto("/w/southern-light/settings");
  await live(owner);
  await owner.getByRole("button", { name: "Delete…" }).click();
  const dialog = owner.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Delete workspace" })).toBeDisabled();
  await dialog.getByLabel(/Type its name/).fill("Southern Light");
  await dialog.getByRole("button", { name: "Delete workspace" }).click();
  await expect(owner).toHaveURL(/\/settings\/workspaces$/);
  await hydrated(owner);
  await expect(owner.getByText("Gone for good on")).toBeVisible();
  await accessible(owner);
  await owner.getByRole("button", { name: "Restore" }).click();
  await expect(owner).toHaveURL(/\/w\/southern-light/);
  await expect(owner.getByRole("link", { name: "Secret" }).first()).toBeVisible();
});

test("a private project leaves who is not in it, at once", async ({ browserOf }) => {
  const owner = await setUp(await browserOf());
  await newProject(owner, "Web app");
  await owner.goto("/w/north-light/settings/invitations");
  await live(owner);
  await owner.getByRole("button", { name: "Invite" }).click();
  const link = (await owner.locator("code.token").textContent())!;
  const member = await (await browserOf()).newPage();
  await member.goto(new URL(link).pathname);
  await hydrated(member);
  await signUp(member, "Mina Member", "mina@example.org");
  await member.getByRole("button", { name: "Join North Light" }).click();
  await live(member);
  await expect(member.getByRole("link", { name: "Web app" }).first()).toBeVisible();

  await owner.goto("/w/north-light/WA/people");
  await live(owner);
  await owner.getByLabel("Privacy").selectOption("private");
  await expect(member.getByRole("link", { name: "Web app" })).toHaveCount(0);
  await owner.getByRole("button", { name: /Add somebody/ }).click();
  await owner.getByRole("option", { name: /Mina Member/ }).click();
  await expect(member.getByRole("link", { name: "Web app" }).first()).toBeVisible();
});
