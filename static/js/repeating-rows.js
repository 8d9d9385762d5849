// <repeating-rows>: rows of fields that can be added from a template and removed; the others keep their text.
// The empty row at the end, with which rows are added without scripts, goes when there are others.
{
  class RepeatingRows extends HTMLElement {
    connectedCallback() {
      this.#add.hidden = false;
      for (const button of this.querySelectorAll("[data-remove]")) button.hidden = false;
      const rows = [...this.querySelectorAll("[data-row]")];
      if (rows.length > 1 && rows.at(-1).querySelector("input").value === "") rows.at(-1).remove();
      this.addEventListener("click", this.#clicked);
    }

    disconnectedCallback() {
      this.removeEventListener("click", this.#clicked);
    }

    get #add() {
      return this.querySelector("[data-add]");
    }

    #clicked = (event) => {
      if (event.target.closest("[data-add]")) this.#append();
      const remove = event.target.closest("[data-remove]");
      if (remove) this.#remove(remove.closest("[data-row]"));
    };

    #append() {
      const row = this.querySelector("[data-template]").content.firstElementChild.cloneNode(true);
      row.querySelector("[data-remove]").hidden = false;
      this.querySelector("[data-rows]").append(row);
      row.querySelector("select, input").focus();
      this.#changed();
    }

    // Focus goes to the row that takes the place, so that the keyboard does not start again at the top.
    #remove(row) {
      const next = row.nextElementSibling?.querySelector("[data-remove]") ?? row.previousElementSibling?.querySelector("[data-remove]");
      row.remove();
      (next ?? this.#add).focus();
      this.#changed();
    }

    #changed() {
      this.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true }));
    }
  }

  customElements.define("repeating-rows", RepeatingRows);
}
