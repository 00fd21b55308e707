// What JupyterLab and Notebook 7 load of Berth: a container of module federation, written by hand,
// so that there is nothing to build. They call `init` with the packages they share, then `get`:
// https://jupyterlab.readthedocs.io/en/stable/extension/extension_dev.html#prebuilt-extensions
// A JupyterLab that shares something else than we need gets no plugin, and a line in its console.
(() => {
  const here = document.currentScript.src;
  let shared = {};

  // A package as the page itself uses it: `{version: {get, loaded, ...}}` for each name.
  async function shares(name) {
    const versions = Object.values(shared[name] || {});
    const version = versions.find((one) => one.loaded) || versions[0];
    return version ? (await version.get())() : {};
  }

  async function plugins() {
    const names = ["@lumino/widgets", "@jupyterlab/apputils", "@jupyterlab/services"];
    const optional = ["@jupyterlab/statusbar", "@jupyterlab/translation"];
    const packages = Object.assign({}, ...(await Promise.all([...names, ...optional].map(shares))));
    const missing = ["Widget", "Notification", "Dialog", "showDialog", "ServerConnection"].filter((name) => !packages[name]);
    if (missing.length) throw new Error(`not shared by this page: ${missing.join(", ")}`);
    const tokens = [packages.IStatusBar, packages.ITranslator];
    const { activate } = await import(new URL("berth.js", here));
    return [
      {
        id: "berth:job",
        description: "Shows how much time the job of this server has left.",
        autoStart: true,
        optional: tokens.filter(Boolean),
        activate: (lab, ...found) => {
          const service = (token) => found[tokens.filter(Boolean).indexOf(token)] || null;
          try {
            activate(lab, packages, service(packages.IStatusBar), service(packages.ITranslator));
          } catch (error) {
            console.info(`berth: the time left is not shown: ${error.message}`);
          }
        },
      },
    ];
  }

  async function get() {
    const found = await plugins().catch((error) => {
      console.info(`berth: the time left is not shown: ${error.message}`);
      return [];
    });
    return () => ({ __esModule: true, default: found });
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB.berth = { init: (scope) => void (shared = scope), get };
})();
