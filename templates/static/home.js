// The home page: times that run, and servers as they are now, without loading the page again.
import { AGO, ago, all, byId, language, page, t } from "./common.js";

const CHANGING = 2000; // milliseconds between two looks while a server starts or stops
const QUIET = 60000; // and while none does
const SOON = 15 * 60; // seconds, as hub_config/pages/servers.py has it

// --- what is left of a job

function left(seconds) {
  if (seconds <= 0) return t("time is up");
  if (seconds < 60) return t("less than a minute");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("{minutes} min", { minutes });
  return t("{hours} h {minutes} min", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

const clock = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

function count() {
  for (const time of all("time[data-until]")) {
    const end = Date.parse(time.dateTime);
    const seconds = (end - Date.now()) / 1000;
    const text = left(seconds);
    if (time.textContent !== text) time.textContent = text;
    time.title = clock.format(end);
    time.classList.toggle("berth-late", seconds < SOON);
    time.parentElement.querySelector(".berth-soon").hidden = seconds >= SOON || seconds <= 0;
  }
}

// --- the parts of the page that change: drawn by the hub, exchanged here

const parts = (root = document) => all("[data-live]", root);
const rows = () => new Map(all("[data-server-name]").map((row) => [row.dataset.serverName, { ...row.dataset }]));
// As the hub drew them, before anything here has changed them.
const drawn = new Map(parts().map((part) => [part.id, part.cloneNode(true)]));
const pressed = new Map(); // what was to become of servers, by name
let timer;
let asked = 0;

async function look() {
  clearTimeout(timer);
  if (!document.hidden || changing()) await fresh().catch(() => {}); // not now: perhaps next time
  timer = setTimeout(look, changing() ? CHANGING : QUIET);
}

const changing = () => Boolean(document.querySelector("[data-changing]"));

async function fresh() {
  const mine = ++asked;
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!answer.ok || mine !== asked) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!parts(next).length) return location.assign(location.pathname); // logged out
  const before = rows();
  parts(next).forEach(exchange);
  byId("cancelled").textContent = next.getElementById("cancelled").textContent;
  dress();
  tell(before, rows());
}

function exchange(part) {
  const old = byId(part.id);
  if (!old || drawn.get(part.id).isEqualNode(part)) return;
  drawn.set(part.id, part.cloneNode(true));
  const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
  old.replaceWith(document.adoptNode(part));
  if (focused !== null) (byId(focused) || part).focus();
}

/** Says what has changed, for those who do not see it. */
function tell(before, now) {
  const news = [];
  for (const [name, { title, state }] of before) {
    if (!now.has(name)) news.push(gone(name, title, state));
    else if (now.get(name).state !== state) news.push(`${title}: ${word(name)}`);
  }
  if (news.length) byId("berth-said").textContent = news.join(" ");
}

const word = (name) => document.querySelector(`[data-server-name="${CSS.escape(name)}"] .berth-state`).textContent;

function gone(name, title, state) {
  const was = pressed.get(name);
  pressed.delete(name);
  if (was === "starting") return t("The start of {server} was cancelled.", { server: title });
  if (was || state === "stopping") return t("{server} has stopped.", { server: title });
  return t("{server} has ended.", { server: title });
}

const row = (button) => button.closest("[data-server-name]")?.dataset;

/** Remembers what a server was when its button was pressed: it may be gone before the hub answers. */
function close(button) {
  if (row(button)) pressed.set(row(button).serverName, row(button).state);
}

function open(button) {
  pressed.delete(row(button)?.serverName);
}

/** After a button: the hub is asked how things stand. */
function done() {
  byId("servers").dataset.changing = ""; // until the hub has said how things stand
  look();
}

// --- ends that somebody has seen: remembered in this browser

const SEEN = "berth-seen";
const MOST = 50;

function seen() {
  try {
    return JSON.parse(localStorage.getItem(SEEN)) || [];
  } catch {
    return []; // no storage, or not ours
  }
}

function hideSeen() {
  const known = seen();
  for (const end of all("[data-end]")) {
    if (known.includes(end.dataset.end)) {
      end.classList.remove("berth-surprise");
      end.classList.add("berth-seen");
    }
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-seen]");
  if (!button) return;
  try {
    localStorage.setItem(SEEN, JSON.stringify([...seen(), button.dataset.seen].slice(-MOST)));
  } catch {
    // Without storage it is hidden until the page is loaded again.
  }
  const end = button.closest("[data-end]");
  end.classList.remove("berth-surprise");
  end.classList.add("berth-seen");
  end.querySelector(".berth-actions :is(a, button)").focus();
});

// --- a name for a server: the browser checks it, in words of ours

const NAME_RULE = "name-rule";
const input = byId("name");
input?.addEventListener("invalid", () => input.setCustomValidity(wrong()));
input?.addEventListener("input", () => input.setCustomValidity(""));

function wrong() {
  return input.validity.valueMissing ? t("Write a name.") : byId(NAME_RULE).textContent.trim();
}

function dress() {
  all(`[data-live] ${AGO}`).forEach((time) => time.title || ago(time));
  hideSeen();
  count();
}

page({ close, open, done });
dress();
setInterval(count, 1000);
document.addEventListener("visibilitychange", () => document.hidden || look());
timer = setTimeout(look, changing() ? CHANGING : QUIET);
