import { type Page, PASSWORD, type Server, expect, hydrated, setUp, test } from "./server";
import AxeBuilder from "@axe-core/playwright";

async function accessible(page: Page): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
  }
}

/** Passkeys are for names, and an address of numbers is none. */
async function named(server: Server): Promise<string> {
  const url = server.url.replace("127.0.0.1", "localhost");
  server.environment.TEAMFLOW_PUBLIC_URL = url;
  await server.kill();
  await server.start();
  return url;
}

/** A key ring's person touches it whenever it asks, or stays away. */
type KeyRing = (isThere: boolean) => Promise<void>;

/** Gives a page's browser a key ring that always recognises its person. */
async function keyRing(page: Page): Promise<KeyRing> {
  const client = await page.context().newCDPSession(page);
  await client.send("WebAuthn.enable");
  const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return async (enabled) => {
    await client.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
  };
}

async function addPasskey(page: Page): Promise<void> {
  await page.goto("/settings/account");
  await hydrated(page);
  await page.getByLabel("Name of the new passkey").fill("My key ring");
  await page.locator("#new-passkey-password").fill(PASSWORD);
  await page.getByRole("button", { name: "Add a passkey" }).click();
}

test("a passkey is added, lets in, is renamed and removed", async ({ browserOf, server }) => {
  const baseURL = await named(server);
  const page = await setUp(await browserOf({ baseURL }));
  const touch = await keyRing(page);
  await addPasskey(page);
  const passkey = page.getByRole("article", { name: "My key ring" });
  await expect(passkey.getByText("never used")).toBeVisible();
  await accessible(page);

  // What the browser offers to fill in waits while nobody touches the key ring.
  await touch(false);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
  await hydrated(page);
  await accessible(page);
  await touch(true);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.waitForURL(/\/w\/north-light/);
  await page.goto("/settings/sessions");
  await expect(page.getByText("Signed in with a passkey")).toBeVisible();

  await page.goto("/settings/account");
  await hydrated(page);
  await expect(passkey.getByText(/last used/)).toBeVisible();
  await passkey.getByText("Change").click();
  await accessible(page);
  await passkey.getByLabel("Name").fill("Old key ring");
  await passkey.getByRole("button", { name: "Rename" }).click();
  const renamed = page.getByRole("article", { name: "Old key ring" });
  await renamed.getByLabel("Your password").fill(PASSWORD);
  await renamed.getByRole("button", { name: "Remove" }).click();
  await expect(renamed).toHaveCount(0);
});

test("a passkey that the browser fills in lets in without a button", async ({ browserOf, server }) => {
  const baseURL = await named(server);
  const page = await setUp(await browserOf({ baseURL }));
  const touch = await keyRing(page);
  await addPasskey(page);
  await expect(page.getByRole("article", { name: "My key ring" })).toBeVisible();
  await touch(false);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
  await hydrated(page);
  await expect(page.getByLabel("E-mail")).toHaveAttribute("autocomplete", "username webauthn");
  await touch(true);
  await page.reload();
  await page.waitForURL(/\/w\/north-light/);
});

test("a browser that fills no passkeys in says nothing of it", async ({ browserOf, server }) => {
  const baseURL = await named(server);
  await setUp(await browserOf({ baseURL }));
  const context = await browserOf({ baseURL });
  await context.addInitScript(() => {
    // The empty page before the first address has none of it.
    if (window.PublicKeyCredential) Reflect.deleteProperty(window.PublicKeyCredential, "isConditionalMediationAvailable");
  });
  const page = await context.newPage();
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (/^\/sf\/.*passkey/.test(pathname)) asked.push(pathname);
  });
  await page.goto("/sign-in");
  await hydrated(page);
  // Nothing is asked until the button is pressed, which asks just that.
  const button = page.getByRole("button", { name: "Sign in with a passkey" });
  await expect(button).toBeVisible();
  expect(asked).toEqual([]);
  await button.click();
  await expect.poll(() => asked).toEqual(["/sf/begin-passkey-sign-in"]);
});

test("where the address is a number, it is said why there are none", async ({ browserOf }) => {
  const page = await setUp(await browserOf());
  await page.goto("/settings/account");
  await expect(page.getByText("this server's address is a number")).toBeVisible();
  await expect(page.getByRole("button", { name: "Add a passkey" })).toHaveCount(0);
});

test("without scripts nobody is offered what would not work", async ({ browserOf, server }) => {
  const baseURL = await named(server);
  const first = await setUp(await browserOf({ baseURL }));
  const plain = await (await browserOf({ baseURL, javaScriptEnabled: false })).newPage();
  await plain.goto("/sign-in");
  await expect(plain.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  await expect(plain.getByRole("button", { name: "Sign in with a passkey" })).toHaveCount(0);
  await plain.context().addCookies((await first.context().storageState()).cookies);
  await plain.goto("/settings/account");
  await expect(plain.getByRole("heading", { name: "Passkeys" })).toBeVisible();
  await expect(plain.getByRole("button", { name: "Add a passkey" })).toHaveCount(0);
});
