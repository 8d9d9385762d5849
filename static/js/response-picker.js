// <response-picker data-url>: the standard responses beside the composer. The button opens them with a
// search of their own; a slash at the start of a word opens them while the text keeps the focus, and what
// is typed on goes on filtering. The server renders what is found and counts what is inserted.
{
  const PAUSE = 80;
  // After a line's start or a space, up to the caret; more words may follow while something is found.
  const SLASH = /(?:^|\s)(\/(?:[^\s/][^\n/]{0,60})?)$/u;

  class ResponsePicker extends parley.SwappedElement {
    #slash = "";
    #refused = false;
    #asked = 0;
    #shown = null;
    #pause;
    #takeFirst = false;
    #busy = false;

    start(signal) {
      const on = (target, name, listener, more = {}) => target.addEventListener(name, listener, { signal, ...more });
      on(this.#button, "mousedown", (event) => event.preventDefault());
      on(this.#button, "click", () => (this.#open ? this.#leave() : this.#show("")));
      on(this.#search, "input", () => this.#find(this.#search.value));
      on(this.#search, "keydown", this.#key);
      on(this.#card, "click", this.#clicked);
      // The text must not lose its caret to a click on a response.
      on(this.#card, "mousedown", (event) => event.target.closest("[role=option]") && event.preventDefault());
      on(this.#composer, "parley:composed", this.#composed);
      on(this.#composer, "keydown", (event) => this.#slash && event.target !== this.#search && this.#key(event), { capture: true });
      on(document, "pointerdown", (event) => this.#open && !this.contains(event.target) && !this.#text.contains(event.target) && this.#hide());
      on(this, "focusout", (event) => this.#open && !this.#slash && event.relatedTarget && !this.contains(event.relatedTarget) && this.#hide());
    }

    disconnectedCallback() {
      super.disconnectedCallback();
      clearTimeout(this.#pause);
    }

    get #composer() {
      return this.closest("message-composer");
    }

    get #text() {
      return this.#composer.querySelector("[contenteditable], textarea");
    }

    get #button() {
      return this.querySelector("[data-picks]");
    }

    get #card() {
      return this.querySelector("[role=dialog]");
    }

    get #search() {
      return this.querySelector("[role=combobox]");
    }

    get #options() {
      return [...this.querySelectorAll("[role=option]")];
    }

    get #chosen() {
      return this.querySelector("[role=option][aria-selected=true]");
    }

    get #open() {
      return !this.#card.hidden;
    }

    #show(slash) {
      this.#slash = slash;
      this.#shown = null;
      this.#card.hidden = false;
      this.#button.setAttribute("aria-expanded", "true");
      this.#search.parentElement.hidden = Boolean(slash);
      this.#search.value = "";
      this.#say("");
      if (slash) this.#text.setAttribute("aria-controls", "response_options");
      else this.#search.focus();
      this.#find(slash);
    }

    #hide() {
      if (!this.#open) return;
      this.#card.hidden = true;
      this.#button.setAttribute("aria-expanded", "false");
      this.#text.removeAttribute("aria-activedescendant");
      this.#text.removeAttribute("aria-controls");
      this.#slash = "";
      this.#takeFirst = false;
      this.#asked += 1;
      clearTimeout(this.#pause);
    }

    /** Close, and go on writing: the text remembers where its caret was. */
    #leave() {
      if (this.#slash) this.#refused = true;
      else this.#text.focus();
      this.#hide();
    }

    /** After each change of the text: a slash opens, what follows it filters, anything else closes. */
    #composed = () => {
      if (this.#open && !this.#slash) return;
      const slash = this.#composer.textBeforeCaret().match(SLASH)?.[1] ?? "";
      if (!slash) {
        this.#refused = false;
        this.#hide();
      } else if (this.#open) {
        this.#slash = slash;
        this.#find(slash);
      } else if (!this.#refused && slash === "/") {
        this.#show(slash);
      }
    };

    #find(query) {
      clearTimeout(this.#pause);
      this.#asked += 1;
      const number = this.#asked;
      this.#pause = setTimeout(() => this.#ask(query, number), this.#shown === null ? 0 : PAUSE);
    }

    async #ask(query, number) {
      try {
        const answer = await parley.request("GET", `${this.dataset.url}?${new URLSearchParams({ q: query })}`);
        const html = await answer.text();
        if (number !== this.#asked) return;
        if (!answer.ok) return this.#say(parley.words(html));
        await parley.swap(html, "#response_list", "outerHTML");
        this.#found(query);
      } catch {
        if (number === this.#asked) this.#say(parley.word("The responses could not be fetched. Your text is kept; type on to try again."));
      }
    }

    #found(query) {
      this.#shown = query;
      this.#say("");
      const options = this.#options;
      // Words after a slash that no response has are a message with a slash in it.
      if (!options.length && this.#slash.includes(" ")) {
        const send = this.#takeFirst;
        this.#leave();
        if (send) this.#composer.querySelector("form").requestSubmit();
        return;
      }
      this.#choose(options[0]);
      this.querySelector("[data-count]").textContent = parley.counted("{count} response", "{count} responses", options.length);
      if (this.#takeFirst) this.#take(options[0]);
    }

    #choose(option) {
      this.#chosen?.setAttribute("aria-selected", "false");
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      const box = this.#slash ? this.#text : this.#search;
      if (option) box.setAttribute("aria-activedescendant", option.id);
      else box.removeAttribute("aria-activedescendant");
      const preview = this.querySelector("[data-shown]");
      preview.hidden = !option;
      preview.replaceChildren(option?.querySelector("template").content.cloneNode(true) ?? "");
    }

    #key = (event) => {
      if (!this.#open || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const steps = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in steps) {
        const options = this.#options;
        const next = options.indexOf(this.#chosen) + steps[event.key];
        if (options.length) this.#choose(options.at(next % options.length));
      } else if (event.key === "Enter" && !event.shiftKey) {
        this.#enter();
      } else if (event.key === "Escape") {
        this.#leave();
      } else {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
    };

    /** Insert the chosen one; if what was typed is still being looked for, the first that is found. */
    #enter() {
      const query = this.#slash || this.#search.value;
      if (this.#shown === query) this.#take(this.#chosen);
      else this.#takeFirst = true;
    }

    #clicked = (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#take(option);
    };

    async #take(option) {
      this.#takeFirst = false;
      if (!option || this.#busy) return;
      this.#busy = true;
      try {
        const answer = await parley.request("POST", `${this.dataset.url}/${option.dataset.response}/uses`);
        const text = await answer.text();
        if (!answer.ok) return this.#say(parley.words(text));
        const files = await this.#files(option);
        this.#insert(text);
        if (files.length) this.#composer.dispatchEvent(new CustomEvent("parley:files", { detail: { files } }));
      } catch {
        this.#say(parley.word("It could not be inserted: the line is down. Your text is kept; try again."));
      } finally {
        this.#busy = false;
      }
    }

    /** The files of a response, as if they had been chosen here: the composer uploads them for this chat. */
    #files(option) {
      return Promise.all(
        [...option.querySelectorAll("[data-file]")].map(async ({ dataset }) => {
          const answer = await fetch(dataset.file);
          if (!answer.ok) throw new Error(`${dataset.file}: ${answer.status}`);
          const content = await answer.blob();
          return new File([content], dataset.name, { type: content.type });
        }),
      );
    }

    #insert(markdown) {
      const slash = this.#slash && (this.#composer.textBeforeCaret().match(SLASH)?.[1] ?? "");
      this.#hide();
      this.#composer.insert(markdown, { replacing: slash.length });
    }

    #say(words) {
      const line = this.querySelector("[data-error]");
      line.textContent = words;
      line.hidden = !words;
    }
  }

  customElements.define("response-picker", ResponsePicker);
}
