// The chart of the usage page: starts per application, stacked, as its table says them.

const { Chart } = window;
const canvas = document.getElementById("usage-chart");
const { parts, rows } = JSON.parse(document.getElementById("usage-chart-data").textContent);
const COLOURS = 8; // of usage.css
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function colour(name) {
  return getComputedStyle(canvas).getPropertyValue(name).trim();
}

function data() {
  const datasets = rows.map(({ name, starts }, index) => ({
    label: name,
    data: starts,
    backgroundColor: colour(`--usage-${(index % COLOURS) + 1}`),
    borderColor: colour("--bs-body-bg"), // what parts the blocks of a column
    borderWidth: { top: 2 },
  }));
  return { labels: parts, datasets };
}

function options() {
  const [text, line] = [colour("--bs-body-color"), colour("--bs-border-color")];
  const axis = { stacked: true, ticks: { color: text }, grid: { color: line }, border: { color: line } };
  return {
    animation: calm.matches ? false : { duration: 300 },
    maintainAspectRatio: false,
    interaction: { mode: "index" },
    scales: { x: axis, y: { ...axis, beginAtZero: true, ticks: { ...axis.ticks, precision: 0 } } },
    plugins: { legend: { labels: { color: text } } },
  };
}

if (canvas) {
  const chart = new Chart(canvas, { type: "bar", data: data(), options: options() });
  const again = () => {
    chart.data = data();
    chart.options = options();
    chart.update("none");
  };
  // Light or dark is chosen in the navigation bar, too.
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
}
