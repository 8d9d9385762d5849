// <time-in-state since>: how long something has lasted, as m:ss, from an hour h:mm:ss, from a day 1 d 3 h.
{
  const lasted = (seconds) => window.parley.lasted(seconds);

  class TimeInState extends HTMLElement {
    static observedAttributes = ["since"];
    #timer;
    // A swap that keeps this element still takes its words away.
    #emptied = new MutationObserver(() => this.textContent || this.#tick());

    connectedCallback() {
      this.#tick();
      this.#emptied.observe(this, { childList: true });
    }

    disconnectedCallback() {
      clearTimeout(this.#timer);
      this.#emptied.disconnect();
    }

    attributeChangedCallback() {
      if (this.isConnected) this.#tick();
    }

    #tick() {
      clearTimeout(this.#timer);
      const since = Date.parse(this.getAttribute("since") ?? "");
      if (Number.isNaN(since)) return;
      const passed = Math.max(0, (window.parleyNow?.() ?? Date.now()) - since);
      this.textContent = lasted(Math.floor(passed / 1000));
      this.#timer = setTimeout(() => this.#tick(), 1000 - (passed % 1000));
    }
  }

  // <time-left until>: how long it still is.
  class TimeLeft extends HTMLElement {
    #timer;

    connectedCallback() {
      const tick = () => {
        const left = Date.parse(this.getAttribute("until")) - (window.parleyNow?.() ?? Date.now());
        this.textContent = lasted(Math.max(0, Math.ceil(left / 1000)));
        this.#timer = setTimeout(tick, 250);
      };
      tick();
    }

    disconnectedCallback() {
      clearTimeout(this.#timer);
    }
  }

  customElements.define("time-in-state", TimeInState);
  customElements.define("time-left", TimeLeft);
}
