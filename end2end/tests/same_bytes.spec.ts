// The same commands on the same rows give the same bytes in a browser as natively: what both sides replay must agree.
import { expect, test } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const FOLDER = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "same-bytes");

test("what seeds come to is the same natively and in a browser", async ({ page }) => {
  // It compiles, where nothing is there yet.
  test.setTimeout(600_000);
  execFileSync("cargo", ["xtask", "same-bytes"], { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  const files = createServer((asked, answer) => {
    const name = asked.url!.slice(1);
    const type = name.endsWith(".js") ? "text/javascript" : name.endsWith(".wasm") ? "application/wasm" : null;
    answer.writeHead(200, { "content-type": type ?? "text/html" });
    answer.end(type ? readFileSync(join(FOLDER, name)) : "");
  });
  await new Promise<void>((listening) => files.listen(0, "127.0.0.1", listening));
  try {
    await page.goto(`http://127.0.0.1:${(files.address() as AddressInfo).port}/`);
    const seeds = readdirSync(FOLDER).filter((name) => name.endsWith(".txt")).map((name) => Number.parseInt(name));
    expect(seeds.length).toBeGreaterThan(0);
    for (const seed of seeds) {
      const native = readFileSync(join(FOLDER, `${seed}.txt`), "utf8").split("\n");
      const there: string = await page.evaluate(async (seed) => {
        const module = await import("/transcript.js" as string);
        await module.default({ module_or_path: "/transcript_bg.wasm" });
        return module.of(seed);
      }, seed);
      const lines = there.split("\n");
      const differs = lines.findIndex((line, at) => line !== native[at]);
      expect(differs, `seed ${seed}: ${lines[differs]} instead of ${native[differs]}`).toBe(-1);
      expect(lines.length).toBe(native.length);
      expect(lines.length).toBeGreaterThan(300);
      expect(native.some((line) => line.startsWith("simulated "))).toBe(true);
    }
  } finally {
    files.close();
  }
});
