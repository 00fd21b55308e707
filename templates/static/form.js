// The form: tabs, ranges that follow the partition, presets that fill the advanced fields, and what
// the cluster says. Without it both forms are shown and work, and the hub judges every value anyway.
import { all, byId, language, page, t } from "./common.js";
import { memory } from "./memory.js";

const place = byId("spawn-form");
const data = JSON.parse(byId("form-data").textContent);
const ahead = data.now - Date.now() / 1000; // of this computer's clock

// --- tabs: https://www.w3.org/WAI/ARIA/apg/patterns/tabs/

function tabs(list) {
  const links = all("a", list);
  const pane = (link) => byId(link.hash.slice(1));

  function choose(chosen) {
    for (const link of links) {
      const active = link === chosen;
      link.classList.toggle("active", active);
      link.setAttribute("aria-selected", active);
      link.tabIndex = active ? 0 : -1;
      pane(link).classList.toggle("berth-inactive", !active);
    }
  }

  list.setAttribute("role", "tablist");
  links.forEach((link, index) => {
    link.parentElement.setAttribute("role", "presentation");
    link.setAttribute("role", "tab");
    link.setAttribute("aria-controls", pane(link).id);
    pane(link).setAttribute("role", "tabpanel");
    pane(link).setAttribute("aria-labelledby", link.id);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      choose(link);
    });
    link.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      const next = links[(index + step + links.length) % links.length];
      choose(next);
      next.focus();
    });
  });
  choose(links.find((link) => link.hash === location.hash) || links.find((link) => link.matches(".active")));
}

// --- the advanced form follows its partition

const AMOUNTS = ["cores", "memory", "walltime", "gpus"];
const FILLED = [
  ...AMOUNTS, "gpu_type", "parallel_environment", "constraint", "application", "account", "qos", "reservation",
];
const CHOICES = ["gpu_type", "parallel_environment", "constraint"];
const shown = new Intl.NumberFormat(language, { maximumFractionDigits: 2, useGrouping: false });

// A partition's limits, out of the numbers of what it shares with others (hub_config/form/script.py).
function limitsOf(name) {
  const numbers = data.limits[name];
  if (!numbers) return undefined;
  const found = { outage: numbers.at(-1) };
  AMOUNTS.forEach((amount, index) => {
    const [min, max, start] = data.spans[numbers[index]];
    found[amount] = { min, max, start: String(start) };
  });
  CHOICES.forEach((choice, index) => (found[choice] = data.lists[numbers[AMOUNTS.length + index]]));
  return found;
}

function range({ min, max }) {
  // To the inside, as hub_config/form/amounts.py does.
  const [low, high] = [Math.max(0, Math.ceil(min * 100 - 1e-6)) / 100, Math.floor(max * 100 + 1e-6) / 100];
  return low < high ? `[${shown.format(low)}–${shown.format(high)}]` : `[${shown.format(max)}]`;
}

function advanced(form) {
  const control = (name) => form.elements.namedItem(name);
  const chosen = () => limitsOf(control("partition")?.value ?? Object.keys(data.limits)[0]);
  let before = chosen();

  function follow() {
    const now = chosen();
    if (!now) return;
    for (const name of AMOUNTS) amount(control(name), now[name], before[name]);
    for (const name of CHOICES) choices(control(name), now[name]);
    for (const field of all("[data-gpu]", form)) {
      const unused = now.gpus.max === 0;
      field.dataset.gpu = unused ? "unused" : "used";
      // What is not shown must not be sent either.
      for (const input of all("input, select", field)) input.disabled = unused;
    }
    before = now;
    maintenance();
  }

  // What nobody has touched follows the partition's default; what was typed stays.
  function amount(input, span, old) {
    if (!input) return;
    if (input.value === old.start) input.value = span.start;
    input.min = span.min;
    input.max = span.max;
    input.readOnly = span.min === span.max;
    all(".berth-range", input.parentElement).forEach((label) => (label.textContent = range(span)));
    mark(input, !input.validity.valid);
  }

  function choices(select, known) {
    if (!select) return;
    for (const option of select.options) {
      option.hidden = option.disabled = option.value !== "" && !known.includes(option.value);
    }
    if (select.selectedOptions[0]?.disabled) select.value = "";
  }

  // What is wrong stands at the field, as where the hub has found it (options/field.html).
  function mark(input, wrong, words = complaint(input)) {
    const help = byId(`${input.id}-help`);
    const place = byId(`${input.id}-error`) || document.createElement("div");
    [place.id, place.className] = [`${input.id}-error`, "invalid-feedback"];
    if (!place.isConnected) input.after(place);
    place.textContent = wrong ? words : "";
    input.classList.toggle("is-invalid", wrong);
    if (wrong) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    const explained = [wrong && place, help].filter(Boolean);
    if (explained.length) input.setAttribute("aria-describedby", explained.map(({ id }) => id).join(" "));
    else input.removeAttribute("aria-describedby");
  }

  function complaint({ min, max, step }) {
    const [low, high] = range({ min: Number(min), max: Number(max) }).slice(1, -1).split("–");
    if (!high) return t("Only {value} is possible here.", { value: low });
    const limits = { low, high };
    if (step === "1") return t("Write a whole number from {low} to {high}.", limits);
    return t("Write a number from {low} to {high}.", limits);
  }

  // --- maintenance that the time reaches into (hub_config/form/outages.py)

  const MARGIN = 300;
  const warning = byId("crossing");
  const use = warning.querySelector("button");
  let fits = 0;

  function maintenance() {
    const outage = byId("outages").children[before.outage];
    const wanted = Number(control("walltime")?.value ?? before.walltime.start) * 3600;
    const left = outage ? outage.dataset.start - Date.now() / 1000 - ahead : Infinity;
    const crosses = wanted > left;
    warning.hidden = !crosses;
    if (!crosses) return;
    fits = Math.floor((left - MARGIN) / 60) * 60;
    const possible = fits >= Math.max(60, before.walltime.min * 3600);
    const time = `${Math.floor(fits / 3600)}:${String(Math.floor((fits % 3600) / 60)).padStart(2, "0")}`;
    const advice = possible ? warning.dataset.fits.replace("{time}", time) : warning.dataset.none;
    const text = `${outage.textContent} ${advice}`;
    const words = warning.querySelector(".berth-crossing-text");
    if (words.textContent !== text) words.textContent = text;
    use.hidden = !possible || !control("walltime") || control("walltime").readOnly;
    use.textContent = use.dataset.text.replace("{time}", time);
  }

  use.addEventListener("click", () => {
    const input = control("walltime");
    input.value = String(Math.floor((fits / 3600) * 1e4) / 1e4);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });

  function fill(values) {
    if (!(values.partition in data.limits)) return;
    if (control("partition")) control("partition").value = values.partition;
    follow();
    for (const name of FILLED) {
      const [input, value] = [control(name), values[name] ?? ""];
      if (!input) continue;
      const possible = !input.options || [...input.options].some((o) => o.value === value && !o.disabled);
      if (possible) input.value = value;
      if (AMOUNTS.includes(name)) mark(input, !input.validity.valid);
    }
    maintenance();
    form.dispatchEvent(new CustomEvent("berth-filled", { bubbles: true }));
  }

  control("partition")?.addEventListener("change", follow);
  form.addEventListener("input", (event) => {
    if (AMOUNTS.includes(event.target.name)) mark(event.target, !event.target.validity.valid);
    if (event.target.name === "walltime") maintenance();
  });
  // First time: ranges and choices only. What the hub found wrong stays marked.
  const marked = all(".is-invalid", form).map((input) => [input, byId(`${input.id}-error`)?.textContent]);
  follow();
  for (const [input, words] of marked) mark(input, true, words);
  return fill;
}

// --- when the scheduler would start it: asked after a pause, one question at a time

const PAUSE = 700;

/** What would be posted, without the fields that are empty. */
export function values(form) {
  return [...new FormData(form)].filter(([name, value]) => name !== "_xsrf" && value !== "");
}

function estimate(form) {
  const line = form.querySelector(".berth-estimate");
  let [timer, busy, last] = [0, false, ""];

  async function ask() {
    const question = new URLSearchParams(values(form).map(([name, value]) => [`opt-${name}`, value])).toString();
    const wanted = !document.hidden && form.checkVisibility() && form.matches(":valid");
    if (busy || !wanted || question === last) return;
    [busy, last] = [true, question];
    const said = await json(`${place.dataset.estimate}?${question}`);
    busy = false;
    // Meanwhile it may have become another question.
    line.textContent = timer ? "" : said?.text ?? "";
    if (!timer) soon(0);
  }

  function soon(pause) {
    clearTimeout(timer);
    timer = setTimeout(() => ((timer = 0), ask()), pause);
  }

  function changed() {
    line.textContent = "";
    soon(PAUSE);
  }

  for (const kind of ["input", "change", "berth-filled"]) form.addEventListener(kind, changed);
  soon(PAUSE);
  return () => soon(PAUSE);
}

/** An answer of the hub, or nothing: neither of these questions is worth a complaint. */
async function json(url) {
  try {
    const answer = await fetch(url, { cache: "no-cache", headers: { Accept: "application/json" } });
    return answer.ok && !answer.redirected ? await answer.json() : undefined;
  } catch {
    return undefined;
  }
}

// --- how full the cluster is

const EVERY = 30000;

async function refresh() {
  const told = document.hidden ? undefined : await json(place.dataset.cluster);
  if (!told) return;
  for (const line of all(".berth-age")) line.textContent = told.age;
  for (const row of all("tr[data-partition]")) {
    const [note, ...cells] = told.rows[row.dataset.partition] ?? [];
    if (!cells.length) continue;
    row.querySelector(".berth-note").textContent = note;
    all(".berth-live", row).forEach((cell, index) => (cell.textContent = cells[index]));
  }
  for (const radio of all("input[name=profile][type=radio]:enabled")) {
    const hint = byId(`${radio.id}-facts`).querySelector(".berth-hint");
    [hint.dataset.hint, hint.textContent] = told.hints[radio.value] ?? ["", ""];
  }
}

// --- one start for one click

function starting(form) {
  const button = form.querySelector("[type=submit]");
  const busy = (yes) => {
    button.disabled = yes;
    button.querySelector(".spinner-border").hidden = !yes;
  };
  const possible = !button.disabled;
  form.addEventListener("submit", () => busy(true));
  // Back from the next page: the browser may show this one as it was left.
  addEventListener("pageshow", (event) => event.persisted && possible && busy(false));
}

page();
all("#berth-tabs").forEach(tabs);
all("form.berth-form").forEach(starting);

const fill = all("#advanced-form").map(advanced)[0];
for (const radio of fill ? all("input[name=profile][type=radio]") : []) {
  radio.addEventListener("change", () => fill(data.presets[radio.value]));
}

const asks = all("form.berth-form").map(estimate);
for (const tab of all("#berth-tabs a")) {
  for (const kind of ["click", "keyup"]) tab.addEventListener(kind, () => asks.forEach((ask) => ask()));
}
document.addEventListener("visibilitychange", () => asks.forEach((ask) => ask()));
setInterval(refresh, EVERY);

byId("form-trouble")?.focus();
for (const link of all("#form-trouble a")) {
  link.addEventListener("click", () => setTimeout(() => byId(link.hash.slice(1))?.focus()));
}
memory();
