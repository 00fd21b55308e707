// The waiting page: what the hub tells of a start, one event after the other.
import { RETRY, all, byId, page } from "./common.js";

// --- waiting for a server: the hub tells how far it is, one event after the other

function waiting(place) {
  const bar = byId("progress-bar");
  const log = byId("progress-log");
  let source;
  bar.setAttribute("aria-labelledby", "progress-message");

  function open() {
    source = new EventSource(place.dataset.progress);
    source.onopen = () => log.replaceChildren();
    source.onmessage = (event) => show(JSON.parse(event.data));
    // A lost connection the browser makes again by itself; after an error of the hub's it gives up.
    source.onerror = () => source.readyState === EventSource.CLOSED && setTimeout(look, RETRY);
  }

  function show(event) {
    if (event.progress !== undefined) {
      bar.setAttribute("aria-valuenow", event.progress);
      bar.style.width = byId("sr-progress").textContent = `${event.progress}%`;
    }
    if (event.message) {
      byId("progress-message").textContent = event.message;
      const line = document.createElement("div");
      line.className = "progress-log-event";
      line.textContent = event.message;
      log.append(line);
    }
    if (event.ready || event.failed) source.close();
    if (event.ready) location.reload();
    if (event.failed) {
      bar.classList.add("bg-danger");
      byId("progress-details").open = true;
    }
  }

  // As soon as the hub answers again, this address shows how things stand.
  async function look() {
    const answer = await fetch(`${window.jhdata.base_url}api/`).catch(() => ({}));
    if (answer.ok) location.reload();
    else setTimeout(look, RETRY);
  }

  open();
  return { open, close: () => source.close() };
}

page(all("[data-progress]").map(waiting)[0]);
