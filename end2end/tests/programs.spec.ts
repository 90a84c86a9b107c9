import { createHash } from "node:crypto";
import { type Page, expect, hydrated, setUp, test } from "./server";
import AxeBuilder from "@axe-core/playwright";

async function accessible(page: Page): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
  }
}

test("a key is made with a scope and a workspace, used, seen, and revoked", async ({ browserOf, server }) => {
  const page = await setUp(await browserOf());
  await page.goto("/settings/tokens");
  await hydrated(page);
  await expect(page.getByLabel("Change tasks, comments, boards and projects")).toBeChecked();
  await page.getByLabel("What is it for?").fill("Build server");
  await page.getByLabel("Change tasks, comments, boards and projects").uncheck();
  await page.getByLabel("Where?").selectOption("north-light");
  await page.getByRole("button", { name: "Create token" }).click();
  const secret = (await page.locator("code.token").textContent())!;
  await expect(page.getByText("May read in North Light")).toBeVisible();
  await accessible(page);
  const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
  const read = await fetch(`${server.url}/api/v1/workspaces/north-light/projects`, { headers });
  expect(read.status).toBe(200);
  const body = JSON.stringify({ name: "No" });
  const write = await fetch(`${server.url}/api/v1/workspaces/north-light/projects`, { method: "POST", headers, body });
  expect(write.status).toBe(403);
  expect((await write.json()).error.code).toBe("insufficient_scope");
  // It is noted beside the requests, not before they are answered.
  await expect
    .poll(async () => {
      await page.reload();
      return page.getByText("from 127.0.0.1").count();
    })
    .toBe(1);
  await hydrated(page);
  await page.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("No tokens yet")).toBeVisible();
  const gone = await fetch(`${server.url}/api/v1/workspaces`, { headers });
  expect(gone.status).toBe(401);
});

test("a program is let in without JavaScript, seen among the sessions, and ended", async ({ browserOf, server }) => {
  const page = await setUp(await browserOf());
  const state = await page.context().storageState();
  const plain = await (await browserOf({ javaScriptEnabled: false })).newPage();
  await plain.context().addCookies(state.cookies);
  const verifier = "a-verifier-that-is-long-enough-to-be-one-0123456789";
  const back = "http://127.0.0.1:9/callback";
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: "teamflow-cli",
    redirect_uri: back,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    scope: "read write",
    state: "xyz",
  });
  await plain.goto(`/oauth/authorize?${asked}`);
  await expect(plain.getByRole("heading", { name: "Let TeamFlow command line in?" })).toBeVisible();
  await plain.getByLabel("Where?").selectOption({ label: "North Light" });
  const leaving = plain.waitForRequest((request) => request.url().startsWith(back));
  await plain.getByRole("button", { name: "Allow" }).click();
  const answer = new URL((await leaving).url()).searchParams;
  expect(answer.get("state")).toBe("xyz");
  expect(answer.get("iss")).toBe(server.url);

  const given = await fetch(`${server.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: "teamflow-cli",
      redirect_uri: back,
      code_verifier: verifier,
      code: answer.get("code")!,
    }),
  });
  const headers = { authorization: `Bearer ${(await given.json()).access_token}` };
  const projects = `${server.url}/api/v1/workspaces/north-light/projects`;
  expect((await fetch(projects, { headers })).status).toBe(200);

  await page.goto("/settings/sessions");
  await hydrated(page);
  await expect(page.getByText("TeamFlow command line")).toBeVisible();
  await page.getByRole("button", { name: "Sign out", exact: true }).last().click();
  await expect(page.getByText("TeamFlow command line")).toHaveCount(0);
  expect((await fetch(projects, { headers })).status).toBe(401);

  await page.goto(`/oauth/authorize?${asked}`);
  await accessible(page);
  await page.goto("/w/north-light/settings/bots");
  await hydrated(page);
  await page.getByLabel("Name").first().fill("Deploy bot");
  await page.getByRole("button", { name: "Make bot" }).click();
  await expect(page.getByRole("button", { name: "End Deploy bot" })).toBeVisible();
  await page.getByText("New key").click();
  await page.getByLabel("What is it for?").fill("Deployments");
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.locator("code.token")).toBeVisible();
  await accessible(page);
});
