// What is held against the rules of accessibility.
import AxeBuilder from "@axe-core/playwright";
import { type Page, expect } from "./server";

/** Nothing on a page stands in anybody's way, in either theme. `where` names the page in what is said of it. */
export async function expectAccessible(page: Page, where = ""): Promise<void> {
  // Another theme has other colours, and everything else alike.
  for (const [scheme, axe] of [
    ["light", new AxeBuilder({ page })],
    ["dark", new AxeBuilder({ page }).withRules(["color-contrast"])],
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    const { violations } = await axe.analyze();
    const found = violations.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`);
    expect(found).toEqual([]);
  }
}
