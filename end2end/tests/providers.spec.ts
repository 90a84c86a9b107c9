// Signing in through a provider of OpenID Connect: a real one, in a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { type Page, type Server, expect, freePort, setUp, test as base } from "./server";

const SCRIPT = join(resolve(import.meta.dirname, ".."), "provider.js");

/** Lets the server know the provider "Company". */
async function startProvider(server: Server): Promise<ChildProcess> {
  const port = await freePort();
  const callback = `${server.url}/auth/providers/company/callback`;
  const child = spawn(process.execPath, [SCRIPT, String(port), callback], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit").then(() => Promise.reject(new Error("the provider ended before it listened")));
  await Promise.race([once(child.stdout!, "data"), ended]);
  ended.catch(() => {});
  await server.kill();
  Object.assign(server.environment, {
    TEAMFLOW_OIDC_COMPANY_ISSUER: `http://127.0.0.1:${port}`,
    TEAMFLOW_OIDC_COMPANY_NAME: "Company",
    TEAMFLOW_OIDC_COMPANY_CLIENT_ID: "teamflow",
    TEAMFLOW_OIDC_COMPANY_CLIENT_SECRET: "between the two of us",
  });
  await server.start();
  return child;
}

const test = base.extend<{ provider: ChildProcess }>({
  provider: async ({ server }, use) => {
    const child = await startProvider(server);
    await use(child);
    const ended = once(child, "exit");
    child.kill();
    await ended;
  },
});

/** Shows the provider who is there. */
async function showWho(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Go on" }).click();
}

test("somebody new comes in through a provider without JavaScript, and keeps the last way in", async ({ provider, browserOf }) => {
  expect(provider.exitCode).toBeNull();
  await setUp(await browserOf());
  const page = await (await browserOf({ javaScriptEnabled: false })).newPage();
  await page.goto("/sign-up");
  await page.getByRole("link", { name: "Continue with Company" }).click();
  await showWho(page, "grace");
  await expect(page).toHaveURL(/\/new-workspace$/);
  await page.goto("/settings/account");
  await expect(page.getByText("grace@example.org, last used")).toBeVisible();
  await page.getByRole("button", { name: "Unlink Company" }).click();
  await expect(page.getByText("This is the only way in that is left.")).toBeVisible();
});
