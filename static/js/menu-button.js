// <menu-button>: a button with a popover menu; arrows move in it, choosing closes it and
// focus returns; what is ticked or not leaves it open.
{
  const ITEMS = "[role=menuitem], [role=menuitemradio], [role=menuitemcheckbox]";

  class MenuButton extends HTMLElement {
    connectedCallback() {
      this.addEventListener("toggle", this.#toggled, true);
      this.addEventListener("keydown", this.#pressed);
      this.addEventListener("click", this.#chosen);
    }

    disconnectedCallback() {
      this.removeEventListener("toggle", this.#toggled, true);
      this.removeEventListener("keydown", this.#pressed);
      this.removeEventListener("click", this.#chosen);
    }

    get #menu() {
      return this.querySelector("[popover]");
    }

    get #items() {
      return [...this.querySelectorAll(ITEMS)].filter((item) => item.checkVisibility());
    }

    #toggled = (event) => {
      if (event.target !== this.#menu || event.newState !== "open") return;
      (this.querySelector("[aria-checked=true]") ?? this.#items[0])?.focus();
    };

    #pressed = (event) => {
      if (event.target.closest("[popovertarget]") && event.key === "ArrowDown") {
        event.preventDefault();
        this.#menu.showPopover();
      } else if (event.target.matches(ITEMS)) {
        this.#move(event);
      }
    };

    #move(event) {
      const items = this.#items;
      const here = items.indexOf(event.target);
      const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      items.at(to % items.length).focus();
    }

    #chosen = (event) => {
      const item = event.target.closest(ITEMS);
      if (item && item.type !== "submit" && !item.matches("[role=menuitemcheckbox]")) this.#menu.hidePopover();
    };
  }

  customElements.define("menu-button", MenuButton);
}
