// <copy-button>: copies the text in [data-text], and says so; where the browser forbids it, selects the text.
{
  const SAID_FOR = 2500;

  class CopyButton extends HTMLElement {
    #timer;
    #told = document.createElement("span");

    connectedCallback() {
      this.#button.hidden = false;
      // Beside the button: a live region within it would take away its name.
      this.#told.setAttribute("role", "status");
      this.#told.className = "visually-hidden";
      this.append(this.#told);
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
      label.textContent = words;
      this.#told.textContent = words;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        label.textContent = parley.word("Copy");
        this.#told.textContent = "";
      }, SAID_FOR);
    }
  }

  customElements.define("copy-button", CopyButton);
}
