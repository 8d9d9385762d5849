// <typing-sign at>: somebody is typing; it goes by itself when nothing more is heard of it.
{
  const LASTS = 6000;

  class TypingSign extends HTMLElement {
    static observedAttributes = ["at"];
    #gone = 0;

    connectedCallback() {
      this.#stay();
    }

    disconnectedCallback() {
      clearTimeout(this.#gone);
    }

    attributeChangedCallback() {
      if (this.isConnected) this.#stay();
    }

    #stay() {
      clearTimeout(this.#gone);
      const heard = Date.parse(this.getAttribute("at"));
      this.#gone = setTimeout(() => this.remove(), Math.max(0, heard + LASTS - parley.now()));
    }
  }

  customElements.define("typing-sign", TypingSign);
}
