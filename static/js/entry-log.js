// <entry-log data-entries-url [data-read-url] [data-tells-delivery] data-last data-new-after>: the
// scrolling log of one conversation. Asks for what is missing, draws the days between entries, the
// line where the news begins and how far the other side is; stays at the end while the reader is
// there, and says what they have read. A log may have thousands of entries: what happens often looks
// at what has come and at the end of the log, never at all of it; and earlier entries stand in pages
// of their own, so that the browser, too, need not lay out each of them for every new one.
{
  const NEAR = 48;
  const READ_AFTER = 400;
  const OWN = ".entry--own:not(.entry--note)";
  const GOES_ON = ".entry--message:not(.entry--first)";
  const FOREIGN = ".entry--message:not(.entry--own)";
  // What of an entry names people; drawn by the server alone.
  const NAMING = ".entry__name, .avatar, .entry__notice";

  const day = new Intl.DateTimeFormat(parley.locale(), { weekday: "long", day: "numeric", month: "long" });

  const numberOf = (entry) => Number(entry?.dataset.seq ?? 0);

  /** The child of this kind; to look for it among all that is inside takes milliseconds. */
  const childOf = (parent, kind) => [...parent.children].find((one) => one.matches(kind));

  const PAGE = ".transcript__page";
  const pageOf = (entry) => (entry.parentElement.matches(PAGE) ? entry.parentElement : null);

  /** The entry before this one, also when it stands in an earlier page of the log. */
  const before = (entry) => {
    const found = entry.previousElementSibling ?? pageOf(entry)?.previousElementSibling;
    return found?.matches(PAGE) ? found.lastElementChild : found ?? null;
  };

  const after = (entry) => {
    const found = entry.nextElementSibling ?? pageOf(entry)?.nextElementSibling;
    return found?.matches(PAGE) ? found.firstElementChild : found ?? null;
  };

  /** The last entry of a log, which is never in one of the earlier pages unless there is no other. */
  const lastIn = (log) => {
    const last = log.lastElementChild;
    return last?.matches(PAGE) ? last.lastElementChild : last;
  };

  parley.entries = { before, after, lastIn };

  /** The nearest entry of this kind, from this one backwards. */
  const lastOf = (kind, entry) => {
    while (entry && !entry.matches(kind)) entry = before(entry);
    return entry;
  };

  class EntryLog extends HTMLElement {
    #stopped;
    #atEnd = true;
    #newBelow = 0;
    #asking = false;
    #askAgain = false;
    #reading = 0;
    #read = 0;
    #delivered = 0;
    #checked = 0;
    #drawnOn = "";
    #news = null;
    #mark = null;
    #named = [];
    #naming = false;
    #goingBack = false;
    #grown = new ResizeObserver(() => this.#atEnd && this.#toEnd());
    #changed = new MutationObserver((records) => this.#entriesChanged(records));
    #marked = new MutationObserver(() => this.#drawMark());
    #renamed = new MutationObserver(() => this.#followNames());

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      this.#scroller.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
      document.addEventListener("parley:catch-up", () => this.catchUp(), { signal });
      document.addEventListener("parley:told", ({ detail }) => this.#overtaken(detail), { signal });
      document.addEventListener("visibilitychange", () => this.#sayRead(), { signal });
      window.addEventListener("focus", () => this.#sayRead(), { signal });
      document.addEventListener("parley:shown", () => this.#sayRead(), { signal });
      childOf(this, "[data-jump]").addEventListener("click", () => this.#toEnd(), { signal });
      this.querySelector("[data-older]")?.addEventListener("click", () => this.#older(), { signal });
      this.#grown.observe(this.#scroller);
      this.#changed.observe(this.#log, { childList: true });
      this.#changed.observe(this.#outbox, { childList: true });
      this.#changed.observe(this.#typing, { childList: true });
      this.#marked.observe(this, { subtree: true, attributeFilter: ["data-seen", "data-delivered"] });
      this.#renamed.observe(this, { subtree: true, attributeFilter: ["data-named"] });
      this.#named = this.#toldNames;
      this.#checked = Number(this.dataset.last);
      this.#draw(this.#all);
      this.#toEnd();
      this.#sayRead();
    }

    disconnectedCallback() {
      this.#stopped.abort();
      this.#grown.disconnect();
      this.#changed.disconnect();
      this.#marked.disconnect();
      this.#renamed.disconnect();
      clearTimeout(this.#reading);
    }

    get #scroller() {
      return childOf(this, "[data-scroll]");
    }

    get #log() {
      return childOf(this.#scroller, "[role=log]");
    }

    get #all() {
      return [...this.#log.querySelectorAll("[data-seq]")];
    }

    get #last() {
      return lastIn(this.#log);
    }

    get #outbox() {
      return childOf(this.#scroller, "[data-outbox]");
    }

    get #typing() {
      return childOf(this.#scroller, "[data-typing]");
    }

    /** The last number up to which nothing is missing; not every number is for every reader. */
    get #completeTo() {
      let last = this.#checked;
      let entry = this.#last;
      while (entry && numberOf(before(entry)) > last) entry = before(entry);
      for (; entry; entry = after(entry)) {
        if (last && numberOf(entry) > last + 1) break;
        last = Math.max(last, numberOf(entry));
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
      this.#sayRead();
      this.#followNames();
      if (this.#askAgain) {
        this.#askAgain = false;
        this.catchUp();
      }
    }

    /** What is told of this chat while we ask may be newer than the answer, which would undo it. */
    #overtaken(partials) {
      const number = this.#log.id.replace(/^\D+/, "");
      const ours = partials.includes("#widget_") || partials.includes(`'${number}'`);
      if (this.#asking && ours) this.#askAgain = true;
    }

    async #take(answer) {
      const log = answer.headers.get("Parley-Log");
      if (log && log !== this.#log.id) {
        document.dispatchEvent(new CustomEvent("parley:other-conversation"));
        return;
      }
      const text = await answer.text();
      if (text && this.isConnected) await parley.swap(text, `#${this.#log.id}`, "upsert sort:true", this);
      this.#checked = Math.max(this.#checked, Number(answer.headers.get("Parley-Last")));
    }

    get #toldNames() {
      return (childOf(this, "[data-named]")?.dataset.named ?? "").split(" ");
    }

    /** Once somebody has another name or face, all that stands here asks for it. */
    async #followNames() {
      const told = this.#toldNames;
      const [first] = this.#all;
      if (this.#naming) return;
      if (!first || this.#named.every((mark) => told.includes(mark))) {
        this.#named = told;
        return;
      }
      this.#naming = true;
      try {
        const answer = await parley.request("GET", `${this.dataset.entriesUrl}?after=${numberOf(first) - 1}`);
        if (!answer.ok || !this.isConnected) return;
        this.#rename(new DOMParser().parseFromString(await answer.text(), "text/html"));
        this.#named = told;
      } catch (error) {
        // It is asked again with the next catching up.
        console.info("Parley: names follow later", error.name);
        return;
      } finally {
        this.#naming = false;
      }
      this.#followNames();
    }

    /** The names and faces of an answer, without a word to who listens: nothing was written. */
    #rename(page) {
      this.#log.ariaLive = "off";
      for (const entry of page.querySelectorAll("[data-seq]")) {
        const fresh = entry.querySelectorAll(NAMING);
        document.getElementById(entry.id)?.querySelectorAll(NAMING).forEach((one, at) => {
          if (fresh[at] && one.innerHTML !== fresh[at].innerHTML) one.replaceWith(fresh[at]);
        });
      }
      setTimeout(() => (this.#log.ariaLive = null), 1000);
      document.dispatchEvent(new CustomEvent("parley:renamed", { detail: { page } }));
    }

    async #older() {
      const button = this.querySelector("[data-older]");
      const [first] = this.#all;
      if (!first || this.#goingBack) return;
      // Not disabled meanwhile: that would take the focus from whoever pressed it by a key.
      this.#goingBack = true;
      try {
        const answer = await parley.request("GET", `${this.dataset.entriesUrl}?before=${first.dataset.seq}`);
        if (!answer.ok) return;
        const read = first.querySelector(".entry__bubble, .entry__files, .entry__notice");
        const text = await answer.text();
        const stood = read.getBoundingClientRect().top;
        this.#atEnd = false;
        if (text) await parley.swap(text, this.#addPage(), "innerHTML", this);
        if (answer.headers.has("Parley-First")) this.#goes(button);
        this.#scroller.scrollTop += read.getBoundingClientRect().top - stood;
      } finally {
        this.#goingBack = false;
      }
    }

    /** Room for earlier entries; nobody is told of them as of news. */
    #addPage() {
      const page = document.createElement("div");
      page.className = "transcript__page";
      page.setAttribute("aria-live", "off");
      this.#log.prepend(page);
      this.#changed.observe(page, { childList: true });
      return page;
    }

    #entriesChanged(records) {
      const added = records.flatMap((record) => [...record.addedNodes]).filter((node) => node.dataset?.seq);
      for (const entry of added) {
        this.#acknowledge(entry);
        if (entry.matches(FOREIGN)) this.#typing.replaceChildren();
        // What arrives moves in; what is caught up with is simply there.
        if (!this.#asking && this.#last === entry) entry.classList.add("entry--live");
      }
      this.#draw(added);
      if (this.#atEnd) {
        this.#toEnd();
      } else {
        const last = this.#last;
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

    /** Draw what these entries change. */
    #draw(entries) {
      this.#drawDays(entries);
      this.#drawGroups(entries);
      this.#drawNews(entries);
      this.#drawMark();
    }

    /** The line above the first message that came while the reader was elsewhere. */
    #drawNews(entries) {
      const after = Number(this.dataset.newAfter);
      if (!after) return;
      let first = this.#news?.isConnected ? this.#news.parentElement : null;
      for (const entry of entries) {
        if (entry.isConnected && entry.matches(FOREIGN) && numberOf(entry) > after && (!first || numberOf(entry) < numberOf(first))) first = entry;
      }
      if (!first || this.#news?.parentElement === first) return;
      this.#news?.remove();
      this.#news = this.#template("[data-new-line]");
      first.querySelector(".entry__day").after(this.#news);
    }

    /** How far the other side is, under the last message of the newest own group. */
    #drawMark() {
      const own = this.#outbox.querySelector(`:scope > ${OWN}`) ? null : lastOf(OWN, this.#last);
      const { seen, delivered, seenAt } = childOf(this, "[data-marks]")?.dataset ?? {};
      const seq = numberOf(own);
      const state = seq <= Number(seen) ? "seen" : seq <= Number(delivered) ? "delivered" : "sent";
      const drawn = this.#mark;
      if (drawn && drawn.parentElement === own && drawn.dataset.state === state && drawn.dataset.at === (seenAt ?? "")) return;
      drawn?.remove();
      this.#mark = null;
      if (!own) return;
      const mark = this.#template(`[data-mark=${state}]`);
      Object.assign(mark.dataset, { state, at: seenAt ?? "" });
      mark.querySelector("local-time")?.setAttribute("datetime", seenAt);
      own.append(mark);
      this.#mark = mark;
    }

    #template(name) {
      return childOf(this, `template${name}`).content.firstElementChild.cloneNode(true);
    }

    /** An entry says its day when the one before it has another; after midnight, all say it anew. */
    #drawDays(entries) {
      const today = new Date(parley.now()).toDateString();
      const all = today === this.#drawnOn ? entries.flatMap((entry) => [entry, after(entry)]) : this.#all;
      this.#drawnOn = today;
      for (const entry of new Set(all)) {
        const slot = entry?.querySelector(":scope > .entry__day");
        if (!slot) continue;
        const at = new Date(entry.dataset.at);
        const earlier = before(entry);
        const hidden = Boolean(earlier) && new Date(earlier.dataset.at).toDateString() === at.toDateString();
        if (slot.hidden !== hidden) slot.hidden = hidden;
        const words = at.toDateString() === today ? this.#today : day.format(at);
        if (!hidden && slot.textContent !== words) slot.textContent = words;
      }
    }

    /**
     * Which messages go on in the next one of their group, and whether the outbox goes on in the log;
     * said on elements without an id, as htmx sets back the attributes of others that it swaps in.
     */
    #drawGroups(entries) {
      for (const entry of new Set(entries.flatMap((entry) => [before(entry), entry]))) {
        entry?.querySelector(":scope > .entry__bubble")?.toggleAttribute("data-goes-on", Boolean(after(entry)?.matches(GOES_ON)));
      }
      this.#scroller.toggleAttribute("data-apart", !this.#last?.matches(".entry--own"));
    }

    get #today() {
      return parley.word("Today");
    }

    #scrolled() {
      const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
      this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
      if (this.#atEnd) this.#newBelow = 0;
      this.#showJump();
      this.#sayRead();
    }

    /** A button is no longer of use; who has just pressed it by a key goes on in the log. */
    #goes(button) {
      if (button === document.activeElement) this.#scroller.focus({ preventScroll: true });
      button.hidden = true;
    }

    #showJump() {
      const jump = childOf(this, "[data-jump]");
      const count = childOf(jump, "[data-jump-count]");
      const words = this.#newBelow ? String(Math.min(this.#newBelow, 99)) : "";
      if (this.#atEnd && !jump.hidden) this.#goes(jump);
      if (!this.#atEnd) jump.hidden = false;
      if (count.textContent !== words) count.textContent = words;
    }

    #toEnd() {
      this.#atEnd = true;
      this.#newBelow = 0;
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
      this.#showJump();
    }

    get #looked() {
      return this.#atEnd && !document.hidden && document.body.dataset.shown !== "no";
    }

    /** What of the other side has come, and what of it was looked at. */
    get #reached() {
      const last = numberOf(lastOf(FOREIGN, this.#last));
      return { seq: this.#looked ? last : this.#read, delivered: "tellsDelivery" in this.dataset ? last : this.#delivered };
    }

    #sayRead() {
      const { seq, delivered } = this.#reached;
      if (!this.dataset.readUrl || this.#reading || (seq <= this.#read && delivered <= this.#delivered)) return;
      this.#reading = setTimeout(async () => {
        this.#reading = 0;
        if (!this.isConnected) return;
        const reached = this.#reached;
        try {
          const answer = await parley.request("PUT", this.dataset.readUrl, reached);
          if (!answer.ok) return;
          [this.#read, this.#delivered] = [reached.seq, reached.delivered];
          this.#sayRead();
        } catch (error) {
          // It is said again when the connection is back.
          console.info("Parley: said later what was read", error.name);
        }
      }, READ_AFTER);
    }
  }

  customElements.define("entry-log", EntryLog);
}
