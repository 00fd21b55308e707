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

// --- Stop and Cancel: DELETE, then go where the button says

async function stop(button, hold) {
  const flash = byId("berth-flash");
  const text = button.textContent;
  button.disabled = true;
  button.textContent = button.dataset.busy;
  flash.hidden = true;
  hold.close?.();
  try {
    const answer = await fetch(button.dataset.stop, {
      method: "DELETE",
      headers: { "X-XSRFToken": window.jhdata.xsrf_token },
      keepalive: true,
    });
    if (!answer.ok) throw new Error(await reason(answer));
    location.assign(button.dataset.then || location.pathname);
  } catch (error) {
    flash.textContent = t("The server could not be stopped: {reason}", { reason: error.message });
    flash.hidden = false;
    button.disabled = false;
    button.textContent = text;
    hold.open?.();
  }
}

export async function reason(answer) {
  const said = await answer.json().catch(() => ({}));
  return said.message || t("the hub answered {status}", { status: answer.status });
}

/** Makes the Stop buttons work; *hold* is closed meanwhile, and opened again if it fails. */
export function stopButtons(hold = {}) {
  all("[data-stop]").forEach((button) => button.addEventListener("click", () => stop(button, hold)));
}

// --- times as people say them

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
  all("time[datetime]").forEach(ago);
  for (const place of all("[data-refresh]")) {
    setTimeout(() => (place.dataset.refresh ? location.assign(place.dataset.refresh) : location.reload()), RETRY);
  }
}
