// <password-field>: an eye that shows what was typed; without scripts the eye stays away.
{
  class PasswordField extends HTMLElement {
    #toggle = () => {
      const input = this.querySelector("input");
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      this.#eye.setAttribute("aria-pressed", String(shown));
      input.focus();
    };

    get #eye() {
      return this.querySelector("button");
    }

    connectedCallback() {
      this.#eye.hidden = false;
      this.#eye.addEventListener("click", this.#toggle);
    }

    disconnectedCallback() {
      this.#eye?.removeEventListener("click", this.#toggle);
    }
  }

  customElements.define("password-field", PasswordField);
}
