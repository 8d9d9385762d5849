// <message-composer data-url [data-note-url] [data-typing-url] data-log data-outbox>: writes a message
// or an internal note, shows it at once, and sends it until the server has acknowledged it. A retry
// carries the same nonce, so it is stored once. What waits or is kept as a draft is kept by address,
// so a note never becomes a message. That a message is being typed is told, never what.
{
  const LONGEST = 8000;
  const UNCOUNTED = 500;
  const TELL_TYPING_AFTER = 3000;
  const LONGEST_NOTE = 2000;
  const MARKS = { bold: "**", italic: "*" };

  // What is on its way, by address; it outlives the element, which htmx may swap away.
  const outboxes = new Map();
  const outbox = (url) => outboxes.get(url) ?? outboxes.set(url, []).get(url);

  const drafts = {
    read(url) {
      try {
        return localStorage.getItem(`parley-draft:${url}`) ?? "";
      } catch {
        return drafts.kept.get(url) ?? "";
      }
    },
    write(url, text) {
      drafts.kept.set(url, text);
      try {
        if (text) localStorage.setItem(`parley-draft:${url}`, text);
        else localStorage.removeItem(`parley-draft:${url}`);
      } catch {
        // Storage is blocked: the draft lives as long as the page.
      }
    },
    kept: new Map(),
  };

  const bubbleOf = (nonce) => document.querySelector(`.entry--pending[data-nonce="${nonce}"]`);

  /** How it stands with what waits at this address, also where the composer has gone meanwhile. */
  function changed(url) {
    for (const message of outbox(url)) mark(bubbleOf(message.nonce), message);
    document.dispatchEvent(new CustomEvent("parley:outbox", { detail: { url } }));
  }

  function mark(bubble, { state, reason }) {
    if (!bubble) return;
    if (bubble.dataset.state !== state) bubble.dataset.state = state;
    bubble.querySelector("[data-reason]").textContent = reason ? `${reason} ` : "";
  }

  /**
   * Send what waits at this address, one after the other, so that the order stays: what found no
   * line before goes first, and while there is none nothing overtakes it.
   */
  async function deliver(url) {
    const waiting = outbox(url);
    if (waiting.busy) return;
    waiting.busy = true;
    const isSending = (message) => message.state === "sending";
    try {
      for (const message of waiting) if (message.lineDown) message.state = "sending";
      changed(url);
      while (waiting.some(isSending)) {
        const message = waiting.find(isSending);
        await send(url, message);
        if (message.lineDown) waiting.filter(isSending).forEach((next) => fail(next, { lineDown: true }));
      }
      changed(url);
    } finally {
      waiting.busy = false;
    }
  }

  async function send(url, message) {
    message.lineDown = false;
    try {
      const answer = await parley.request("POST", url, { body: message.body, nonce: message.nonce, ...parley.page?.() });
      const text = await answer.text();
      if (answer.ok) {
        const token = answer.headers.get("parley-visitor");
        if (token) document.dispatchEvent(new CustomEvent("parley:token", { detail: { token } }));
        stored(message.nonce);
        await show(answer, text);
        return;
      }
      const reason = answer.status === 401 ? "You have been signed out." : parley.words(text);
      fail(message, { reason, final: answer.status < 500, lineDown: answer.status > 500 });
    } catch {
      fail(message, { lineDown: true });
    }
    changed(url);
  }

  async function show(answer, text) {
    const target = answer.headers.get("HX-Retarget");
    if (target) {
      await parley.swap(text, target, answer.headers.get("HX-Reswap"));
    } else {
      const log = text.match(/id="entry_(\d+)_/)?.[1];
      if (log && document.getElementById(`log_${log}`)) await parley.swap(text, `#log_${log}`, "upsert sort:true");
      else document.dispatchEvent(new CustomEvent("parley:other-conversation"));
    }
    document.dispatchEvent(new CustomEvent("parley:sent"));
  }

  function fail(message, { reason = "", final = false, lineDown = false }) {
    Object.assign(message, { state: "failed", reason, final, lineDown });
  }

  function stored(nonce) {
    for (const [url, waiting] of outboxes) {
      const at = waiting.findIndex((message) => message.nonce === nonce);
      if (at < 0) continue;
      waiting.splice(at, 1);
      bubbleOf(nonce)?.remove();
      changed(url);
    }
  }

  document.addEventListener("parley:stored", (event) => stored(event.detail.nonce));

  // The line is back: what failed because of the line goes out again, in its order.
  document.addEventListener("parley:catch-up", () => {
    for (const [url, waiting] of outboxes) {
      waiting.filter((message) => message.state === "failed" && !message.final).forEach((message) => (message.state = "sending"));
      changed(url);
      deliver(url);
    }
  });

  window.addEventListener("beforeunload", (event) => {
    if ([...outboxes.values()].some((waiting) => waiting.length)) event.preventDefault();
  });

  class MessageComposer extends HTMLElement {
    #stopped;
    #noting = false;
    #toldTyping = 0;

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      const on = (target, name, listener) => target.addEventListener(name, listener, { signal });
      for (const tab of this.#modes) {
        on(tab, "click", () => this.#write(tab.dataset.mode));
        on(tab, "keydown", (event) => this.#changeMode(event));
      }
      on(this.#text, "input", () => this.#tellTyping());
      on(this.#form, "submit", (event) => this.#submit(event));
      on(this.#text, "keydown", (event) => this.#key(event));
      on(this.#text, "input", () => this.#typed());
      for (const button of this.querySelectorAll("[data-format]")) {
        // Keep the selection: the button must not take the focus from the text.
        on(button, "mousedown", (event) => event.preventDefault());
        on(button, "click", () => this.#format(button.dataset.format));
      }
      on(document, "parley:outbox", (event) => this.#urls.includes(event.detail.url) && this.#draw());
      // What was typed before this script came stays.
      this.#text.value ||= drafts.read(this.#url);
      this.#typed();
      this.#draw();
    }

    disconnectedCallback() {
      this.#stopped.abort();
    }

    get #url() {
      return this.#noting ? this.dataset.noteUrl : this.dataset.url;
    }

    get #urls() {
      return [this.dataset.url, this.dataset.noteUrl].filter(Boolean);
    }

    get #longest() {
      return this.#noting ? LONGEST_NOTE : LONGEST;
    }

    get #modes() {
      return this.querySelectorAll("[role=tab]");
    }

    /** Write messages or notes from now on; each keeps its own draft. */
    #write(mode) {
      this.#noting = mode === "note";
      for (const tab of this.#modes) {
        const chosen = tab.dataset.mode === mode;
        tab.setAttribute("aria-selected", chosen);
        tab.tabIndex = chosen ? 0 : -1;
      }
      this.classList.toggle("composer--note", this.#noting);
      this.#text.dataset.placeholder ??= this.#text.placeholder;
      this.#text.placeholder = this.#noting ? "Write a note, only agents see it" : this.#text.dataset.placeholder;
      this.#text.setAttribute("aria-label", this.#noting ? "Internal note" : "Message");
      this.#text.value = drafts.read(this.#url);
      this.#say("");
      this.#typed();
      this.#text.focus();
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

    get #form() {
      return this.querySelector("form");
    }

    get #text() {
      return this.querySelector("textarea");
    }

    #submit(event) {
      event.preventDefault();
      const body = this.#text.value;
      if (!body.trim()) return this.#say("");
      if ([...body].length > this.#longest) {
        return this.#say(`A ${this.#noting ? "note" : "message"} has at most ${this.#longest.toLocaleString("en")} characters.`);
      }
      this.#say("");
      outbox(this.#url).push({ nonce: parley.nonce(), body, state: "sending", reason: "", note: this.#noting });
      this.#toldTyping = 0;
      this.#text.value = "";
      this.#typed();
      this.#draw();
      deliver(this.#url);
      this.#text.focus();
    }

    #key(event) {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#form.requestSubmit();
      } else if ((event.ctrlKey || event.metaKey) && !event.altKey && "bi".includes(event.key.toLowerCase())) {
        event.preventDefault();
        this.#format(event.key.toLowerCase() === "b" ? "bold" : "italic");
      }
    }

    /** Put marks around the selected words, or take them away. */
    #format(name) {
      const mark = MARKS[name];
      const { value, selectionStart, selectionEnd } = this.#text;
      let [from, to] = [selectionStart, selectionEnd];
      while (from < to && /\s/.test(value[from])) from += 1;
      while (to > from && /\s/.test(value[to - 1])) to -= 1;
      const inside = value.slice(from, to);
      const marked = value.slice(from - mark.length, from) === mark && value.slice(to, to + mark.length) === mark;
      const [start, end] = marked ? [from - mark.length, to + mark.length] : [from, to];
      this.#text.focus();
      this.#text.setRangeText(marked ? inside : mark + inside + mark, start, end, "end");
      const first = start + (marked ? 0 : mark.length);
      this.#text.setSelectionRange(first, first + inside.length);
      this.#typed();
    }

    #typed() {
      const { value } = this.#text;
      drafts.write(this.#url, value);
      const count = [...value].length;
      const counter = this.querySelector(".composer__counter");
      counter.hidden = count < this.#longest - UNCOUNTED;
      counter.value = `${count.toLocaleString("en")} of ${this.#longest.toLocaleString("en")}`;
      if (!CSS.supports("field-sizing", "content")) this.#grow();
    }

    #grow() {
      const rows = this.#text.value.split("\n").length;
      this.#text.rows = Math.min(8, rows);
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
      for (const message of this.#urls.flatMap(outbox)) {
        const bubble = shown.get(message.nonce) ?? place.appendChild(this.#bubble(message));
        shown.delete(message.nonce);
        mark(bubble, message);
      }
      shown.forEach((bubble) => bubble.remove());
    }

    #bubble(message) {
      const template = this.querySelector(message.note ? "template[data-pending-note]" : "template[data-pending]");
      const bubble = template.content.firstElementChild.cloneNode(true);
      bubble.dataset.nonce = message.nonce;
      bubble.querySelector(".entry__body").textContent = message.body;
      bubble.querySelector("[data-retry]").addEventListener("click", () => {
        const url = message.note ? this.dataset.noteUrl : this.dataset.url;
        message.state = "sending";
        changed(url);
        deliver(url);
      });
      return bubble;
    }
  }

  customElements.define("message-composer", MessageComposer);
}
