// Every view by axe: light, dark, and on a phone; dialogs too. Nothing is wider than its window.

import { accessible, api, PHONE, story } from "./kit.mjs";

await story(async ({ open }) => {
  const { items } = await api("/opportunities?account=northwind");
  const id = items.find((one) => one.play === "seat-expansion").opportunity_id;
  const views = [
    ["#/", "#rows li"], [`#/o/${id}`, "#draft-propose"], ["#/a/northwind", "#view .timeline, #view .notice"], ["#/today", "#view .row"],
    ["#/plays", "#view .part"], ["#/report", "#view .chart"],
  ];
  for (const [name, options] of [["light", {}], ["dark", { scheme: "dark" }], ["on a phone", { size: PHONE }]]) {
    for (const [path, there] of views) {
      const page = await open(`/${path}`, options);
      await page.locator(there).first().waitFor();
      await accessible(page, `${path} ${name}`);
      if (path.startsWith("#/o/")) {
        for (const key of ["a", "h", "s", "d", "m", "?"]) {
          await page.keyboard.press(key);
          await page.getByRole("dialog").waitFor();
          await accessible(page, `the dialog of ${key} ${name}`);
          await page.keyboard.press("Escape");
          await page.getByRole("dialog").waitFor({ state: "detached" });
        }
      }
      await page.close();
    }
  }
});
