// The token page: its dates in the language of the page, before JupyterHub's script makes English of them.

import { all, page } from "./common.js";

for (const cell of all(".time-col")) {
  const text = cell.textContent.trim();
  cell.classList.remove("time-col");
  if (Number.isNaN(Date.parse(text))) continue;
  const time = document.createElement("time");
  time.dateTime = time.textContent = text;
  cell.replaceChildren(time);
}
page();
window.require(["token"]);
