// How numbers are written: with as many digits as an operator reads at a glance, and a unit behind.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const hundredths = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const NONE = "—";

export function number(value) {
  if (value == null || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return whole.format(value);
  return (size >= 10 ? tenths : hundredths).format(value);
}

export function count(value) {
  return value == null ? NONE : whole.format(value);
}

export function percent(share) {
  return share == null || !Number.isFinite(share) ? NONE : (share >= 0.9995 || share < 0.0005 ? whole : tenths).format(share * 100);
}

export function millis(micros) {
  return micros == null ? NONE : number(micros / 1000);
}

/** A time with its unit. */
export function time(micros) {
  if (micros == null) return NONE;
  if (micros < 1) return `${whole.format(micros * 1000)} ns`;
  if (micros < 1000) return `${number(Math.round(micros * 10) / 10)} µs`;
  return micros < 1e6 ? `${number(micros / 1000)} ms` : `${number(micros / 1e6)} s`;
}

/** Bytes, as [number, unit]. */
export function bytes(value) {
  if (value == null || value < 0) return [NONE, ""];
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let unit = 0;
  let left = value;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit++;
  }
  return [unit === 0 ? whole.format(left) : left >= 100 ? whole.format(left) : tenths.format(left), units[unit]];
}

export function size(value) {
  return bytes(value).join(" ").trim();
}

/** How long something lasts, in its two largest units. */
export function age(seconds) {
  if (seconds == null) return NONE;
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

/** Minor units as people write them; `digits` is how many the currency has behind the point. */
export function money(minor, currency, digits) {
  if (minor == null) return NONE;
  const places = digits ?? 2;
  const text = String(Math.abs(minor)).padStart(places + 1, "0");
  const head = whole.format(Number(text.slice(0, text.length - places)));
  return `${minor < 0 ? "-" : ""}${head}${places > 0 ? `.${text.slice(-places)}` : ""} ${currency}`;
}

/** `insufficient_funds` as `insufficient funds`. */
export function words(code) {
  return code == null ? NONE : String(code).replaceAll("_", " ");
}

const TONES = { approved: "good", declined: "warn", failed: "warn", reversed: "warn", pending: "warn", in_doubt: "bad", rejected: "bad", busy: "bad" };

export function tone(status) {
  return TONES[status] ?? "";
}

export function clock(timeMillis) {
  return new Date(timeMillis).toLocaleTimeString("en-GB");
}

export function dateTime(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? NONE : `${date.toLocaleDateString("en-CA")} ${date.toLocaleTimeString("en-GB")}`;
}
