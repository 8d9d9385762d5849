// <save-bar [data-unsaved]>: stays away until something in its form differs, counts what does, and asks before
// changes are left behind. Without scripts it is always there.
{
  const gathered = (pairs) => {
    const found = new Map();
    for (const [name, value] of pairs) found.set(name, [...(found.get(name) ?? []), value]);
    return new Map([...found].map(([name, values]) => [name, JSON.stringify(values)]));
  };
  const unix = (text) => text.replaceAll("\r\n", "\n");
  const now = (form) => gathered([...new FormData(form)].map(([name, value]) => [name, unix(value)]));

  // As the server sent it: somebody may have typed before this script arrived.
  const sent = (form) => {
    const pairs = [];
    for (const field of form.elements) {
      if (!field.name || field.type === "submit") continue;
      if (field.type === "checkbox") field.defaultChecked && pairs.push([field.name, field.value]);
      else if (field.type === "select-one") pairs.push([field.name, ([...field.options].find((one) => one.defaultSelected) ?? field.options[0])?.value ?? ""]);
      else pairs.push([field.name, unix(field.defaultValue ?? field.value)]);
    }
    return gathered(pairs);
  };

  class SaveBar extends HTMLElement {
    #stopped;
    #before;

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      this.#before = sent(this.#form);
      this.#form.addEventListener("input", this.#count, { signal });
      this.#form.addEventListener("change", this.#count, { signal });
      this.#form.addEventListener("rows-changed", this.#count, { signal });
      this.#form.addEventListener("submit", () => this.removeAttribute("data-unsaved"), { signal });
      this.querySelector("[data-discard]").addEventListener("click", () => this.removeAttribute("data-unsaved"), { signal });
      window.addEventListener("beforeunload", this.#ask, { signal });
      if (this.hasAttribute("data-unsaved")) this.#show(parley.word("Not saved yet"));
      else if (this.#count()) requestAnimationFrame(() => this.#form.dispatchEvent(new Event("input", { bubbles: true })));
    }

    disconnectedCallback() {
      this.#stopped.abort();
    }

    get #form() {
      return this.closest("form");
    }

    #count = () => {
      const after = now(this.#form);
      const names = new Set([...this.#before.keys(), ...after.keys()]);
      const changed = [...names].filter((name) => this.#before.get(name) !== after.get(name)).length;
      this.toggleAttribute("data-unsaved", changed > 0);
      this.#show(changed ? parley.counted("{count} change not saved", "{count} changes not saved", changed) : "");
      return changed;
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
