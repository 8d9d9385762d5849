// <entry-log data-entries-url [data-read-url]>: the scrolling log of one conversation.
// Asks for what is missing, draws the days between entries, stays at the end while the reader
// is there, and says what they have read.
{
  const NEAR = 48;
  const READ_AFTER = 400;

  const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

  class EntryLog extends HTMLElement {
    #stopped;
    #atEnd = true;
    #newBelow = 0;
    #asking = false;
    #askAgain = false;
    #reading = 0;
    #read = 0;
    #grown = new ResizeObserver(() => this.#atEnd && this.#toEnd());
    #changed = new MutationObserver((records) => this.#entriesChanged(records));

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      this.#scroller.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
      document.addEventListener("parley:catch-up", () => this.catchUp(), { signal });
      document.addEventListener("visibilitychange", () => this.#sayRead(), { signal });
      window.addEventListener("focus", () => this.#sayRead(), { signal });
      document.addEventListener("parley:shown", () => this.#sayRead(), { signal });
      this.querySelector("[data-jump]").addEventListener("click", () => this.#toEnd(), { signal });
      this.querySelector("[data-older]")?.addEventListener("click", () => this.#older(), { signal });
      this.#grown.observe(this.#scroller);
      this.#changed.observe(this.#log, { childList: true });
      this.#changed.observe(this.#outbox, { childList: true });
      this.#drawDays();
      this.#toEnd();
      this.#sayRead();
    }

    disconnectedCallback() {
      this.#stopped.abort();
      this.#grown.disconnect();
      this.#changed.disconnect();
      clearTimeout(this.#reading);
    }

    get #scroller() {
      return this.querySelector("[data-scroll]");
    }

    get #log() {
      return this.querySelector("[role=log]");
    }

    get #outbox() {
      return this.querySelector("[data-outbox]");
    }

    get #entries() {
      return [...this.#log.querySelectorAll(":scope > [data-seq]")];
    }

    /** The last number up to which nothing is missing. */
    get #completeTo() {
      let last = 0;
      for (const entry of this.#entries) {
        const seq = Number(entry.dataset.seq);
        if (last && seq > last + 1) break;
        last = seq;
      }
      return last;
    }

    /** Ask for what is after the last number; asked again while asking, it asks once more. */
    async catchUp() {
      if (!this.#log.id.match(/\d+$/)) return;
      if (this.#asking) {
        this.#askAgain = true;
        return;
      }
      this.#asking = true;
      try {
        const answer = await parley.request("GET", `${this.dataset.entriesUrl}?after=${this.#completeTo}`);
        if (answer.ok && this.isConnected) await this.#take(answer);
      } catch (error) {
        // The guard tries again when the connection is back.
        console.info("Parley: catching up later", error.name);
      } finally {
        this.#asking = false;
      }
      if (this.#askAgain) {
        this.#askAgain = false;
        this.catchUp();
      }
    }

    async #take(answer) {
      const log = answer.headers.get("Parley-Log");
      if (log && log !== this.#log.id) {
        document.dispatchEvent(new CustomEvent("parley:other-conversation"));
        return;
      }
      const text = await answer.text();
      if (text && this.isConnected) await parley.swap(text, `#${this.#log.id}`, "upsert sort:true", this);
    }

    async #older() {
      const button = this.querySelector("[data-older]");
      const first = this.#entries[0];
      if (!first || button.disabled) return;
      button.disabled = true;
      try {
        const answer = await parley.request("GET", `${this.dataset.entriesUrl}?before=${first.dataset.seq}`);
        if (!answer.ok) return;
        const { scrollHeight, scrollTop } = this.#scroller;
        this.#atEnd = false;
        await parley.swap(await answer.text(), `#${this.#log.id}`, "upsert sort:true", this);
        this.#scroller.scrollTop = scrollTop + this.#scroller.scrollHeight - scrollHeight;
        button.hidden = answer.headers.has("Parley-First");
      } finally {
        button.disabled = false;
      }
    }

    #entriesChanged(records) {
      const added = records.flatMap((record) => [...record.addedNodes]).filter((node) => node.dataset?.seq);
      for (const entry of added) {
        this.#acknowledge(entry);
        // What arrives moves in; what is caught up with is simply there.
        if (!this.#asking && this.#entries.at(-1) === entry) entry.classList.add("entry--live");
      }
      this.#drawDays();
      if (this.#atEnd) {
        this.#toEnd();
      } else {
        const last = this.#entries.at(-1);
        this.#newBelow += added.filter((entry) => entry === last && !entry.matches(".entry--own")).length;
        this.#showJump();
      }
      this.#sayRead();
    }

    /** The server has it: the bubble that stood for it goes. */
    #acknowledge(entry) {
      const { nonce } = entry.dataset;
      if (nonce) document.dispatchEvent(new CustomEvent("parley:stored", { detail: { nonce } }));
    }

    #drawDays() {
      let previous = "";
      for (const entry of this.#entries) {
        const at = new Date(entry.dataset.at);
        const current = at.toDateString();
        const slot = entry.querySelector(":scope > .entry__day");
        if (slot) {
          slot.hidden = current === previous;
          const words = current === new Date(parley.now()).toDateString() ? this.#today : day.format(at);
          if (!slot.hidden && slot.textContent !== words) slot.textContent = words;
        }
        previous = current;
      }
    }

    get #today() {
      return document.documentElement.dataset.today ?? "Today";
    }

    #scrolled() {
      const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
      this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
      if (this.#atEnd) this.#newBelow = 0;
      this.#showJump();
      this.#sayRead();
    }

    #showJump() {
      const jump = this.querySelector("[data-jump]");
      jump.hidden = this.#atEnd;
      this.querySelector("[data-jump-count]").textContent = this.#newBelow ? String(Math.min(this.#newBelow, 99)) : "";
    }

    #toEnd() {
      this.#atEnd = true;
      this.#newBelow = 0;
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
      this.#showJump();
    }

    #sayRead() {
      const seq = Number(this.#entries.at(-1)?.dataset.seq ?? 0);
      const looked = this.#atEnd && !document.hidden && document.body.dataset.shown !== "no";
      if (!this.dataset.readUrl || seq <= this.#read || !looked || this.#reading) return;
      this.#reading = setTimeout(async () => {
        this.#reading = 0;
        if (document.hidden || !this.isConnected) return;
        try {
          const answer = await parley.request("PUT", this.dataset.readUrl, { seq });
          if (answer.ok) this.#read = seq;
        } catch (error) {
          console.info("Parley: said later what was read", error.name);
        }
        this.#sayRead();
      }, READ_AFTER);
    }
  }

  customElements.define("entry-log", EntryLog);
}
