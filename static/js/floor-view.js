// <floor-view>: filters the floor by queue and words, shortens the table of agents, says whether
// the page is live, and moves focus into a row's menu once it has come.
{
  const FEW = 12;
  const plain = (text) => text.toLocaleLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

  class FloorView extends HTMLElement {
    #stopped;
    #all = false;
    #observer = new MutationObserver(() => this.#filter());

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      this.addEventListener("input", () => this.#filter(), { signal });
      this.addEventListener("click", (event) => this.#clicked(event), { signal });
      this.addEventListener("toggle", (event) => this.#toggled(event), { signal, capture: true });
      document.addEventListener("parley:connection", (event) => this.#connection(event.detail.state), { signal });
      document.addEventListener("htmx:after:swap", () => this.#filter(), { signal });
      // An offer accepted here opens in the workspace.
      document.addEventListener("htmx:after:history:push", () => location.reload(), { signal });
      this.#observer.observe(this.#menu, { childList: true });
      this.#filter();
    }

    disconnectedCallback() {
      this.#stopped.abort();
      this.#observer.disconnect();
    }

    get #menu() {
      return this.querySelector("#floor_menu");
    }

    #clicked(event) {
      if (event.target.closest("[data-more] button")) {
        this.#all = !this.#all;
        this.#filter();
      }
    }

    /** What an earlier row showed is not this row's. */
    #toggled(event) {
      if (event.target === this.#menu && event.newState === "closed") this.#menu.replaceChildren();
    }

    #connection(state) {
      const live = this.querySelector("[data-live]");
      live.firstElementChild.className = `presence presence--${state === "live" ? "here" : "gone"}`;
      live.querySelector("[data-words]").textContent = state === "live" ? parley.word("Live") : parley.word("Not live");
    }

    #filter() {
      const queue = this.querySelector("[name=queue]").value;
      const words = plain(this.querySelector("[name=words]").value.trim());
      for (const row of this.querySelectorAll("#floor [data-words]")) {
        const inQueue = !queue || row.dataset.queues.split(" ").includes(queue);
        row.hidden = !inQueue || !plain(row.dataset.words).includes(words);
      }
      this.#shorten(Boolean(queue || words));
      this.#focusMenu();
    }

    #shorten(filtered) {
      const rows = [...this.querySelectorAll(".table--agents tbody tr:not([hidden])")];
      const more = this.querySelector("[data-more]");
      const extra = rows.slice(FEW);
      more.hidden = filtered || extra.length === 0;
      more.firstElementChild.textContent = this.#all
        ? parley.word("Fewer agents")
        : parley.counted("{count} more agent", "{count} more agents", extra.length);
      if (!filtered && !this.#all) for (const row of extra) row.hidden = true;
      this.querySelector("[data-none]").hidden = rows.length > 0;
    }

    #focusMenu() {
      const menu = this.#menu;
      if (menu.matches(":popover-open") && !menu.contains(document.activeElement)) {
        menu.querySelector("[role=menuitem], [role=menuitemradio]")?.focus();
      }
    }
  }

  customElements.define("floor-view", FloorView);
}
