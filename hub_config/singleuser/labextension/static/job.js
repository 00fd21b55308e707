// What is known of the job: asked of the server while somebody looks, and its clock.

const EVERY = 30000;
const TICK = 5000;

/** The job of this server. *changed* is called when it may have to be shown anew. */
export class Job {
  constructor(ask, changed) {
    this.ask = ask;
    this.changed = changed;
    this.said = null;
    this.asking = false;
  }

  /** Asks now, and again and again. */
  start() {
    document.addEventListener("visibilitychange", () => this.refresh());
    setInterval(() => this.refresh(), EVERY);
    setInterval(() => this.said && this.changed(this), TICK);
    this.refresh();
  }

  async refresh() {
    if (document.hidden || this.asking) return;
    this.asking = true;
    try {
      this.said = await this.ask();
      // The hub's clock beside this browser's: neither need be right.
      this.behind = this.said.now - Date.now() / 1000;
    } catch (error) {
      // The server is away, or the hub has yet to tell something: what was known goes on.
      if (this.said) this.said.stale = true;
    } finally {
      this.asking = false;
    }
    if (this.said) this.changed(this);
  }

  /** Seconds until the end; NaN: nobody knows. */
  get left() {
    return this.said.end === null ? NaN : this.said.end - Date.now() / 1000 - this.behind;
  }

  /** The end as this browser's clock shows it. */
  get end() {
    return new Date((this.said.end - this.behind) * 1000);
  }
}
