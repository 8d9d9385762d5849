// <sla-clock>: goes on counting from what the server counted at data-at, in the queue's open time
// and in wall time, and changes state and word by itself; data-open are the coming open stretches.
// <wall-time>: its button chooses which of the two times every clock of this browser shows.
{
  const AMBER = 0.75;
  const WORDS = { due_soon: () => parley.word("Due soon"), overdue: () => parley.word("Overdue") };
  const KEY = "parley-clock-time";
  const CHOSEN = "parley:clock-time";
  const now = () => window.parleyNow?.() ?? Date.now();
  const lasted = (seconds) => window.parley.lasted(seconds);

  const showsWall = () => {
    try {
      return localStorage.getItem(KEY) === "wall";
    } catch {
      return document.documentElement.dataset.clockTime === "wall";
    }
  };

  const choose = (wall) => {
    document.documentElement.dataset.clockTime = wall ? "wall" : "";
    try {
      localStorage.setItem(KEY, wall ? "wall" : "business");
    } catch {
      // storage is closed to us: the choice lasts as long as the page
    }
    document.dispatchEvent(new CustomEvent(CHOSEN));
  };

  class SlaClock extends HTMLElement {
    static observedAttributes = ["data-at", "data-quiet"];
    #timer;
    #stopped;
    #quiet = false;

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      document.addEventListener(CHOSEN, () => this.#tick(), { signal });
      this.addEventListener("keydown", (event) => event.key === "Escape" && this.#hush(true), { signal });
      for (const name of ["focusout", "pointerleave"]) {
        this.addEventListener(name, () => this.#hush(false), { signal });
      }
      this.#tick();
    }

    disconnectedCallback() {
      clearTimeout(this.#timer);
      this.#stopped.abort();
    }

    // after the swap that changes the attribute has changed the rest too
    // What was closed with Escape stays closed when the server sends the clock anew.
    #hush(quiet) {
      this.#quiet = quiet;
      this.toggleAttribute("data-quiet", quiet);
    }

    attributeChangedCallback(name) {
      if (name === "data-quiet") {
        if (this.hasAttribute(name) !== this.#quiet) this.toggleAttribute(name, this.#quiet);
      } else if (this.isConnected) queueMicrotask(() => this.isConnected && this.#tick());
    }

    get #running() {
      return "running" in this.dataset;
    }

    get #stretches() {
      return this.dataset.open?.split(" ").filter(Boolean).map((one) => one.split("-").map((at) => at * 1000));
    }

    /** Seconds since the server counted: all of them, and those in which the queue was open. */
    #passed() {
      const from = Date.parse(this.dataset.at);
      const to = Math.max(from, now());
      const all = (to - from) / 1000;
      const stretches = this.#stretches;
      if (!stretches) return { all, open: all, paused: false };
      const open = stretches.reduce((sum, [first, last]) => sum + Math.max(0, Math.min(to, last) - Math.max(from, first)), 0);
      return { all, open: open / 1000, paused: !stretches.some(([first, last]) => first <= to && to < last) };
    }

    #tick() {
      clearTimeout(this.#timer);
      if (Number.isNaN(Date.parse(this.dataset.at))) return;
      const passed = this.#running ? this.#passed() : { all: 0, open: 0, paused: false };
      const business = Number(this.dataset.seconds) + passed.open;
      const wall = Number(this.dataset.wall) + passed.all;
      if (this.#running) this.#judge(business, passed.paused);
      if (this.#started) this.#show(business, wall);
      for (const part of this.querySelectorAll("[data-grows]")) {
        const more = part.dataset.grows === "open" ? passed.open : passed.all - passed.open;
        write(part, lasted(Number(part.dataset.base) + more));
      }
      if (!this.#running) return;
      const shown = passed.paused ? wall : business;
      this.#timer = setTimeout(() => this.#tick(), 1000 - ((shown * 1000) % 1000) + 1);
    }

    get #started() {
      return this.dataset.state !== "idle";
    }

    #judge(seconds, paused) {
      const share = seconds / Number(this.dataset.target);
      const state = share >= 1 ? "overdue" : share >= AMBER ? "due_soon" : "on_time";
      this.dataset.state = state;
      write(this.querySelector("[data-word-here]"), WORDS[state]?.() ?? (paused ? parley.word("Paused") : this.dataset.word));
      this.querySelector("[data-bar]")?.setAttribute("width", Math.min(100, share * 100).toFixed(1));
    }

    #show(business, wall) {
      const other = this.querySelector("[data-other]");
      const inWall = other !== null && showsWall();
      const value = this.querySelector("[data-value]");
      write(value, lasted(inWall ? wall : business));
      if (!other) return;
      write(this.querySelector("[data-total]"), value.textContent);
      write(this.querySelector("[data-other-name]"), inWall ? parley.word("Business time") : parley.word("Wall time"));
      write(other, lasted(inWall ? business : wall));
      const of = this.querySelector("[data-of]");
      if (of) write(of, inWall ? parley.word("wall time") : of.dataset.text);
    }
  }

  class WallTime extends HTMLElement {
    #stopped;

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      this.addEventListener("click", () => choose(!showsWall()), { signal });
      document.addEventListener(CHOSEN, () => this.#show(), { signal });
      this.#show();
    }

    disconnectedCallback() {
      this.#stopped.abort();
    }

    #show() {
      const button = this.querySelector("button");
      button.setAttribute("aria-pressed", showsWall());
      button.title = showsWall() ? parley.word("Show business time") : parley.word("Show wall time");
    }
  }

  const write = (element, text) => {
    if (element && element.textContent !== text) element.textContent = text;
  };

  customElements.define("sla-clock", SlaClock);
  customElements.define("wall-time", WallTime);
}
