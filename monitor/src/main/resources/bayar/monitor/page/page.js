import { chart } from "./charts.js";
import { age, bytes, clock, count, millis, NONE, number, percent, size, time, tone, words } from "./format.js";
import { lookAfterPayments } from "./payments.js";
import { follow } from "./stream.js";

const LOST_AFTER_MILLIS = 3500;
const MINUTE_MILLIS = 60_000;
// Beyond these a number is shown as one that wants a look; the same as the alert rules have.
const OLD_DOUBT_SECONDS = 3600;
const LITTLE_DISK_BYTES = 1e9;
// Below this the tile is amber.
const LOW_APPROVAL = 0.7;
const FULL_QUEUE = 0.8;

const $ = (id) => document.getElementById(id);

const charts = {
  answers: chart("chart-answers", {
    lines: [
      { label: "approved", tone: "good" },
      { label: "declined", tone: "warn", dash: [7, 3] },
      { label: "refused", tone: "bad", dash: [2, 3] },
    ],
    value: number,
    top: 10,
  }),
  latency: chart("chart-latency", {
    lines: [
      { label: "p50", tone: "blue" },
      { label: "p99", tone: "violet", dash: [7, 3] },
      { label: "p99.9", tone: "bad", dash: [2, 3] },
    ],
    value: number,
    top: 1,
    isLog: true,
  }),
  commit: chart("chart-commit", {
    lines: [
      { label: "p50", tone: "blue" },
      { label: "p99", tone: "violet", dash: [7, 3] },
    ],
    value: number,
    top: 1,
    isLog: true,
  }),
  batch: chart("chart-batch", {
    lines: [
      { label: "mean batch", tone: "blue" },
      { label: "waiting", tone: "warn", dash: [7, 3] },
    ],
    value: number,
    top: 10,
  }),
};

const payments = lookAfterPayments();
let recent = [];
let latest = null;
let heardAt = null;
let isPaused = false;

follow((glance) => {
  heardAt = performance.now();
  const before = recent.at(-1);
  // Counts begin anew with the server.
  const isNew = before == null || glance.startMillis !== before.startMillis;
  if (isNew) recent = [];
  recent.push(glance);
  while (recent.length > 2 && recent[1].timeMillis < glance.timeMillis - MINUTE_MILLIS) recent.shift();
  latest = glance;
  plot(glance, isNew ? null : before);
  if (!isPaused) show();
  tellConnection();
});

/** Differences of two glances' counts, per second, over the last seconds that are known. */
function rates(pick) {
  const now = recent.at(-1);
  const then = recent.at(-2);
  if (then == null) return () => null;
  const seconds = (now.timeMillis - then.timeMillis) / 1000;
  return (name) => ((pick(now)[name] ?? 0) - (pick(then)[name] ?? 0)) / seconds;
}

function sum(counts, names) {
  return names.reduce((total, name) => total + (counts[name] ?? 0), 0);
}

/** Microseconds as milliseconds; none at all has no place on an axis that never reaches zero. */
function plotted(micros) {
  return micros > 0 ? micros / 1000 : null;
}

function plot(glance, before) {
  const at = glance.timeMillis / 1000;
  const gap = before == null || glance.timeMillis - before.timeMillis > LOST_AFTER_MILLIS;
  if (gap) Object.values(charts).forEach((c) => c.add(at - 0.5));
  const rate = before == null ? null : (names) => Math.max(0, ((sum(glance.byStatus, names) - sum(before.byStatus, names)) * 1000) / (glance.timeMillis - before.timeMillis));
  charts.answers.add(at, rate == null ? undefined : [rate(["approved"]), rate(["declined", "failed", "reversed"]), rate(["rejected", "busy"])]);
  const spent = glance.latencyMicros;
  charts.latency.add(at, spent.count ? [spent.p50, spent.p99, spent.p999].map(plotted) : undefined);
  const { batch } = glance;
  charts.commit.add(at, batch.count ? [batch.commitMicrosP50, batch.commitMicrosP99].map(plotted) : undefined);
  charts.batch.add(at, [batch.count ? batch.mean : 0, glance.queue.depth]);
}

let isDue = false;

/** Draws at the next frame: once, also when a whole history arrives at once. */
function show() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    if (latest == null) return;
    Object.values(charts).forEach((c) => c.draw());
    showTiles(latest);
    showTables(latest);
    payments.told(latest);
  });
}

function tile(id, value, unit, below, mood = "") {
  const box = $(id);
  box.querySelector("b").textContent = value;
  box.querySelector("i").textContent = unit;
  box.querySelector(".below").textContent = below;
  box.dataset.mood = mood;
}

function showTiles(g) {
  const rate = rates((x) => x.byStatus);
  const perSecond = recent.length < 2 ? null : Object.keys(g.byStatus).reduce((total, status) => total + rate(status), 0);
  const answered = Object.values(g.byStatus).reduce((a, b) => a + b, 0);
  tile("tile-rate", number(perSecond), "/s", `${count(answered)} since the start`);
  document.title = perSecond == null ? "Bayar" : `${number(perSecond)}/s · Bayar`;

  const first = recent[0];
  const since = (names) => sum(g.byStatus, names) - (recent.length < 2 ? 0 : sum(first.byStatus, names));
  const approved = since(["approved"]);
  const decided = approved + since(["declined", "failed", "reversed"]);
  const refused = since(["rejected", "busy"]);
  const share = decided === 0 ? null : approved / decided;
  tile(
    "tile-approval",
    percent(share),
    share == null ? "" : "%",
    decided + refused === 0 ? "nothing was answered" : `${count(decided - approved)} declined · ${count(refused)} refused`,
    share == null ? "" : share < LOW_APPROVAL ? "warn" : "good",
  );

  const spent = g.latencyMicros;
  tile(
    "tile-latency",
    spent.count ? millis(spent.p99) : NONE,
    spent.count ? "ms" : "",
    spent.count ? `p50 ${time(spent.p50)} · p99.9 ${time(spent.p999)} · max ${time(spent.max)}` : "nothing was answered this second",
  );

  const isFull = g.queue.depth > g.queue.capacity * FULL_QUEUE;
  tile(
    "tile-queue",
    count(g.queue.depth),
    `of ${count(g.queue.capacity)}`,
    g.batch.count ? `batches of ${number(g.batch.mean)}, at most ${count(g.batch.max)}` : "no batch this second",
    isFull ? "bad" : "",
  );

  const doubt = g.inDoubt;
  tile(
    "tile-doubt",
    count(doubt.count),
    doubt.count ? `oldest ${age(doubt.oldestSeconds)}` : "",
    `${count(g.pending)} pending · ${count(g.holds)} authorizations held`,
    doubt.count === 0 ? "good" : doubt.oldestSeconds > OLD_DOUBT_SECONDS ? "bad" : "warn",
  );

  const [left, unit] = bytes(g.store.usableBytes);
  tile("tile-disk", left, unit, `ledger ${size(g.store.fileBytes)} · WAL ${size(g.store.walBytes)}`, g.store.usableBytes >= 0 && g.store.usableBytes < LITTLE_DISK_BYTES ? "bad" : "");

  const alarm = $("alarm");
  alarm.hidden = g.refusing == null;
  if (g.refusing != null) alarm.textContent = `The engine takes no payments: ${words(g.refusing)}.`;
  $("uptime").textContent = `up ${age(g.uptimeSeconds)}`;
  $("clock").textContent = clock(g.timeMillis);
}

/** Makes the rows of a table, those that stay being the same elements, so that nothing loses its focus or its place. */
function rows(table, entries, cells) {
  const body = $(table).tBodies[0];
  const there = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  entries.forEach(([key, value], place) => {
    let row = there.get(key);
    if (row == null) {
      row = document.createElement("tr");
      row.dataset.key = key;
    }
    there.delete(key);
    if (body.rows[place] !== row) body.insertBefore(row, body.rows[place] ?? null);
    cells(key, value).forEach((cell, i) => {
      const td = row.cells[i] ?? row.insertCell();
      if (typeof cell === "string") {
        if (td.textContent !== cell) td.textContent = cell;
      } else {
        cell(td);
      }
    });
  });
  there.forEach((row) => row.remove());
}

const right = (text) => (td) => {
  td.className = "right";
  td.textContent = text;
};

const status = (code) => (td) => {
  td.className = "status";
  td.dataset.tone = tone(code);
  td.textContent = words(code);
};

const bar = (share) => (td) => {
  let box = td.firstElementChild;
  if (box == null) {
    box = document.createElement("meter-bar");
    box.setAttribute("aria-hidden", "true");
    box.append(document.createElement("span"));
    td.append(box);
  }
  box.firstElementChild.style.width = `${Math.round(share * 100)}%`;
};

function pairs(list, entries) {
  const dl = $(list);
  entries.forEach(([name, value], i) => {
    if (dl.children[2 * i] == null) dl.append(document.createElement("dt"), document.createElement("dd"));
    dl.children[2 * i].textContent = name;
    dl.children[2 * i + 1].textContent = value;
  });
}

function showTables(g) {
  const byReason = rates((x) => x.byReason);
  rows("reasons", Object.entries(g.byReason), (code, total) => [words(code), status(g.statusOf[code]), right(number(byReason(code))), right(count(total))]);
  const byOperation = rates((x) => x.byOperation);
  rows("operations", Object.entries(g.byOperation), (code, total) => [words(code), right(number(byOperation(code))), right(count(total))]);

  const stages = Object.entries(g.stageMicros);
  const longest = Math.max(1e-9, ...stages.map(([, micros]) => micros));
  rows("stages", stages, (name, micros) => [name, bar(micros / longest), right(time(micros))]);

  const perSecond = (name, side) => {
    const then = recent.at(-2);
    const old = then?.connections[name]?.[side];
    return old == null ? NONE : `${size(((g.connections[name][side] - old) * 1000) / (g.timeMillis - then.timeMillis))}/s`;
  };
  rows("connections", Object.entries(g.connections), (name, c) => [
    name,
    right(count(c.open)),
    right(perSecond(name, "bytesIn")),
    right(perSecond(name, "bytesOut")),
    right(count(c.refused)),
    right(count(c.slow)),
  ]);

  const then = recent.at(-2);
  const written = then == null ? null : ((g.store.writtenBytes - then.store.writtenBytes) * 1000) / (g.timeMillis - then.timeMillis);
  pairs("store", [
    ["Payments", count(g.store.payments)],
    ["Ledger", size(g.store.fileBytes)],
    ["Write-ahead log", size(g.store.walBytes)],
    ["Written", written == null ? NONE : `${size(written)}/s`],
    ["Commit, p50", g.batch.count ? time(g.batch.commitMicrosP50) : NONE],
    ["Commit, p99", g.batch.count ? time(g.batch.commitMicrosP99) : NONE],
    ["Disk left", size(g.store.usableBytes)],
  ]);
  pairs("process", [
    ["Heap", g.memory.heapMax > 0 ? `${size(g.memory.heapUsed)} of ${size(g.memory.heapMax)}` : size(g.memory.heapUsed)],
    ["Outside the heap", size(g.memory.nonHeap)],
    ["Garbage collections", `${count(g.gc.count)}, ${count(g.gc.millis)} ms`],
    ["Threads", count(g.threads)],
    ["Events dropped", count(g.events.dropped)],
    ["Events failed", count(g.events.failed)],
  ]);
}

function tellConnection() {
  const silent = heardAt == null ? null : performance.now() - heardAt;
  const isLost = silent == null ? performance.now() > LOST_AFTER_MILLIS : silent > LOST_AFTER_MILLIS;
  const state = isLost ? "lost" : silent == null ? "connecting" : isPaused ? "paused" : "live";
  const text = {
    connecting: "Connecting …",
    live: "Live",
    paused: "Paused",
    lost: silent == null ? "No server; trying again" : "Disconnected; trying again",
  }[state];
  const pill = $("connection");
  if (pill.textContent !== text) pill.textContent = text;
  pill.dataset.state = state;
  document.body.dataset.state = state;
  payments.connected(!isLost && silent != null);
}

setInterval(tellConnection, 500);

$("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  const button = $("pause");
  button.setAttribute("aria-pressed", String(isPaused));
  button.textContent = isPaused ? "Go on" : "Pause";
  if (!isPaused) show();
  tellConnection();
});
