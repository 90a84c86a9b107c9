// What every journey stands on: a server of its own on a fresh database, and pages whose console must stay silent.
import { type BrowserContext, type Page, expect, test as base } from "@playwright/test";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const BINARY = process.env.TEAMFLOW_BIN ?? join(ROOT, "target/release/teamflow");
const SITE = process.env.TEAMFLOW_SITE_DIR ?? join(ROOT, "target/site-release");

export const PASSWORD = "difference engine";

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.on("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => found(typeof address === "object" && address ? address.port : 0));
    });
  });
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    const ready = await fetch(`${url}/ready`).then((r) => r.ok, () => false);
    if (ready) return;
    await new Promise((soon) => setImmediate(soon));
  }
}

export interface Server {
  url: string;
  data: string;
  environment: NodeJS.ProcessEnv;
  binary: string;
  /** Kills the server, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again, on the same address and data. */
  start(): Promise<void>;
}

interface Fixtures {
  server: Server;
  /** Opens another browser with nothing in it. */
  browserOf: (options?: { javaScriptEnabled?: boolean; baseURL?: string }) => Promise<BrowserContext>;
  /** What any page said on its console; it must be nothing. */
  said: string[];
}

export const test = base.extend<Fixtures>({
  server: async ({}, use) => {
    const data = mkdtempSync(join(tmpdir(), "teamflow-"));
    const port = await freePort();
    const environment = {
      ...process.env,
      TEAMFLOW_LISTEN: `127.0.0.1:${port}`,
      TEAMFLOW_DATA_DIR: data,
      TEAMFLOW_SITE_DIR: SITE,
      TEAMFLOW_LOG: "warn",
    };
    const url = `http://127.0.0.1:${port}`;
    let child: ChildProcess | undefined;
    const end = async (signal: NodeJS.Signals) => {
      if (!child || child.exitCode !== null) return;
      const ended = new Promise((done) => child!.once("exit", done));
      child.kill(signal);
      await ended;
      child = undefined;
    };
    const start = async () => {
      child = spawn(BINARY, ["serve"], { env: environment, stdio: ["ignore", "ignore", "inherit"] });
      await answers(url, child);
    };
    await start();
    await use({ url, data, environment, binary: BINARY, start, kill: () => end("SIGKILL") });
    await end("SIGTERM");
    rmSync(data, { recursive: true, force: true });
  },
  said: async ({}, use) => {
    const said: string[] = [];
    await use(said);
    expect(said, "the console stays silent").toEqual([]);
  },
  browserOf: async ({ browser, server, said }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ baseURL: server.url, ...options });
      // Where scripts are off the browser warns that it preloaded them for nothing: it cannot know beforehand.
      if (options.javaScriptEnabled !== false) context.on("page", (page) => listen(page, said));
      opened.push(context);
      return context;
    });
    for (const context of opened) await context.close();
  },
});

/** What Chromium itself notes of a server that is not there. */
const UNREACHABLE =
  /ERR_(CONNECTION_REFUSED|INTERNET_DISCONNECTED|CONNECTION_RESET|SOCKET_NOT_CONNECTED|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)|closed before the connection is established|WebSocket connection to .* failed/;

export function listen(page: Page, said: string[]): void {
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    if (UNREACHABLE.test(message.text())) return;
    // What could not be loaded is named only beside the text.
    const { url } = message.location();
    said.push(message.text().startsWith("Failed to load") ? `${message.text()}: ${url}` : message.text());
  });
  page.on("pageerror", (error) => said.push(String(error)));
}

/** Takes out what Chromium itself notes of answers with this status; there have to be so many. */
export function refused(said: string[], status: number, times: number): void {
  const others = said.filter((text) => !text.includes(`status of ${status}`));
  expect(said.length - others.length, `answers with ${status}`).toBe(times);
  said.splice(0, said.length, ...others);
}

export { type Page, expect };

/** Waits until the page is taken over by the application. */
export async function hydrated(page: Page): Promise<void> {
  await expect(page.locator("html[data-hydrated=true]")).toBeAttached();
}

/** Waits until changes go to the server at once. */
export async function live(page: Page): Promise<void> {
  await hydrated(page);
  await expect(page.locator("html[data-link=live]")).toBeAttached();
}

/** Opens the demo workspace's board in a browser of its own. */
export async function demo(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto("/");
  await page.getByRole("button", { name: "Try the demo workspace" }).click();
  await page.waitForURL(/\/w\//);
  if (!/\/board/.test(page.url())) {
    await page.locator("a[href$='/board']").first().click();
    await page.waitForURL(/\/board/);
  }
  await live(page);
  return page;
}

/** The cards of a column, by its place. */
export function cards(page: Page, column: number) {
  return page.locator(".column").nth(column).locator(".card");
}

/** Creates the first account and the workspace North Light. */
export async function setUp(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto("/setup");
  await hydrated(page);
  await page.locator("input[name=name]").fill("Ada Lovelace");
  await page.locator("input[name=email]").fill("ada@example.org");
  await page.locator("input[name=password]").fill(PASSWORD);
  await page.locator("input[name=workspace]").fill("North Light");
  await page.getByRole("button", { name: "Create account and workspace" }).click();
  await page.waitForURL(/\/w\/north-light/);
  return page;
}
