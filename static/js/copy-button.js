// <copy-button>: copies the text in [data-text], and says so; where the browser forbids it, selects the text.
{
  const SAID_FOR = 2500;

  class CopyButton extends HTMLElement {
    #timer;

    connectedCallback() {
      this.#button.hidden = false;
      this.#button.addEventListener("click", this.#copy);
    }

    disconnectedCallback() {
      clearTimeout(this.#timer);
      this.#button?.removeEventListener("click", this.#copy);
    }

    get #button() {
      return this.querySelector("button");
    }

    get #text() {
      return this.querySelector("[data-text]");
    }

    #copy = async () => {
      try {
        await navigator.clipboard.writeText(this.#text.textContent.trim());
        this.#say(parley.word("Copied"));
      } catch {
        getSelection().selectAllChildren(this.#text);
        this.#say(parley.word("Selected, now press Ctrl+C"));
      }
    };

    #say(words) {
      const label = this.querySelector("[data-label]");
      label.setAttribute("role", "status");
      label.textContent = words;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => (label.textContent = parley.word("Copy")), SAID_FOR);
    }
  }

  customElements.define("copy-button", CopyButton);
}
