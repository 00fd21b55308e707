// Runs before the announcements of the login page are read, so that none that was put away in this
// browser (notices.js) is seen for a moment.
try {
  const rules = new CSSStyleSheet();
  for (const id of Object.keys(JSON.parse(localStorage.getItem("berth:put-away")) || {})) {
    if (/^[0-9a-f]{16}$/.test(id)) rules.insertRule(`[data-notice="${id}"] { display: none !important; }`);
  }
  document.adoptedStyleSheets = [rules];
} catch {
  // What this browser does not keep is shown.
}
