// The texts of the labextension: English in the code, here in the other languages of the pages.

export const WORDS = {
  de: {
    "{hours} h {minutes} min left": "noch {hours} h {minutes} min",
    "{days} d {hours} h left": "noch {days} d {hours} h",
    "{minutes} min left": "noch {minutes} min",
    "less than 1 min left": "noch weniger als 1 min",
    "time is up": "Zeit abgelaufen",
    "job {job}": "Job {job}",
    "about {left}": "etwa {left}",
    "Job {job} ends {end}": "Job {job} endet {end}",
    "Job {job}, whose end is not known": "Job {job}, dessen Ende nicht bekannt ist",
    "Node {node}": "Knoten {node}",
    "Partition {partition}": "Partition {partition}",
    "The hub does not answer; last heard of {ago} s ago": "Der Hub antwortet nicht; zuletzt gehört vor {ago} s",
    "The job of this server": "Der Job dieses Servers",
    "Close": "Schließen",
    "Dismiss": "Verstanden",
    "Read on": "Weiterlesen",
    "Hub Control Panel": "Zur Hub-Übersicht",
    "Announced by your centre": "Mitteilungen Ihres Zentrums",
    "This server ends in {minutes} min, at {time}, with all that runs in it. Save your work now.":
      "Dieser Server endet in {minutes} min, um {time}, mit allem, was darin läuft. Speichern Sie jetzt.",
    "This server ends in less than a minute, with all that runs in it. Save your work now.":
      "Dieser Server endet in weniger als einer Minute, mit allem, was darin läuft. Speichern Sie jetzt.",
  },
};

/** Returns what says a text in *language*, its {values} filled in. */
export const speaker = (language) => (message, values = {}) =>
  (WORDS[language]?.[message] || message).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
