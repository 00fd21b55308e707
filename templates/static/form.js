// The form: tabs, ranges that follow the partition, presets that fill the advanced fields.
// Without it both forms are shown and work, and the hub judges every value anyway.
import { all, byId, page } from "./common.js";

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
const CHOICES = ["gpu_type", "parallel_environment", "constraint"];

function advanced(form) {
  const limits = JSON.parse(form.dataset.limits);
  const control = (name) => form.elements.namedItem(name);
  const partition = () => control("partition")?.value ?? Object.keys(limits)[0];
  let before = limits[partition()];

  function follow() {
    const now = limits[partition()];
    if (!now) return;
    for (const name of AMOUNTS) amount(control(name), now[name], before[name]);
    for (const name of CHOICES) choices(control(name), now[name]);
    for (const field of all("[data-gpu]", form)) {
      const unused = now.gpus.max === "0";
      field.dataset.gpu = unused ? "unused" : "used";
      // What is not shown must not be sent either.
      for (const input of all("input, select", field)) input.disabled = unused;
    }
    before = now;
  }

  // What nobody has touched follows the partition's default; what was typed stays.
  function amount(input, span, old) {
    if (!input) return;
    if (input.value === old.default) input.value = span.default;
    input.min = span.min;
    input.max = span.max;
    input.readOnly = span.min === span.max;
    all(".berth-range", input.parentElement).forEach((label) => (label.textContent = span.range));
    mark(input, !input.validity.valid);
  }

  function choices(select, known) {
    if (!select) return;
    for (const option of select.options) {
      option.hidden = option.disabled = option.value !== "" && !known.includes(option.value);
    }
    if (select.selectedOptions[0]?.disabled) select.value = "";
  }

  function mark(input, wrong) {
    input.classList.toggle("is-invalid", wrong);
    if (wrong) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  function fill(values) {
    if (!(values.partition in limits)) return;
    if (control("partition")) control("partition").value = values.partition;
    follow();
    for (const [name, value] of Object.entries(values)) {
      const input = control(name);
      if (!input || name === "partition") continue;
      const possible = !input.options || [...input.options].some((o) => o.value === value && !o.disabled);
      if (possible) input.value = value;
      if (AMOUNTS.includes(name)) mark(input, !input.validity.valid);
    }
  }

  control("partition")?.addEventListener("change", follow);
  form.addEventListener("input", (event) => {
    if (AMOUNTS.includes(event.target.name)) mark(event.target, !event.target.validity.valid);
  });
  // First time: ranges and choices only. What the hub found wrong stays marked.
  const marked = all(".is-invalid", form);
  follow();
  for (const input of marked) mark(input, true);
  return fill;
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

const fill = all("form[data-limits]").map(advanced)[0];
for (const radio of fill ? all("[data-values]") : []) {
  radio.addEventListener("change", () => fill(JSON.parse(radio.dataset.values)));
}

byId("form-trouble")?.focus();
for (const link of all("#form-trouble a")) {
  link.addEventListener("click", () => setTimeout(() => byId(link.hash.slice(1))?.focus()));
}
