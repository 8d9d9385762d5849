// <message-composer data-owner [data-url] [data-note-url] [data-typing-url] data-outbox>: where a message
// or an internal note is written, in a <rich-text> (agents) or a <textarea> (visitors, and who looks
// on: without data-url there are notes alone). What is sent goes to the outbox, what is not yet sent is
// a draft; both are kept by address, so a note never becomes a message. That a message is being typed
// is told, never what.
//   insert(markdown, {replacing = 0})   puts a stored text at the caret
//   textBeforeCaret()                   what stands in the caret's line before it
//   parley:composed                     after each change of the text
//   parley:files {files}                pasted or dropped, for an <upload-list> in it
// An <upload-list> has `busy`, `ids` and `labels` of what is to be sent along, and `clear()`.
{
  const LONGEST = 8000;
  const UNCOUNTED = 500;
  const TELL_TYPING_AFTER = 3000;
  const LONGEST_NOTE = 2000;
  // As the places of standard responses (app/responses/variables.py).
  const UNFILLED = /\{[A-Za-z][A-Za-z0-9_. -]{0,40}\}/g;
  const TOUCH = matchMedia("(pointer: coarse)");

  const number = (many) => new Intl.NumberFormat(parley.locale()).format(many);

  class MessageComposer extends parley.SwappedElement {
    #noting = false;
    #toldTyping = 0;
    #warnedOf = "";

    start(signal) {
      this.#noting = !this.dataset.url;
      const on = (target, name, listener) => target.addEventListener(name, listener, { signal });
      for (const tab of this.#modes) {
        on(tab, "click", () => this.#write(tab.dataset.mode));
        on(tab, "keydown", (event) => this.#changeMode(event));
      }
      on(this.#text, "input", () => this.#typed());
      on(this.#text, "input", () => this.#tellTyping());
      on(this.#text, "keydown", (event) => this.#key(event));
      on(this.#form, "submit", (event) => this.#submit(event));
      for (const button of this.#formats) {
        // Keep the selection: the button must not take the focus from the text.
        on(button, "mousedown", (event) => event.preventDefault());
        on(button, "click", () => this.#format(button.dataset.format));
      }
      if (this.#formats.length) on(document, "selectionchange", () => this.#drawFormats());
      on(document, "parley:outbox", (event) => this.#urls.includes(event.detail.url) && this.#draw());
      on(document, "parley:renamed", (event) => this.#rename(event.detail.page));
      on(this.#text, "paste", (event) => this.#paste(event));
      on(this, "parley:dropped", (event) => this.#files(event.detail.files));
      for (const name of ["dragover", "dragleave", "drop"]) on(this.#column, name, (event) => this.#drag(event));
      // What was typed before this script came stays.
      this.#text.value ||= parley.drafts.read(this.#draft);
      this.#typed();
      this.#draw();
    }

    disconnectedCallback() {
      super.disconnectedCallback();
      CSS.highlights?.delete("unfilled");
    }

    insert(markdown, { replacing = 0 } = {}) {
      this.#text.insert(markdown, replacing);
    }

    textBeforeCaret() {
      return this.#text.beforeCaret;
    }

    get #url() {
      return this.#noting ? this.dataset.noteUrl : this.dataset.url;
    }

    get #urls() {
      return [this.dataset.url, this.dataset.noteUrl].filter(Boolean);
    }

    get #draft() {
      return parley.drafts.key(`${this.dataset.owner}${parley.writer()}`, this.#url);
    }

    get #longest() {
      return this.#noting ? LONGEST_NOTE : LONGEST;
    }

    get #tooLong() {
      const longest = number(this.#longest);
      return this.#noting
        ? parley.word("A note has at most {longest} characters. Your text is kept.", { longest })
        : parley.word("A message has at most {longest} characters. Your text is kept.", { longest });
    }

    /** Agents write with placeholders, which standard responses bring; to a visitor they are just words. */
    get #fills() {
      return this.#text.matches("rich-text");
    }

    get #modes() {
      return this.querySelectorAll("[role=tab]");
    }

    get #form() {
      return this.querySelector("form");
    }

    get #text() {
      return this.querySelector("rich-text, textarea");
    }

    get #formats() {
      return this.querySelectorAll("[data-format]");
    }

    get #uploads() {
      return this.#noting ? null : this.querySelector("upload-list");
    }

    /** Files may be dropped anywhere on the conversation. */
    get #column() {
      return this.closest(".conversation__main") ?? this.parentElement;
    }

    /** Write messages or notes from now on; each keeps its own draft. */
    #write(mode) {
      this.#noting = mode === "note";
      for (const tab of this.#modes) {
        const chosen = tab.dataset.mode === mode;
        tab.setAttribute("aria-selected", chosen);
        tab.tabIndex = chosen ? 0 : -1;
        if (!chosen) continue;
        this.#text.setAttribute("aria-label", tab.dataset.label);
        this.#text.placeholder = tab.dataset.placeholder;
      }
      this.classList.toggle("composer--note", this.#noting);
      this.#text.value = parley.drafts.read(this.#draft);
      this.#typed();
      this.#text.focus();
    }

    /** Whom one writes to is called otherwise now; what is written stays. */
    #rename(page) {
      for (const tab of this.#modes) {
        const fresh = page.querySelector(`[role=tab][data-mode=${tab.dataset.mode}]`);
        if (!fresh) continue;
        tab.dataset.placeholder = fresh.dataset.placeholder;
        if (tab.ariaSelected === "true") this.#text.placeholder = tab.dataset.placeholder;
      }
    }

    #changeMode(event) {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      event.preventDefault();
      const other = [...this.#modes].find((tab) => tab !== event.target);
      this.#write(other.dataset.mode);
      other.focus();
    }

    /** The other side may see that a message is being typed; of a note they see nothing. */
    #tellTyping() {
      const now = Date.now();
      const { typingUrl } = this.dataset;
      if (this.#noting || !typingUrl || !this.#text.value.trim() || now - this.#toldTyping < TELL_TYPING_AFTER) return;
      this.#toldTyping = now;
      parley.request("PUT", typingUrl).catch((error) => console.info("Parley: typing was not told", error.name));
    }

    #submit(event) {
      event.preventDefault();
      const body = this.#text.value;
      const uploads = this.#uploads;
      const files = uploads?.ids ?? [];
      this.#say("");
      if (uploads?.busy) return this.#say(parley.word("Files are still being uploaded. Send again when they are here; your text is kept."));
      if (!body.trim() && !files.length) return;
      if ([...body].length > this.#longest) return this.#say(this.#tooLong);
      if (this.#mustFill(body)) return;
      const fields = [["body", body], ...files.map((id) => ["attachment", String(id)])];
      parley.outbox.add(this.#url, { fields, body, labels: [...(uploads?.labels ?? [])], note: this.#noting });
      uploads?.clear();
      this.#toldTyping = 0;
      this.#text.value = "";
      this.#typed();
      this.#text.focus();
    }

    /** A placeholder that nobody filled in is sent only when one insists. */
    #mustFill(body) {
      const unfilled = body.match(UNFILLED)?.join(", ") ?? "";
      if (!unfilled || !this.#fills || this.#warnedOf === unfilled) return false;
      this.#warnedOf = unfilled;
      this.#say(parley.word("Not filled in yet: {names}. Write what belongs there, or send again to send it as it is.", { names: unfilled }));
      return true;
    }

    /**
     * Return sends and Shift+Return breaks the line, except where the pointer is a finger: keyboards on
     * screens have no Shift+Return at hand, and Send is under the thumb. Ctrl or Cmd+Return sends anywhere.
     * While an input method composes (229), Return is its own.
     */
    #key(event) {
      const command = event.ctrlKey || event.metaKey;
      if (event.isComposing || event.keyCode === 229 || event.altKey) return;
      if (event.key === "Enter" && !event.shiftKey && (command || !TOUCH.matches)) {
        event.preventDefault();
        this.#form.requestSubmit();
      } else if (command && !event.shiftKey && this.#formats.length && "bi".includes(event.key.toLowerCase())) {
        event.preventDefault();
        this.#format(event.key.toLowerCase() === "b" ? "bold" : "italic");
      }
    }

    #format(name) {
      this.#text.toggle(name);
      this.#drawFormats();
    }

    #drawFormats() {
      for (const button of this.#formats) button.setAttribute("aria-pressed", this.#text.has(button.dataset.format));
    }

    #typed() {
      const { value } = this.#text;
      parley.drafts.write(this.#draft, value);
      const count = [...value].length;
      const counter = this.querySelector(".composer__counter");
      counter.hidden = count < this.#longest - UNCOUNTED;
      counter.value = `${number(count)} / ${number(this.#longest)}`;
      counter.toggleAttribute("data-over", count > this.#longest);
      if (this.#warnedOf && !value.includes(this.#warnedOf.split(", ")[0])) this.#warnedOf = "";
      this.#say("");
      this.#drawUnfilled();
      this.#drawFormats();
      if (this.#text.matches("textarea") && !CSS.supports("field-sizing", "content")) this.#grow();
      this.dispatchEvent(new CustomEvent("parley:composed", { bubbles: true }));
    }

    #grow() {
      this.#text.rows = Math.min(8, this.#text.value.split("\n").length);
    }

    /** Paint the placeholders that are still to be filled in, without touching the text. */
    #drawUnfilled() {
      if (!this.#fills || !window.Highlight) return;
      const found = new Highlight();
      const texts = document.createTreeWalker(this.#text, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        for (const { index, 0: words } of texts.currentNode.data.matchAll(UNFILLED)) {
          const range = document.createRange();
          range.setStart(texts.currentNode, index);
          range.setEnd(texts.currentNode, index + words.length);
          found.add(range);
        }
      }
      CSS.highlights.set("unfilled", found);
    }

    #drag(event) {
      if (!event.dataTransfer?.types.includes("Files")) return;
      // A page must never give way to a file that was dropped beside its place.
      event.preventDefault();
      event.dataTransfer.dropEffect = this.#uploads ? "copy" : "none";
      this.classList.toggle("composer--dropping", Boolean(this.#uploads) && event.type === "dragover");
      if (event.type === "drop") this.#files([...event.dataTransfer.files]);
    }

    /** A picture from the clipboard is a file; where words come with it, the words are meant. */
    #paste(event) {
      const { files } = event.clipboardData;
      if (event.defaultPrevented || !files.length || event.clipboardData.getData("text/plain")) return;
      event.preventDefault();
      this.#files([...files]);
    }

    #files(files) {
      if (this.#uploads && files.length) this.dispatchEvent(new CustomEvent("parley:files", { detail: { files } }));
    }

    #say(words) {
      const line = this.querySelector(".composer__error");
      line.textContent = words;
      line.hidden = !words;
    }

    /** The bubbles of what is on its way. */
    #draw() {
      const place = document.getElementById(this.dataset.outbox);
      if (!place) return;
      const shown = new Map([...place.children].map((bubble) => [bubble.dataset.nonce, bubble]));
      for (const url of this.#urls) {
        for (const message of parley.outbox.shown(url)) {
          const bubble = shown.get(message.nonce) ?? place.appendChild(this.#bubble(url, message));
          shown.delete(message.nonce);
          parley.outbox.mark(bubble, message);
        }
      }
      shown.forEach((bubble) => bubble.remove());
    }

    #bubble(url, message) {
      const template = this.querySelector(message.note ? "template[data-pending-note]" : "template[data-pending]");
      const bubble = template.content.firstElementChild.cloneNode(true);
      bubble.dataset.nonce = message.nonce;
      bubble.querySelector(".entry__body").append(...parley.marked.paragraphs(message.body));
      for (const label of message.labels ?? []) {
        const file = bubble.querySelector(".entry__bubble").appendChild(document.createElement("p"));
        file.className = "entry__file";
        file.textContent = label;
      }
      bubble.querySelector("[data-retry]").addEventListener("click", () => parley.outbox.retry(url, message.nonce));
      return bubble;
    }
  }

  customElements.define("message-composer", MessageComposer);
}
