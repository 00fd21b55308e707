// The form of an announcement: the preview follows what is typed, as soon as there was one.

const WAIT = 600; // ms without a key
const form = document.querySelector("form[data-preview]");
const place = document.getElementById("preview");
let timer;
let asked;

/** Draws the preview that the button would draw; what is wrong is told by the button alone. */
async function look() {
  asked?.abort();
  asked = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "preview");
  try {
    const answer = await fetch(location.pathname, { method: "POST", body, signal: asked.signal });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...page.getElementById("preview").childNodes);
  } catch {
    // The next key asks again, and the button says what keeps the service from answering.
  }
}

form?.addEventListener("input", () => {
  clearTimeout(timer);
  if (place.children.length) timer = setTimeout(look, WAIT);
});
