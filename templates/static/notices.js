// Announcements that can be put away: without a new page, and before the login in this browser only.
import { all } from "./common.js";

const KEPT = "berth:put-away"; // read by put-away.js, too
const DAYS = 400;

function keep(id) {
  try {
    const oldest = Date.now() - DAYS * 86400e3;
    const known = Object.entries(JSON.parse(localStorage.getItem(KEPT)) || {});
    const kept = known.filter(([, at]) => at > oldest);
    localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries([...kept, [id, Date.now()]])));
  } catch {
    // No room or not allowed: it is shown once more.
  }
}

/** Takes the notice away, and gives the focus to what is next on the page. */
function gone(notice) {
  const next = all(".berth-put-away button").find((button) => notice.compareDocumentPosition(button) === 4);
  const target = next || document.querySelector("main h1") || document.querySelector("main");
  notice.hidden = true;
  if (!target) return;
  if (!next) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

async function putAway(form, notice) {
  if (!form.classList.contains("berth-script")) {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
    if (!answer.ok && answer.type !== "opaqueredirect") throw new Error(`${answer.status}`);
  }
  keep(notice.dataset.notice);
  gone(notice);
}

for (const form of all(".berth-put-away")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // What the hub says to that is a page of its own.
    putAway(form, form.closest("[data-notice]")).catch(() => form.submit());
  });
}
