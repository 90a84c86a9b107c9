// What the browser's benchmarks stand on: a fresh server with a board of any size, and a browser.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const { chromium } = createRequire(join(ROOT, "end2end/package.json"))("@playwright/test");
const BINARY = join(ROOT, "target/dist/teamflow");
const SITE = join(ROOT, "target/site-release");

/** `--name value` pairs of the command line. */
export const options = Object.fromEntries(
  process.argv.slice(2).join(" ").split("--").filter(Boolean).map((o) => o.trim().split(" ")),
);

export const median = (figures) => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];

function freePort() {
  return new Promise((found) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

/** Cards as a team has them: titles of several lengths, labels, people, due dates, checklists. */
function trello(cards) {
  const id = (kind, n) => `5f000000${kind.toString(16).padStart(8, "0")}${n.toString(16).padStart(8, "0")}`;
  const lists = [...Array(6)].map((_, n) => ({ id: id(1, n), name: `List ${n}`, closed: false, pos: n * 1024 }));
  const labels = ["green", "red", "blue", "orange"].map((color, n) => ({ id: id(3, n), name: `label ${color}`, color }));
  const members = ["ada", "grace", "alan"].map((name, n) => ({ id: id(4, n), fullName: name, username: name }));
  const words = "Draw the outline of a column once and keep it while its cards change below the fold".split(" ");
  return {
    id: id(0, 0),
    name: "Load",
    lists,
    labels,
    members,
    checklists: [],
    actions: [],
    cards: [...Array(cards)].map((_, n) => ({
      id: id(2, n),
      idShort: n + 1,
      idList: id(1, n % 6),
      pos: n * 1024,
      closed: false,
      name: `${words.slice(0, 4 + (n % 12)).join(" ")} ${n}`,
      desc: "A description of the usual length, with **Markdown** in it.",
      due: n % 3 === 0 ? "2027-03-01T12:00:00.000Z" : null,
      dueComplete: false,
      idLabels: n % 2 ? [id(3, n % 4)] : [],
      idMembers: n % 3 ? [id(4, n % 3)] : [],
      idChecklists: [],
      attachments: [],
    })),
  };
}

/** A server with a board of that many cards. It can be killed, and started again on the same address and data. */
export async function serve(cards) {
  const data = mkdtempSync(join(tmpdir(), "teamflow-bench-"));
  const port = await freePort();
  const env = {
    ...process.env,
    TEAMFLOW_LISTEN: `127.0.0.1:${port}`,
    TEAMFLOW_DATA_DIR: data,
    TEAMFLOW_SITE_DIR: SITE,
    TEAMFLOW_LOG: "warn",
  };
  const url = `http://127.0.0.1:${port}`;
  let child;
  const start = async () => {
    child = spawn(BINARY, ["serve"], { env, stdio: ["ignore", "ignore", "inherit"] });
    while (!(await fetch(`${url}/ready`).then((r) => r.ok, () => false)));
  };
  const end = async (signal) => {
    if (!child) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await ended;
    child = undefined;
  };
  await start();
  const account = { name: "Bench", email: "bench@example.org", password: "correct horse battery", workspace: "Bench" };
  const setUp = await fetch(`${url}/sf/set-up`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: url, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(account),
  });
  const cookie = setUp.headers.getSetCookie()[0].split(";")[0];
  const file = join(data, "board.json");
  writeFileSync(file, JSON.stringify(trello(cards)));
  execFileSync(BINARY, ["import", "trello", file, "--workspace", "bench"], { env, stdio: "ignore" });
  const home = await (await fetch(`${url}/w/bench`, { headers: { cookie } })).text();
  const board = url + home.match(/href="(\/w\/bench\/[^"]+\/board)"/)[1];
  const stop = async () => {
    await end("SIGTERM");
    rmSync(data, { recursive: true, force: true });
  };
  const [name, value] = cookie.split("=");
  return { board, cookie: { name, value, url }, stop, start, kill: () => end("SIGKILL") };
}


export async function repeated(count, work) {
  const all = [];
  for (let n = 0; n < count; n += 1) all.push(await work());
  const names = Object.keys(all[0]);
  return Object.fromEntries(names.map((name) => [name, Math.round(median(all.map((run) => run[name])) * 10) / 10]));
}


export const launched = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
  });

/** Prints what was measured, and keeps it as a baseline if that was asked for. */
export function report(measured) {
  const text = JSON.stringify(measured, undefined, 2);
  console.log(text);
  if (options.save) writeFileSync(join(ROOT, `bench/baselines/${options.save}.json`), `${text}\n`);
}
