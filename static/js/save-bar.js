// <save-bar [data-unsaved]>: stays away until something in its form differs, counts what does, and asks before
// changes are left behind. Without scripts it is always there.
{
  const fields = (form) => {
    const found = new Map();
    for (const [name, value] of new FormData(form)) found.set(name, [...(found.get(name) ?? []), value]);
    return new Map([...found].map(([name, values]) => [name, JSON.stringify(values)]));
  };

  class SaveBar extends HTMLElement {
    #stopped;
    #before;

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      this.#before = fields(this.#form);
      this.#form.addEventListener("input", this.#count, { signal });
      this.#form.addEventListener("change", this.#count, { signal });
      this.#form.addEventListener("rows-changed", this.#count, { signal });
      this.#form.addEventListener("submit", () => this.removeAttribute("data-unsaved"), { signal });
      this.querySelector("[data-discard]").addEventListener("click", () => this.removeAttribute("data-unsaved"), { signal });
      window.addEventListener("beforeunload", this.#ask, { signal });
      this.#show(this.hasAttribute("data-unsaved") ? "Not saved yet" : "");
    }

    disconnectedCallback() {
      this.#stopped.abort();
    }

    get #form() {
      return this.closest("form");
    }

    #count = () => {
      const now = fields(this.#form);
      const names = new Set([...this.#before.keys(), ...now.keys()]);
      const changed = [...names].filter((name) => this.#before.get(name) !== now.get(name)).length;
      this.toggleAttribute("data-unsaved", changed > 0);
      this.#show(changed ? `${changed} ${changed === 1 ? "change" : "changes"} not saved` : "");
    };

    #show(text) {
      this.hidden = text === "";
      this.querySelector("[data-count]").textContent = text;
    }

    #ask = (event) => {
      if (this.hasAttribute("data-unsaved")) event.preventDefault();
    };
  }

  customElements.define("save-bar", SaveBar);
}
