// <interaction-list>: keeps the rows in the order the server gave them, names their sections,
// counts them, marks the one that is open, and says on the page that one is.
{
  const SECTIONS = {
    active: () => parley.word("Needs you first"),
    completed: () => parley.word("Completed in the last 24 hours"),
  };

  class InteractionList extends HTMLElement {
    #stopped;
    #focused = "";
    #observer = new MutationObserver(() => this.#arrange());

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      this.addEventListener("focusin", (event) => (this.#focused = event.target.closest("li")?.id ?? ""), { signal });
      this.addEventListener("focusout", (event) => event.relatedTarget && (this.#focused = ""), { signal });
      for (const name of ["htmx:after:swap", "htmx:after:history:push"]) {
        document.addEventListener(name, () => this.#arrange(), { signal });
      }
      this.#arrange();
    }

    disconnectedCallback() {
      this.#stopped.abort();
      this.#observer.disconnect();
    }

    get #list() {
      return this.querySelector("ul");
    }

    #arrange() {
      this.#observer.disconnect();
      const rows = [...this.#list.children];
      const sorted = rows.toSorted((a, b) => (a.dataset.order < b.dataset.order ? -1 : 1));
      if (sorted.some((row, index) => row !== rows[index])) this.#list.append(...sorted);
      this.#nameSections(sorted);
      this.#count(sorted);
      this.#markOpen();
      this.#keepFocus();
      this.#observer.observe(this.#list, { childList: true });
    }

    #nameSections(rows) {
      const seen = new Set();
      for (const row of rows) {
        const { group } = row.dataset;
        if (seen.has(group)) {
          delete row.dataset.section;
          delete row.dataset.count;
        } else {
          row.dataset.section = SECTIONS[group]();
          row.dataset.count = rows.filter((other) => other.dataset.group === group).length;
        }
        seen.add(group);
      }
    }

    #count(rows) {
      const active = rows.filter((row) => row.dataset.group === "active");
      const unread = active.reduce((sum, row) => sum + Number(row.dataset.unread), 0);
      const tab = document.querySelector("[data-active-count]");
      if (tab) tab.textContent = active.length;
      const badge = document.querySelector("[data-unread-total]");
      if (badge) {
        badge.hidden = unread === 0;
        badge.querySelector("[data-count]").textContent = unread > 99 ? "99+" : unread;
      }
    }

    #markOpen() {
      const open = document.getElementById("conversation")?.dataset.interaction;
      const writes = document.getElementById("composer")?.matches(":not(.composer--closed)");
      document.body.classList.toggle("workspace--open", Boolean(Number(open)));
      document.body.classList.toggle("workspace--writing", Boolean(writes));
      for (const row of this.#list.children) {
        const link = row.querySelector("a");
        const selected = row.id === `interaction_${open}`;
        if (selected) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }

    #keepFocus() {
      const row = this.#focused && document.getElementById(this.#focused);
      if (row && document.activeElement === document.body) row.querySelector("a").focus();
    }
  }

  customElements.define("interaction-list", InteractionList);

  // A toast says its words for ten seconds.
  new MutationObserver(() => {
    for (const toast of document.querySelectorAll("#notice > *:not([data-leaving])")) {
      toast.dataset.leaving = "";
      setTimeout(() => toast.remove(), 10_000);
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
}
