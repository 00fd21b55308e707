// The waiting page: what the hub tells of a start, one event after the other; and the way out of it.
import { RETRY, all, byId, language, page, reason, t } from "./common.js";

const place = document.querySelector("[data-progress]");
const bar = byId("progress-bar");
const log = byId("progress-log");
const said = byId("progress-message");
let source;

// --- the rows

const SECOND = 1000;
const two = (number) => String(number).padStart(2, "0");
const clock = (seconds) =>
  `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(Math.floor(seconds) % 60)}`;

function moment(start) {
  const ahead = (Date.parse(start) - Date.now()) / SECOND;
  if (!(ahead >= 60)) return t("at any moment");
  const soon = ahead < 5400
    ? t("in about {n} min", { n: Math.round(ahead / 60) })
    : t("in about {n} h", { n: Math.round(ahead / 3600) });
  const when = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(start));
  return `${when} (${soon})`;
}

function tick() {
  all("[data-since]").forEach((span) => {
    if (span.dataset.since) span.textContent = clock(Math.max(0, Date.now() - Date.parse(span.dataset.since)) / SECOND);
  });
  all("[data-start]").forEach((span) => (span.textContent = moment(span.dataset.start)));
}

function tell(about) {
  for (const row of all("[data-row]")) {
    const text = about[row.dataset.row];
    const span = document.createElement("span");
    if (row.dataset.row === "since") row.firstElementChild.dataset.since = text;
    else if (row.dataset.row === "start" && text) span.dataset.start = text;
    else span.textContent = text || "–";
    if (row.dataset.row !== "since" && row.textContent.trim() !== span.textContent) row.replaceChildren(span);
  }
  tick();
}

// --- the event log

function line(text, when) {
  if (log.lastElementChild?.dataset.text === text) return;
  const entry = document.createElement("div");
  const time = document.createElement("time");
  entry.className = "progress-log-event";
  entry.dataset.text = text;
  time.dateTime = when.toISOString();
  time.textContent = new Intl.DateTimeFormat(language, { timeStyle: "medium" }).format(when);
  entry.append(time, ` ${text}`);
  log.append(entry);
}

function remember() {
  for (const entry of all("#berth-history li")) {
    const time = entry.querySelector("time");
    line(entry.textContent.replace(time.textContent, "").trim(), new Date(time.dateTime));
  }
  byId("berth-history")?.remove();
}

// --- events

function open() {
  source = new EventSource(place.dataset.progress);
  source.onmessage = (event) => show(JSON.parse(event.data));
  // A lost connection the browser makes again by itself; after an error of the hub's it gives up.
  source.onerror = () => source.readyState === EventSource.CLOSED && setTimeout(look, RETRY);
}

function show(event) {
  // JupyterHub's first event comes again with each new connection.
  if (event.progress === 0 && log.childElementCount) return;
  if (event.progress !== undefined) {
    bar.setAttribute("aria-valuenow", event.progress);
    bar.style.width = byId("sr-progress").textContent = `${event.progress}%`;
  }
  if (event.message) {
    if (said.textContent !== event.message) said.textContent = event.message;
    line(event.message, new Date());
  }
  if (event.about) tell(event.about);
  if (event.ready || event.failed) end(event);
}

/** Says the end where it can be seen from elsewhere, and lets the hub show what is there now. */
function end(event) {
  source.close();
  const text = event.ready ? t("Your server is ready") : t("Your server did not start");
  document.title = text;
  if (event.failed) bar.classList.add("bg-danger");
  try {
    if (wanted()) new Notification(text, { body: event.message });
  } catch {
    // Chrome on Android has them for service workers only.
  }
  location.reload();
}

// As soon as the hub answers again, this address shows how things stand.
async function look() {
  const answer = await fetch(`${window.jhdata.base_url}api/`).catch(() => ({}));
  if (answer.ok) location.reload();
  else setTimeout(look, RETRY);
}

// --- Cancel: over when the scheduler says so

const ask = (url, options = {}) =>
  fetch(url, { headers: { "X-XSRFToken": window.jhdata.xsrf_token }, ...options });

async function cancel(button) {
  const flash = byId("berth-flash");
  const text = button.textContent;
  button.disabled = true;
  button.textContent = said.textContent = t("Cancelling …");
  flash.hidden = true;
  source.close();
  try {
    const answer = await ask(button.dataset.url, { method: "DELETE", keepalive: true });
    if (!answer.ok) throw new Error(await reason(answer));
    if (answer.status === 202) await gone(button.dataset);
    location.assign(button.dataset.then);
  } catch (error) {
    flash.textContent = t("The server could not be stopped: {reason}", { reason: error.message });
    flash.hidden = false;
    button.disabled = false;
    button.textContent = text;
    open();
  }
}

async function gone({ owner, server }) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, SECOND));
    const answer = await ask(owner).catch(() => ({}));
    if (answer.ok && !(server in (await answer.json()).servers)) return;
  }
}

// --- a message when it is ready: only if asked for, and only the browser remembers it

const KEY = "berth-tell";
const possible = "Notification" in window && Notification.permission !== "denied";
const wanted = () => possible && Notification.permission === "granted" && localStorage.getItem(KEY) === "1";

async function toggle(button) {
  const on = !wanted() && (await Notification.requestPermission()) === "granted";
  localStorage.setItem(KEY, on ? "1" : "0");
  button.setAttribute("aria-pressed", wanted());
}

const tellMe = byId("berth-tell");
tellMe.hidden = !possible;
tellMe.setAttribute("aria-pressed", wanted());
tellMe.addEventListener("click", () => toggle(tellMe));
byId("berth-cancel").addEventListener("click", (event) => cancel(event.currentTarget));
bar.setAttribute("aria-labelledby", "progress-message");
said.setAttribute("role", "status");
page();
remember();
tick();
setInterval(tick, SECOND);
open();
