// <wrap-up-search>: filters the codes while you type; arrows move the choice, Return takes it.
{
  const words = (text) => text.toLocaleLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

  class WrapUpSearch extends HTMLElement {
    connectedCallback() {
      this.addEventListener("input", this.#filter);
      this.addEventListener("keydown", this.#move);
      this.addEventListener("change", this.#chosen);
      this.#chosen();
    }

    disconnectedCallback() {
      this.removeEventListener("input", this.#filter);
      this.removeEventListener("keydown", this.#move);
      this.removeEventListener("change", this.#chosen);
    }

    get #search() {
      return this.querySelector("input[type=search]");
    }

    get #shown() {
      return [...this.querySelectorAll("label:not([hidden]) > input[type=radio]:not(:disabled)")];
    }

    #filter = (event) => {
      if (event.target !== this.#search) return;
      const wanted = words(this.#search.value.trim());
      for (const label of this.querySelectorAll("label")) {
        label.hidden = !words(label.textContent).includes(wanted);
        if (label.hidden) label.querySelector("input").checked = false;
      }
      for (const group of this.querySelectorAll("[role=group]")) group.hidden = !group.querySelector("label:not([hidden])");
      this.querySelector("[data-none]").hidden = this.#shown.length > 0;
      this.#chosen();
    };

    #move = (event) => {
      if (event.target !== this.#search || event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#step(event);
      else if (event.key === "Enter") this.#take(event);
    };

    #step(event) {
      event.preventDefault();
      const shown = this.#shown;
      if (shown.length === 0) return;
      const chosen = shown.findIndex((radio) => radio.checked);
      const next = event.key === "ArrowDown" ? chosen + 1 : Math.max(chosen, 0) - 1;
      this.#choose(shown.at(next % shown.length));
    }

    // A search that leaves one code has chosen it; without a search nothing is chosen by itself.
    // What is hidden is never chosen.
    #take(event) {
      event.preventDefault();
      const shown = this.#shown;
      if (shown.length === 1 && this.#search.value.trim()) this.#choose(shown[0]);
      if (shown.length) this.closest("form").requestSubmit();
    }

    // What the visitor reads names whom was chosen; before that there is nothing to say.
    #chosen = () => {
      const told = this.closest("form")?.querySelector("[data-told]");
      if (!told) return;
      const name = this.querySelector("input[type=radio]:checked")?.dataset.name;
      told.hidden = !name;
      if (name) told.querySelector("[data-receiver]").textContent = name;
    };

    #choose(radio) {
      radio.checked = true;
      this.#chosen();
      radio.closest("label").scrollIntoView({ block: "nearest" });
    }
  }

  customElements.define("wrap-up-search", WrapUpSearch);
}
