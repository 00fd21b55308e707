// The time this server's job has left, in the status bar of JupyterLab or on top of Notebook 7;
// warnings before it ends; what the centre announces.
import { Job } from "./job.js";
import { WORDS, speaker } from "./words.js";

const WARN_MINUTES = [5, 15];
const KINDS = { info: "info", warning: "warning", maintenance: "warning", critical: "error" };
const SHOWN = 140; // what a notification of JupyterLab shows of its text, before "…"
const ID = "berth:job";
const PANEL = "hub:control-panel";
const SEEN = "berth:seen";

const STYLE = `
.berth-place { display: flex; align-items: center; height: 100%; }
.berth-job { font: inherit; color: inherit; background: none; border: 0; padding: 0 4px; min-height: 24px; cursor: pointer; white-space: nowrap; }
.berth-job:focus-visible { outline: 2px solid currentColor; outline-offset: -2px; }
.berth-job.berth-soon { font-weight: bold; }
#berth-job-top { margin-left: auto; align-self: center; }
.berth-about h2 { font-size: 1em; margin: 1.2em 0 0.4em; }
.berth-about p { max-width: 40em; white-space: pre-line; overflow-wrap: anywhere; }`;

// Kept by the browser: for this tab (sessionStorage), or for good (localStorage).
const kept = (storage, key) => {
  try {
    return JSON.parse(storage.getItem(key)) || {};
  } catch {
    return {};
  }
};

const keep = (storage, key, value) => {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // No room or not allowed: it is said once more after a reload.
  }
};

/** Puts the item on the page; called by JupyterLab, see remoteEntry.js. */
export function activate(lab, packages, statusBar, translator) {
  const { Widget, ServerConnection } = packages;
  const settings = lab.serviceManager.serverSettings;
  const button = element("button", "berth-job");
  button.type = "button";
  const item = new Widget({ node: element("div", "berth-place") });
  item.node.append(element("style", "", STYLE), button);
  item.id = "berth-job-top";
  const shown = { lab, packages, button, placed: false, warning: null, news: {} };
  const job = new Job(() => ask(ServerConnection, settings), () => {
    show(job, shown);
    if (!shown.placed) place(lab, statusBar, item);
    shown.placed = true;
  });
  shown.language = () => chosen(translator, job.said);
  button.addEventListener("click", () => about(job, shown));
  packages.Notification.manager.changed.connect((_, { type, notification }) => {
    if (type === "removed" && job.said) dismissed(notification.id, job.said, shown.news);
  });
  job.start();
}

async function ask(ServerConnection, settings) {
  const answer = await ServerConnection.makeRequest(`${settings.baseUrl}api/berth/job`, {}, settings);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/** The language JupyterLab was set to, else that of the hub's pages. */
function chosen(translator, said) {
  const set = (translator?.languageCode || document.documentElement.lang || "").slice(0, 2).toLowerCase();
  return set in WORDS ? set : said.language;
}

function place(lab, statusBar, item) {
  if (statusBar) statusBar.registerStatusItem(ID, { item, align: "left", rank: 3 });
  else lab.shell.add(item, "top", { rank: 1000 });
}

function show(job, shown) {
  const t = speaker(shown.language());
  const { said } = job;
  const text = Number.isNaN(job.left) ? t("job {job}", { job: said.job_id }) : left(job.left, t);
  set(shown.button, said.stale ? t("about {left}", { left: text }) : text);
  shown.button.title = facts(job, shown.language(), t).join("\n");
  shown.button.lang = shown.language();
  shown.button.classList.toggle("berth-soon", job.left < 15 * 60);
  warn(job, shown, t);
  announce(said, shown, t);
}

// Not touched unless it changed: a screen reader, or a selection, may be there.
const set = (node, text) => node.textContent === text || (node.textContent = text);

/** The time left as people say it: no more exact than anybody needs. */
export function left(seconds, t) {
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds <= 0) return t("time is up");
  if (seconds < 60) return t("less than 1 min left");
  if (hours < 1) return t("{minutes} min left", { minutes });
  if (hours < 24) return t("{hours} h {minutes} min left", { hours, minutes: minutes % 60 });
  return t("{days} d {hours} h left", { days: Math.floor(hours / 24), hours: hours % 24 });
}

function facts(job, language, t) {
  const { job_id, node, partition, stale, age } = job.said;
  const known = !Number.isNaN(job.left);
  const end = known && job.end.toLocaleString(language, { weekday: "short", hour: "2-digit", minute: "2-digit" });
  return [
    known ? t("Job {job} ends {end}", { job: job_id, end }) : t("Job {job}, whose end is not known", { job: job_id }),
    node && t("Node {node}", { node }),
    partition && t("Partition {partition}", { partition }),
    stale && t("The hub does not answer; last heard of {ago} s ago", { ago: Math.round(age) }),
  ].filter(Boolean);
}

// --- warnings, each once for as long as the end stays where it is

function warn(job, shown, t) {
  const key = `berth:warned:${job.said.job_id}`;
  const before = kept(sessionStorage, key).minutes || Infinity;
  const minutes = WARN_MINUTES.find((few) => job.left <= few * 60) || Infinity;
  if (minutes === before && job.left > 0) return;
  if (shown.warning) shown.packages.Notification.dismiss(shown.warning);
  shown.warning = minutes < before && job.left > 0 ? ending(job, minutes, shown, t) : null;
  keep(sessionStorage, key, Number.isFinite(minutes) ? { minutes } : {});
}

function ending(job, few, { language, packages }, t) {
  const minutes = Math.round(job.left / 60);
  const time = job.end.toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
  const text =
    job.left >= 60
      ? t("This server ends in {minutes} min, at {time}, with all that runs in it. Save your work now.", { minutes, time })
      : t("This server ends in less than a minute, with all that runs in it. Save your work now.");
  return packages.Notification.emit(text, few === Math.min(...WARN_MINUTES) ? "error" : "warning", { autoClose: false });
}

// --- announcements, until they are dismissed in this browser: closing one only hides it for now

function announce(said, shown, t) {
  const { Notification } = shown.packages;
  const seen = kept(localStorage, SEEN);
  const current = new Set(said.announcements.map(({ id }) => id));
  for (const id of Object.keys(shown.news).filter((id) => !current.has(id))) {
    Notification.dismiss(shown.news[id]);
    delete shown.news[id];
  }
  for (const item of said.announcements.filter(({ id }) => !seen[id] && !shown.news[id])) {
    const text = words(item, shown.language());
    const more = { label: t("Read on"), callback: () => shown.button.click() };
    const done = { label: t("Dismiss"), callback: () => undefined };
    const actions = text.length > SHOWN || item.url ? [more, done] : [done];
    shown.news[item.id] = Notification.emit(text, KINDS[item.severity] || "info", { autoClose: false, actions });
  }
}

/** Remembers the announcement whose notification was dismissed, and forgets those that are over. */
function dismissed(id, said, news) {
  const known = said.announcements.map((item) => item.id);
  const seen = kept(localStorage, SEEN);
  const now = known.filter((item) => seen[item] || news[item] === id);
  keep(localStorage, SEEN, Object.fromEntries(now.map((item) => [item, true])));
}

const words = ({ title, text }, language) =>
  [title, text].map((part) => part[language] || part.en).filter(Boolean).join(": ");

// --- what there is to know, on a click

async function about(job, { lab, packages, button, language }) {
  const { Dialog, Widget, showDialog } = packages;
  const t = speaker(language());
  const panel = Dialog.createButton({ label: t("Hub Control Panel"), accept: false });
  const close = Dialog.okButton({ label: t("Close") });
  const found = await showDialog({
    title: t("The job of this server"),
    body: new Widget({ node: description(job, language(), t) }),
    buttons: lab.commands.hasCommand(PANEL) ? [panel, close] : [close],
    defaultButton: lab.commands.hasCommand(PANEL) ? 1 : 0,
  });
  button.focus();
  if (found.button.label === panel.label) lab.commands.execute(PANEL);
}

function description(job, language, t) {
  const node = element("div", "berth-about");
  node.lang = language;
  node.append(...facts(job, language, t).map((fact) => element("div", "", fact)));
  if (job.said.announcements.length) node.append(element("h2", "", t("Announced by your centre")));
  for (const item of job.said.announcements) {
    const text = element("p", "", words(item, language));
    if (item.url) text.append(" ", link(item.url));
    node.append(text);
  }
  return node;
}

function link(url) {
  const found = element("a", "", url);
  Object.assign(found, { href: url, target: "_blank", rel: "noopener" });
  return found;
}

function element(tag, name = "", text = "") {
  const node = document.createElement(tag);
  node.className = name;
  node.textContent = text;
  return node;
}
