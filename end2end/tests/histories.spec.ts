// Two people, three pages, one task that all of them rename, and faults in between; then the server's log is compared with
// what people wrote and what pages called saved.
import { type BrowserContext, type Page, cards, demo, expect, hydrated, live, test } from "./server";
import { all, colleague, crash, kept, quickCard, saved } from "./board";
import { History, titlesGiven } from "./histories";

/** The same numbers below a bound on each run: a linear congruential generator. */
function numbers(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
}

interface Writer {
  name: string;
  context: BrowserContext;
  page: Page;
  url: string;
  write(page: Page, text: string): Promise<void>;
}

/** Renames the task whose panel is open, without waiting for anything. */
async function rename(page: Page, title: string): Promise<void> {
  await page.locator(".panel__title textarea").fill(title);
  await page.keyboard.press("Enter");
}

const titleOf = (page: Page) => page.locator(".panel__title .editable").getAttribute("data-value");

const ROUNDS = 10;
const FAULTS = ["crash", "reload", "server", "offline"] as const;

for (const seed of [1, 2]) {
  test(`what pages called saved is in the log, once and in order, whatever fails between (seed ${seed})`, async ({ browserOf, server }) => {
    test.setTimeout(240_000);
    const below = numbers(seed);
    const board = await demo(await browserOf());
    const other = await colleague(board, browserOf);
    const task = new URL((await board.locator("a.card__link").first().getAttribute("href"))!, board.url()).href;
    const second = await board.context().newPage();
    const of = (name: string, page: Page, url: string, write: Writer["write"]): Writer => ({ name, context: page.context(), page, url, write });
    const writers = [
      of("Ada, on the board", board, board.url(), quickCard),
      of("Ada, on the task", second, task, rename),
      of("Grace, on the task", other, task, rename),
    ];
    const open = async (writer: Writer) => {
      await writer.page.goto(writer.url);
      await hydrated(writer.page);
      if (writer.write === rename) return expect(writer.page.locator(".panel__title textarea")).toBeVisible();
      await cards(writer.page, 0).first().waitFor();
      await writer.page.locator(".column").first().getByRole("button", { name: "New task", exact: true }).click();
    };
    for (const writer of writers) {
      await open(writer);
      await live(writer.page);
      await kept(writer.page);
    }
    const { head } = await titlesGiven(board, 0);
    const history = new History();
    for (let round = 0; round < ROUNDS; round++) {
      const fault = FAULTS[below(FAULTS.length)];
      const struck = writers[below(writers.length)];
      if (fault === "server") await server.kill();
      if (fault === "offline") await struck.context.setOffline(true);
      for (const writer of writers) {
        for (let n = 0; n < 2; n++) {
          const text = `Round ${round}, ${n}, by ${writer.name}`;
          history.wrote(writer.name, text);
          await writer.write(writer.page, text);
        }
        // Now and then nobody waits until it is said to be saved.
        if (writer !== struck || below(2) === 0) {
          await saved(writer.page);
          history.saved(writer.name);
        }
      }
      if (fault === "crash" || fault === "reload") history.gone(struck.name);
      if (fault === "crash") {
        await crash(struck.page);
        await struck.page.close();
        struck.page = await struck.context.newPage();
        await open(struck);
      }
      if (fault === "reload") await open(struck);
      if (fault === "server") await server.start();
      if (fault === "offline") await struck.context.setOffline(false);
    }
    for (const writer of writers) {
      await live(writer.page);
      await expect(all(writer.page)).toContainText("all changes saved", { timeout: 60_000 });
    }
    const { titles } = await titlesGiven(writers[0].page, head);
    history.check(titles);
    const renamed = titles.filter((title) => title.endsWith("on the task"));
    const fresh = await (await browserOf()).newPage();
    await fresh.context().addCookies(await board.context().cookies());
    await fresh.goto(task);
    await live(fresh);
    for (const page of [writers[1].page, writers[2].page, fresh]) {
      await expect.poll(() => titleOf(page), { timeout: 45_000 }).toBe(renamed.at(-1));
    }
    const column = await cards(fresh, 0).locator(".card__title").allInnerTexts();
    // Of those that show the same part of it: the board of whoever adds cards is scrolled to its end.
    for (const { page } of writers.slice(1)) {
      await expect.poll(() => cards(page, 0).locator(".card__title").allInnerTexts(), { timeout: 45_000 }).toEqual(column);
    }
  });
}
