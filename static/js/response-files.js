// <response-files data-url>: the files of a standard response in its settings. What is chosen is uploaded
// as it is, one after the other, and the server's own list takes the place of the one that is shown.
{
  class ResponseFiles extends parley.SwappedElement {
    start(signal) {
      this.querySelector("[data-choose]").addEventListener("click", () => this.#input.click(), { signal });
      this.#input.addEventListener("change", () => this.#take([...this.#input.files]), { signal });
    }

    get #input() {
      return this.querySelector("input[type=file]");
    }

    async #take(files) {
      this.#input.value = "";
      for (const file of files) if (!(await this.#upload(file))) return;
      this.#say("");
    }

    async #upload(file) {
      this.#say(parley.word("Uploading {name} …", { name: file.name }));
      try {
        const answer = await fetch(`${this.dataset.url}/${parley.nonce()}?${new URLSearchParams({ name: file.name })}`, {
          method: "PUT",
          headers: parley.headers({ "Content-Type": file.type || "application/octet-stream" }),
          body: file,
        });
        const html = await answer.text();
        if (answer.ok) await parley.swap(html, "#response_files", "outerHTML");
        else this.#say(parley.words(html), true);
        return answer.ok;
      } catch {
        this.#say(parley.word("{name} was not uploaded: the line is down. Choose it again.", { name: file.name }), true);
        return false;
      }
    }

    #say(words, bad = false) {
      const line = this.querySelector("[data-said]");
      line.textContent = words;
      line.classList.toggle("field__error", bad);
    }
  }

  customElements.define("response-files", ResponseFiles);
}
