// <offer-card data-offered-at data-expires-at data-waiting-since>: the ring and the seconds, from the server's timestamps.
{
  const LAST_SECONDS = 5;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const now = () => window.parleyNow?.() ?? Date.now();
  const spoken = (milliseconds) => {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };

  class OfferCard extends HTMLElement {
    #timer;
    #sweep;

    connectedCallback() {
      if (!still.matches) this.#startSweep();
      this.#acknowledge();
      this.#tick();
    }

    disconnectedCallback() {
      clearTimeout(this.#timer);
      this.#sweep?.cancel();
    }

    // Drawn, in a hidden tab too: else the offer goes to the next agent.
    #acknowledge() {
      const url = this.dataset.shownUrl;
      if (url) window.parley?.request("PUT", url).catch(() => console.info("Parley: the offer could not be acknowledged"));
    }

    get #arc() {
      return this.querySelector(".ring__arc");
    }

    get #total() {
      return Math.max(1, Date.parse(this.dataset.expiresAt) - Date.parse(this.dataset.offeredAt));
    }

    // Never more than the whole, though this browser's idea of the server's time is some milliseconds late.
    get #left() {
      return Math.min(this.#total, Math.max(0, Date.parse(this.dataset.expiresAt) - now()));
    }

    #startSweep() {
      const done = 1 - this.#left / this.#total;
      this.#sweep = this.#arc?.animate(
        [{ strokeDashoffset: done }, { strokeDashoffset: 1 }],
        { duration: this.#left, easing: "linear", fill: "forwards" },
      );
    }

    #tick() {
      const left = this.#left;
      const seconds = Math.ceil(left / 1000);
      this.querySelector("[data-seconds]").textContent = seconds;
      const waiting = this.querySelector("[data-waiting]"); // a call has none
      if (waiting) waiting.textContent = spoken(now() - Date.parse(this.dataset.waitingSince));
      this.toggleAttribute("data-urgent", seconds <= LAST_SECONDS);
      if (!this.#sweep) this.#arc?.setAttribute("stroke-dashoffset", 1 - (seconds * 1000) / this.#total);
      if (left > 0) this.#timer = setTimeout(() => this.#tick(), left % 1000 || 1000);
    }
  }

  customElements.define("offer-card", OfferCard);
}
