// What changes elsewhere, as it changes: a stream of events, read by `fetch` so that a token can go with it. Where there is no
// stream the lists are asked again now and then. A server that is gone is asked until it is back.

import { answer, link, reached } from "./api.js";

/** How often lists are asked where there is no stream, and how often besides one: time goes by for both. */
const POLL_MS = 15_000;
const BESIDE_MS = 60_000;
/** After how much silence a stream is taken for dead: two heartbeats, and some. */
const SILENT_MS = 40_000;
const SOONEST_MS = 1_000;
const LATEST_MS = 30_000;

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const noMore = (status) => [404, 403, 501].includes(status);

/** Follows the server: `change` is told of each change, `look` that lists are to be asked. */
export async function follow(change, look) {
  poll(look);
  let wait = SOONEST_MS;
  for (;;) {
    try {
      await listen((name, data) => {
        wait = SOONEST_MS;
        if (name === "change") change(data);
        else look();
      });
    } catch (error) {
      if (noMore(error.status)) wait = LATEST_MS * 10;
    }
    state.streams = false;
    // Many pages must not come back at the same instant.
    await pause(wait * (0.75 + Math.random() / 2));
    if (link.gone) await look();
    wait = Math.min(wait * 2, LATEST_MS);
  }
}

const state = { streams: false };

async function poll(look) {
  let last = Date.now();
  let wait = SOONEST_MS;
  for (;;) {
    // A server that is gone is asked sooner, at first.
    await pause(link.gone ? wait : SOONEST_MS);
    wait = link.gone ? Math.min(wait * 1.5, 5_000) : SOONEST_MS;
    const due = Date.now() - last >= (state.streams ? BESIDE_MS : POLL_MS);
    if (!link.gone && (!due || document.visibilityState === "hidden")) continue;
    last = Date.now();
    await look();
  }
}

/** Reads one stream to its end. */
async function listen(tell) {
  const ending = new AbortController();
  const response = await answer("/changes", { headers: { Accept: "text/event-stream" }, signal: ending.signal });
  state.streams = true;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let silence;
  let text = "";
  try {
    for (;;) {
      clearTimeout(silence);
      silence = setTimeout(() => ending.abort(), SILENT_MS);
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      const events = text.split(/\r?\n\r?\n/);
      text = events.pop();
      for (const event of events) told(event, tell);
    }
  } catch (error) {
    if (error.name !== "AbortError") reached(false);
    throw error;
  } finally {
    clearTimeout(silence);
    state.streams = false;
  }
}

function told(event, tell) {
  let name = "message";
  const data = [];
  for (const line of event.split(/\r?\n/)) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  // A comment is a heartbeat.
  if (data.length === 0 && name === "message") return;
  try {
    tell(name, data.length > 0 ? JSON.parse(data.join("\n")) : {});
  } catch {
    tell("lost", {});
  }
}
