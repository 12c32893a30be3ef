// What is open: the list, one payment's history, and how it is settled by hand.

import { age, clock, count, dateTime, money, NONE, tone, words } from "./format.js";

const EVERY_MILLIS = 2000;
const MOST = 200;
// What is at its processor for less than this is on its way, and would only flicker by.
const SLOW_SECONDS = 5;

const $ = (id) => document.getElementById(id);

export function lookAfterPayments() {
  const dialog = $("payment");
  const form = $("resolve");
  let isConnected = false;
  let isAsking = false;
  let askedAt = -Infinity;
  let shown = null;
  let token = "";

  function told(glance) {
    const total = glance.inDoubt.count + glance.pending;
    $("open-count").textContent = total ? `${count(glance.inDoubt.count)} in doubt · ${count(glance.pending)} pending` : "";
    if (isConnected && performance.now() - askedAt >= EVERY_MILLIS) list();
  }

  async function list() {
    if (isAsking) return;
    isAsking = true;
    askedAt = performance.now();
    const state = $("open-state");
    try {
      const told = (await ask(`payments/unresolved?max=${MOST}`)).payments;
      const payments = told.filter((payment) => payment.status !== "pending" || payment.ageSeconds >= SLOW_SECONDS);
      fill(payments);
      state.dataset.mood = "";
      state.textContent = payments.length === 0 ? "No payment is pending, in doubt or contradicted." : told.length === MOST ? `These are the ${MOST} oldest.` : "";
    } catch (e) {
      state.dataset.mood = "bad";
      state.textContent = `The list could not be read: ${e.message}. It is asked for again.`;
    } finally {
      isAsking = false;
    }
  }

  function fill(payments) {
    const body = $("open-table").tBodies[0];
    const there = new Map([...body.rows].map((row) => [row.dataset.key, row]));
    payments.forEach((payment, place) => {
      const key = `${payment.principal} ${payment.id}`;
      const row = there.get(key) ?? newRow(key);
      there.delete(key);
      if (body.rows[place] !== row) body.insertBefore(row, body.rows[place] ?? null);
      row.payment = payment;
      const [id, principal, type, amount, status, reason, since, tries, next] = row.cells;
      id.firstElementChild.textContent = payment.id;
      principal.textContent = payment.principal;
      type.textContent = words(payment.type);
      amount.textContent = money(payment.amount, payment.currency, payment.digits);
      status.textContent = payment.anomalous ? `${words(payment.status)}, contradicted` : words(payment.status);
      status.dataset.tone = payment.anomalous ? "bad" : tone(payment.status);
      reason.textContent = words(payment.reason);
      since.textContent = age(payment.ageSeconds);
      tries.textContent = `${payment.tries}×`;
      next.textContent = payment.stuck ? "waits for you" : payment.nextTry ? clock(payment.nextTry) : NONE;
    });
    const focused = document.activeElement;
    there.forEach((row) => {
      // Whoever was on a row that goes is not to begin at the top of the page again.
      if (row.contains(focused)) $("open").focus();
      row.remove();
    });
  }

  function newRow(key) {
    const row = document.createElement("tr");
    row.dataset.key = key;
    for (let i = 0; i < 9; i++) row.insertCell().className = i === 3 || i === 6 || i === 7 ? "right" : i === 4 ? "status" : "";
    const button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => open(row.payment));
    row.cells[0].append(button);
    return row;
  }

  function open(payment) {
    shown = payment;
    form.reset();
    say("resolve-state", "", "");
    form.elements.token.value = token;
    dialog.showModal();
    drillDown();
  }

  async function drillDown() {
    const payment = shown;
    $("payment-title").textContent = `Payment ${payment.id}`;
    facts(payment);
    $("payment-history").tBodies[0].replaceChildren();
    say("payment-state", "Loading …", "");
    try {
      const found = await ask(`payment?${new URLSearchParams({ principal: payment.principal, id: payment.id })}`);
      if (shown !== payment) return;
      history(found.records);
      say("payment-state", found.whole ? "" : "There is more than is told here; see the ledger.", "");
      form.hidden = found.payment == null;
      facts(found.payment ?? { ...payment, status: found.status, reason: found.reason, since: null, tries: null });
      const isDoubtful = found.payment != null && found.payment.status === "in_doubt";
      for (const radio of form.elements.as) radio.disabled = radio.value === "acknowledge" ? !(found.payment?.anomalous ?? false) : !isDoubtful;
      $("amount-unit").textContent = payment.currency ? `(minor units of ${payment.currency})` : "";
    } catch (e) {
      if (shown === payment) say("payment-state", `The history could not be read: ${e.message}.`, "bad");
    }
  }

  function facts(payment) {
    const entries = [
      ["Principal", payment.principal],
      ["Operation", payment.payment ? `${words(payment.type)} of ${payment.payment}` : words(payment.type)],
      ["Amount", money(payment.amount, payment.currency, payment.digits)],
      ["From, to", payment.payer || payment.payee ? `${payment.payer ?? NONE} to ${payment.payee ?? NONE}` : null],
      ["Status", outcome(payment)],
      ["Processor", payment.method],
      ["Its key there", payment.key],
      ["Its reference there", payment.reference],
      ["Since", payment.since == null ? null : `${dateTime(payment.since)} (${age(payment.ageSeconds)})`],
      ["Asked", payment.tries == null ? null : `${payment.tries === 0 ? "not yet" : `${payment.tries}×`}${payment.nextTry ? `, again at ${clock(payment.nextTry)}` : payment.stuck ? ", and no more: it waits for you" : ""}`],
    ].filter(([, value]) => value != null);
    $("payment-facts").replaceChildren(
      ...entries.flatMap(([name, value]) => {
        const dt = document.createElement("dt");
        const dd = document.createElement("dd");
        dt.textContent = name;
        dd.textContent = value;
        return [dt, dd];
      }),
    );
  }

  function history(records) {
    const rows = records.map((record) => {
      const row = document.createElement("tr");
      const evidence = Object.entries(record.evidence).map(([name, value]) => `${name}: ${value}`).join(" · ");
      [dateTime(record.time), record.id === shown.id ? words(record.recorded) : `${words(record.recorded)} ${record.id}`, words(record.status), words(record.reason), evidence || NONE].forEach((text) => (row.insertCell().textContent = text));
      row.cells[2].className = "status";
      row.cells[2].dataset.tone = tone(record.status);
      return row;
    });
    $("payment-history").tBodies[0].replaceChildren(...rows);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { as, amount, by, because } = form.elements;
    const order = { principal: shown.principal, id: shown.id, as: as.value, by: by.value, because: because.value };
    if (as.value === "approved" && amount.value !== "") order.amount = Number(amount.value);
    const button = form.querySelector("button");
    button.disabled = true;
    say("resolve-state", "Asking …", "");
    try {
      token = form.elements.token.value;
      const receipt = await ask("resolve", {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
        body: JSON.stringify(order),
      });
      await drillDown();
      form.hidden = receipt.status !== "in_doubt";
      say("payment-state", `Settled: ${outcome(receipt)}.`, "good");
      say("resolve-state", "", "");
      if (form.hidden) dialog.querySelector(".close button").focus();
      list();
    } catch (e) {
      say("resolve-state", `Not settled: ${e.message}.`, "bad");
    } finally {
      button.disabled = false;
    }
  });

  dialog.addEventListener("close", () => {
    shown = null;
    form.hidden = true;
    form.elements.token.value = "";
  });

  return { told, connected: (is) => (isConnected = is) };
}

function outcome({ status, reason }) {
  return status === reason ? words(status) : `${words(status)}, ${words(reason)}`;
}

function say(id, text, mood) {
  const line = $(id);
  line.dataset.mood = mood;
  line.textContent = text;
}

/** What the server answers, or an error with its own words. */
async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("the server does not answer");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(String(body.error ?? `status ${response.status}`).replace(/\.$/, ""));
  return body;
}
