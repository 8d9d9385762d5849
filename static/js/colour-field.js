// <colour-field>: a colour as text and as the browser's own picker; each follows the other.
{
  class ColourField extends HTMLElement {
    connectedCallback() {
      this.addEventListener("input", this.#follow);
    }

    disconnectedCallback() {
      this.removeEventListener("input", this.#follow);
    }

    #follow = (event) => {
      const picker = this.querySelector("[type=color]");
      const text = this.querySelector("[name]");
      if (event.target === picker) text.value = picker.value;
      else if (/^#?[0-9a-f]{6}$/i.test(text.value)) picker.value = `#${text.value.replace("#", "")}`;
    };
  }

  customElements.define("colour-field", ColourField);
}
