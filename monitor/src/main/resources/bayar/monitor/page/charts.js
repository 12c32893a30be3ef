import uPlot from "./uPlot.esm.js";

// Moving charts of the last five minutes. All of them have the same time below, and one line of reading across.

const SECONDS = 300;
const HEIGHT = 180;
const SVG = "http://www.w3.org/2000/svg";

const charts = [];
const sync = uPlot.sync("time");

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * Begins a chart in the figure `id`.
 *
 * lines: [{label, tone, dash}] · value: how a number is written · top: the least that the highest value of the axis is ·
 * isLog: whether each step up the axis is ten times as much, so that one slow moment does not hide all others
 */
export function chart(id, { lines, value, top, isLog = false }) {
  const figure = document.getElementById(id);
  const title = figure.querySelector("figcaption").textContent.trim().replace(/\s+/g, " ");
  const legend = document.createElement("ul");
  legend.className = "legend";
  const readings = lines.map((line) => {
    const item = document.createElement("li");
    item.append(swatch(line), line.label, " ");
    const reading = document.createElement("b");
    reading.textContent = "—";
    item.append(reading);
    legend.append(item);
    return reading;
  });
  const plot = document.createElement("div");
  plot.className = "plot";
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `${title}, the last five minutes`);
  const nothing = document.createElement("p");
  nothing.className = "nothing";
  nothing.textContent = "Nothing yet";
  figure.append(legend, plot, nothing);

  const data = [[], ...lines.map(() => [])];
  let hovered = null;

  function read(index) {
    lines.forEach((_, i) => (readings[i].textContent = index == null ? "—" : value(data[i + 1][index])));
  }

  const axis = () => ({
    stroke: () => color("muted"),
    grid: { stroke: () => color("grid"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, 'DejaVu Sans', sans-serif",
  });
  const drawn = new uPlot(
    {
      width: Math.max(200, plot.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { sync: { key: sync.key }, points: { size: 6 }, drag: { x: false, y: false } },
      scales: {
        x: { time: true, range: (_, min, max) => (max == null ? [0, SECONDS] : [max - SECONDS, max]) },
        y: isLog
          ? { distr: 3, range: (_, min, max) => [10 ** Math.floor(Math.log10(Math.max(min ?? 0.1, 0.01))), 10 ** Math.ceil(Math.log10(Math.max(max ?? top, top) * 1.05))] }
          : { range: (_, min, max) => [0, Math.max(top, (max ?? 0) * 1.1)] },
      },
      axes: [
        { ...axis(), space: 80, size: 28, values: (_, splits) => splits.map((s) => new Date(s * 1000).toLocaleTimeString("en-GB")) },
        { ...axis(), space: 34, size: 56, ...(isLog ? { splits: decades, filter: (_, splits) => splits } : {}), values: (_, splits) => splits.map((v) => (v == null ? "" : isLog ? String(v) : value(v))) },
      ],
      series: [
        {},
        ...lines.map((line) => ({
          label: line.label,
          stroke: () => color(line.tone),
          width: 1.75,
          dash: line.dash,
          spanGaps: false,
          points: { show: false },
        })),
      ],
      hooks: {
        setCursor: [
          (u) => {
            hovered = u.cursor.left >= 0 ? u.cursor.idx : null;
            read(hovered ?? data[0].length - 1);
          },
        ],
      },
    },
    data,
    plot,
  );
  new ResizeObserver(() => drawn.setSize({ width: Math.max(200, plot.clientWidth), height: HEIGHT })).observe(plot);
  const self = {
    /** Adds what was at a time; nothing, or null in a value's place, where that is not known. */
    add(seconds, values = lines.map(() => null)) {
      data[0].push(seconds);
      values.forEach((v, i) => data[i + 1].push(v));
      while (data[0].length > 1 && data[0][0] < seconds - SECONDS) data.forEach((column) => column.shift());
      if (values.some((v) => v != null)) nothing.hidden = true;
    },
    draw() {
      drawn.setData(data);
      if (hovered == null) read(data[0].length - 1);
    },
    redraw: () => drawn.redraw(),
  };
  charts.push(self);
  return self;
}

/** The steps of an axis on which each is ten times the one before. */
function decades(_, __, min, max) {
  const steps = [];
  for (let power = Math.round(Math.log10(min)); power <= Math.round(Math.log10(max)); power++) steps.push(Number((10 ** power).toPrecision(1)));
  return steps;
}

function swatch({ tone, dash }) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", "22");
  svg.setAttribute("height", "8");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "line");
  Object.entries({ x1: 0, x2: 22, y1: 4, y2: 4, "stroke-width": 2.5, class: `tone-${tone}` }).forEach(([k, v]) => line.setAttribute(k, v));
  if (dash) line.setAttribute("stroke-dasharray", dash.join(" "));
  svg.append(line);
  return svg;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((c) => c.redraw()));
