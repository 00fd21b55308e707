// What can be done with the values of a form besides starting: a link to it, and its job script.
import { all, byId, t } from "./common.js";

// --- a link that opens the form with these values

const PERSONAL = ["_xsrf", "account", "mail"]; // not good for others (hub_config/form/kept.py)

function link(button, form) {
  const url = new URL(button.dataset.copy, location.href);
  for (const [name, value] of new FormData(form)) {
    if (value && !PERSONAL.includes(name)) url.searchParams.append(`opt-${name}`, value);
  }
  return url.href;
}

async function copy(button, form, tools) {
  const place = tools.querySelector("[data-link]");
  const field = place.querySelector("input");
  const status = tools.querySelector("[role=status]");
  field.value = link(button, form);
  place.hidden = false;
  status.textContent = "";
  try {
    // There is no clipboard on pages without https.
    await navigator.clipboard.writeText(field.value);
    status.textContent = t("Link copied");
  } catch {
    field.focus();
    field.select();
    status.textContent = t("Copy the link from this field.");
  }
}

// --- the job script, taken out of the page that the button leads to without a script

function preview(button, form, tools) {
  const place = byId(button.getAttribute("aria-controls"));
  const status = tools.querySelector("[role=status]");
  const words = button.textContent;
  let turn = 0;

  function show(open) {
    place.hidden = !open;
    button.setAttribute("aria-expanded", open);
    button.textContent = open ? t("Hide the job script") : words;
  }

  async function load() {
    const mine = ++turn;
    try {
      const answer = await fetch(button.formAction, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("job-script");
      if (!found) throw new Error(t("the hub answered {status}", { status: answer.status }));
      if (mine !== turn) return;
      place.replaceChildren(...found.childNodes);
      status.textContent = "";
      show(true);
    } catch (error) {
      if (mine !== turn) return;
      show(false);
      status.textContent = t("The job script cannot be shown: {reason}", { reason: error.message });
    }
  }

  show(false);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    if (place.hidden) load();
    else {
      turn += 1;
      show(false);
    }
  });
  for (const kind of ["change", "berth-filled"]) form.addEventListener(kind, () => place.hidden || load());
}

/** Makes the buttons below the forms work. */
export function memory() {
  for (const tools of all("[data-tools]")) {
    const form = byId(tools.dataset.tools);
    for (const button of all("[data-copy]", tools)) {
      button.hidden = false;
      button.addEventListener("click", () => copy(button, form, tools));
    }
    all("[data-preview]", tools).forEach((button) => preview(button, form, tools));
  }
}
