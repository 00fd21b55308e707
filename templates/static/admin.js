// The admin page is JupyterHub's own, in English; the buttons that open a server's details say
// nothing there: https://github.com/jupyterhub/jupyterhub/tree/6.1.1/jsx/src/components/ServerDashboard
import { all, page } from "./common.js";

function name() {
  for (const button of all('[data-testid$="-collapse-button"]:not([aria-label])')) {
    button.setAttribute("aria-label", `Details of ${button.dataset.testid.replace("-collapse-button", "")}`);
  }
}

page();
name();
new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
