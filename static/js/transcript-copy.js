// <transcript-copy data-url>: copies the transcript of a chat as text, or prints it.
{
  class TranscriptCopy extends HTMLElement {
    connectedCallback() {
      // Itself the listener: a swap may connect it before its buttons are there.
      this.addEventListener("click", this);
    }

    handleEvent({ target }) {
      if (target.closest("[data-copy]")) this.#copy();
      else if (target.closest("[data-print]")) this.#print();
    }

    async #copy() {
      try {
        await this.#toClipboard(this.#text());
        this.#say(parley.word("The transcript is copied."));
      } catch (error) {
        console.info("Parley: not copied", error.name);
        this.#say(parley.word("The transcript could not be copied. Download it instead."));
      }
    }

    // The text comes after the click, which only a promise in the item may do everywhere.
    async #toClipboard(text) {
      if (navigator.clipboard?.write && window.ClipboardItem) {
        const blob = text.then((words) => new Blob([words], { type: "text/plain" }));
        return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
      }
      const field = document.createElement("textarea");
      field.value = await text;
      document.body.append(field);
      field.select();
      const copied = document.execCommand("copy"); // the only way on a page without https
      field.remove();
      if (!copied) throw new DOMException("", "NotAllowedError");
    }

    async #text() {
      const answer = await parley.request("GET", `${this.dataset.url}?format=text`);
      if (!answer.ok) throw new DOMException(answer.statusText, "NetworkError");
      return answer.text();
    }

    #print() {
      const copy = window.open(`${this.dataset.url}?format=html`);
      if (copy) copy.addEventListener("load", () => copy.print());
      else this.#say(parley.word("The browser has blocked the window to print from. Download the transcript instead."));
    }

    #say(words) {
      const toast = document.createElement("p");
      toast.className = "toast";
      toast.textContent = words;
      document.getElementById("notice")?.replaceChildren(toast);
    }
  }

  customElements.define("transcript-copy", TranscriptCopy);
}
