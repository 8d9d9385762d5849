// parley.SwappedElement: a custom element that needs what is in it. While a swap goes on, htmx connects an
// element from the outside to the inside, and what is in it may be missing: start(signal) is called when
// the swap is over, and again each time the element is put somewhere; the signal ends when it is taken away.
parley.SwappedElement = class extends HTMLElement {
  #stopped;

  connectedCallback() {
    queueMicrotask(() => this.isConnected && this.#start());
  }

  #start() {
    this.#stopped?.abort();
    customElements.upgrade(this);
    this.#stopped = new AbortController();
    this.start(this.#stopped.signal);
  }

  disconnectedCallback() {
    this.#stopped?.abort();
  }
};
