// What every page of Berth's shares: its words, elements, Stop buttons, times.
// Texts are English in the code; `t` says them in the language of the page.

const words = JSON.parse(document.getElementById("berth-words")?.textContent || "{}");
export const language = document.documentElement.lang || "en";
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const byId = (id) => document.getElementById(id);

/** Says a text, its {values} filled in. */
export function t(message, values = {}) {
  return (words[message] || message).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// --- buttons that end a server: DELETE, then go where the button says

async function stop(button, hold) {
  const flash = byId("berth-flash");
  const text = button.textContent;
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true"); // "disabled" would take the focus away
  button.textContent = button.dataset.busy;
  flash.hidden = true;
  hold.close?.(button);
  try {
    const answer = await fetch(button.dataset.stop, {
      method: "DELETE",
      headers: { "X-XSRFToken": window.jhdata.xsrf_token },
      body: "remove" in button.dataset ? JSON.stringify({ remove: true }) : null,
      keepalive: true,
    });
    if (!answer.ok) throw new Error(await reason(answer));
    if (hold.done) hold.done(button);
    else location.assign(button.dataset.then || location.pathname);
  } catch (error) {
    flash.textContent = t("The server could not be stopped: {reason}", { reason: error.message });
    flash.hidden = false;
    button.removeAttribute("aria-disabled");
    button.textContent = text;
    hold.open?.(button);
  }
}

export async function reason(answer) {
  const said = await answer.json().catch(() => ({}));
  return said.message || t("the hub answered {status}", { status: answer.status });
}

/** Makes the buttons work, those to come too; *hold* is closed meanwhile, and then done, or opened again. */
export function stopButtons(hold = {}) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-stop]");
    if (button) stop(button, hold);
  });
}

// --- times as people say them

/** Moments that are told by how long ago they were. */
export const AGO = "time[datetime]:not([data-until], [data-day])";
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

export function ago(element) {
  const seconds = (Date.parse(element.dateTime) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) || ["second", 1];
  element.title = element.textContent;
  element.textContent = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

export const RETRY = 5000;

/** Makes what every page may have work. */
export function page(hold) {
  stopButtons(hold);
  all(AGO).forEach(ago);
  for (const place of all("[data-refresh]")) {
    setTimeout(() => (place.dataset.refresh ? location.assign(place.dataset.refresh) : location.reload()), RETRY);
  }
}
