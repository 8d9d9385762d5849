// <time-in-state since>: how long something has lasted, as m:ss, from an hour h:mm:ss, from a day 1 d 3 h.
{
  const two = (number) => String(number).padStart(2, "0");

  const lasted = (seconds) => {
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    if (hours >= 24) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
    if (hours) return `${hours}:${two(minutes % 60)}:${two(seconds % 60)}`;
    return `${minutes}:${two(seconds % 60)}`;
  };

  class TimeInState extends HTMLElement {
    static observedAttributes = ["since"];
    #timer;

    connectedCallback() {
      this.#tick();
    }

    disconnectedCallback() {
      clearTimeout(this.#timer);
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

  customElements.define("time-in-state", TimeInState);
}
