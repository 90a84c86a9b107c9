// What people did and saw, against what the server's log says happened.
import { type Page, expect } from "./server";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const PROTOCOL = readFileSync(resolve(import.meta.dirname, "../../shared/src/sync/protocol.rs"), "utf8");

/** A number that pages and server have to agree on, as it stands where both have it from. */
function numberOf(name: "VERSION" | "SCHEMA"): number {
  const found = PROTOCOL.match(new RegExp(`pub const ${name}: u32 = (\\d+);`));
  if (!found) throw new Error(`${name} is not in the protocol`);
  return Number(found[1]);
}

/** A text that somebody wrote, which nobody writes again. */
interface Written {
  writer: string;
  text: string;
  /** Whether the page had said that it is durably in the browser; nothing once it went with its page before it could. */
  saved: boolean | undefined;
}

/** What was written, in the order in which each writer wrote it. */
export class History {
  readonly #written: Written[] = [];

  /** Notes a text before it is written: from then on it may take effect. */
  wrote(writer: string, text: string): void {
    this.#written.push({ writer, text, saved: false });
  }

  /** Notes that everything this writer wrote so far was called saved: from then on it must take effect. */
  saved(writer: string): void {
    for (const it of this.#written) if (it.writer === writer && it.saved === false) it.saved = true;
  }

  /** Notes that the writer's page is gone: what it had not called saved may take effect, and need not. */
  gone(writer: string): void {
    for (const it of this.#written) if (it.writer === writer && !it.saved) it.saved = undefined;
  }

  /** Whether the log agrees: everything saved once, nothing twice, each writer's in its order, and nothing from nowhere. */
  check(log: string[]): void {
    const places = new Map<string, number[]>();
    for (const [place, text] of log.entries()) places.set(text, [...(places.get(text) ?? []), place]);
    const last = new Map<string, number>();
    for (const { writer, text, saved } of this.#written) {
      const found = places.get(text) ?? [];
      expect(found.length, `${text} by ${writer}, at most once`).toBeLessThanOrEqual(1);
      if (saved) expect(found.length, `${text} by ${writer} was called saved`).toBe(1);
      if (found.length === 0) continue;
      expect(found[0], `${text} by ${writer} in its order`).toBeGreaterThan(last.get(writer) ?? -1);
      last.set(writer, found[0]);
    }
    const known = new Set(this.#written.map((it) => it.text));
    expect(log.filter((text) => !known.has(text)), "nothing that nobody wrote").toEqual([]);
  }
}

interface Change {
  t: string;
  put?: { title?: string };
  patch?: { title?: string };
}

/** The titles that tasks were given, in the order of the server's log, from a number of it on; and the log's newest number. */
export async function titlesGiven(page: Page, from: number): Promise<{ titles: string[]; head: number }> {
  const spoken = { proto: numberOf("VERSION"), schema: numberOf("SCHEMA") };
  const log = await page.evaluate(async ({ from, spoken }) => {
    const workspace = JSON.parse(localStorage.getItem("teamflow_known")!).workspaces[location.pathname.split("/")[2]];
    const opened = (hello: object): Promise<WebSocket> =>
      new Promise((open, failed) => {
        const socket = new WebSocket(`${location.origin.replace("http", "ws")}/sync/socket?workspace=${workspace}`);
        socket.onerror = () => failed(new Error("the log cannot be read"));
        socket.onopen = () => {
          const replica = crypto.randomUUID();
          socket.send(JSON.stringify({ hello: { ...spoken, workspace, replica, epoch: null, cursor: null, ...hello } }));
          open(socket);
        };
      });
    const heard = (socket: WebSocket, take: (message: any) => boolean): Promise<void> =>
      new Promise((done, failed) => {
        socket.onclose = ({ code }) => failed(new Error(`the log was closed with ${code}`));
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(data);
          if (message.reset || (message.welcome?.mode === "bootstrap" && isFollowing)) failed(new Error("the log does not reach back"));
          if (take(message)) done();
        };
      });
    let welcome: any;
    let isFollowing = false;
    const first = await opened({});
    await heard(first, (message) => Boolean((welcome = message.welcome)));
    first.onclose = null;
    first.close();
    const changes: unknown[] = [];
    if (from < welcome.head) {
      isFollowing = true;
      const second = await opened({ epoch: welcome.epoch, cursor: from, scopes: welcome.scopes });
      await heard(second, ({ frame }) => {
        for (const part of frame?.parts ?? []) changes.push(...part.changes);
        return frame?.to >= welcome.head;
      });
      second.onclose = null;
      second.close();
    }
    return { changes, head: welcome.head };
  }, { from, spoken });
  const changes = log.changes as Change[];
  const titles = changes.filter((it) => it.t === "tasks").map((it) => it.put?.title ?? it.patch?.title);
  return { titles: titles.filter((title) => title !== undefined), head: log.head };
}
