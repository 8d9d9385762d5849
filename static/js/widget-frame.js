// <widget-frame data-site data-key>: the frame's side of the protocol with the loader on the site,
// the visitor's token where cookies do not come back, and what belongs to the whole chat.
{
  const PROTOCOL = 1;

  class WidgetFrame extends HTMLElement {
    #stopped;
    #page = { title: "", url: "" };
    #open = false;
    #told = { unread: -1, open: null, presence: "" };
    // Whatever swapped it: an answer, a push, or a form that went with its answer.
    #changed = new MutationObserver(() => this.#begun());
    #seen = 0;
    #telling = Promise.resolve();
    #forgotten = "";

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      const on = (target, name, listener) => target.addEventListener(name, listener, { signal });
      this.#open = window.parent === window;
      parley.page = () => ({ page_title: this.#page.title, page_url: this.#page.url });
      on(window, "message", (event) => this.#heard(event));
      on(document, "keydown", (event) => this.#key(event));
      on(document, "click", (event) => event.target.closest("[data-close]") && this.#tell("close"));
      on(document, "click", (event) => this.#download(event));
      on(document, "parley:token", (event) => this.#keepToken(event.detail.token));
      on(document, "parley:sent", () => this.#begun());
      on(document, "parley:other-conversation", () => this.#refresh());
      on(document, "parley:catch-up", () => this.#count());
      on(document, "parley:connection", (event) => event.detail.state === "live" && this.#sayPresence({ again: true }));
      on(document, "visibilitychange", () => this.#sayPresence());
      on(document, "parley:connection", (event) => event.detail.state === "signed-out" && this.#forget());
      on(document, "htmx:config:request", (event) => this.#addToForm(event.detail.ctx.request));
      on(document, "htmx:before:response", (event) => this.#answered(event.detail.ctx));
      this.#seen = this.#lastSeq - Number(this.dataset.unread ?? 0);
      document.body.dataset.shown = this.#open ? "yes" : "no";
      this.#restore();
      this.#changed.observe(this.querySelector(".widget"), { childList: true, subtree: true });
      this.#tell("ready");
      this.#count();
    }

    disconnectedCallback() {
      this.#stopped.abort();
      this.#changed.disconnect();
    }

    get #stream() {
      return this.querySelector("live-stream");
    }

    get #log() {
      return this.querySelector("[role=log]");
    }

    get #lastSeq() {
      return Number([...(this.#log?.querySelectorAll(":scope > [data-seq]") ?? [])].at(-1)?.dataset.seq ?? 0);
    }

    #tell(type, more = {}) {
      const { site } = this.dataset;
      if (site && window.parent !== window) window.parent.postMessage({ parley: PROTOCOL, type, ...more }, site);
    }

    #heard(event) {
      if (event.source !== window.parent || event.origin !== this.dataset.site) return;
      const message = event.data;
      if (typeof message !== "object" || message === null || message.parley !== PROTOCOL) return;
      if (message.type === "page") {
        this.#page = { title: String(message.title ?? "").slice(0, 200), url: String(message.url ?? "").slice(0, 500) };
        this.#sayPage();
      } else if (message.type === "opened") {
        this.#setOpen(true);
      } else if (message.type === "closed") {
        this.#setOpen(false);
      }
    }

    /** Agents see where the visitor is, while a chat is open; the first message says it by itself. */
    #sayPage() {
      if (!this.#isTalking) return;
      parley.request("PUT", `/widget/${this.dataset.key}/page`, this.#page).catch((error) => {
        console.info("Parley: the page was not told", error.name);
      });
    }

    get #isTalking() {
      return Boolean(this.querySelector(".widget-body--waiting, .widget-body--talking"));
    }

    #setOpen(open) {
      this.#open = open;
      document.body.dataset.shown = open ? "yes" : "no";
      if (open) {
        this.#focusField();
        document.dispatchEvent(new CustomEvent("parley:shown"));
      }
      this.#sayPresence();
      this.#count();
    }

    /** Whether somebody looks at the chat; said again with every new stream, so that no late word lasts. */
    #sayPresence({ again = false } = {}) {
      const state = this.#open && !document.hidden ? "here" : "hidden";
      if (!this.#hasConversation() || (state === this.#told.presence && !again)) return;
      this.#told.presence = state;
      // One after the other, so that the last word counts.
      this.#telling = this.#telling
        .then(() => parley.request("PUT", `/widget/${this.dataset.key}/presence`, { state }))
        .catch((error) => console.info("Parley: not reachable yet", error.name));
    }

    #focusField() {
      const field = this.querySelector("textarea, input:not([type=hidden]), .ended button");
      field?.focus({ preventScroll: true });
    }

    #key(event) {
      if (event.key === "Escape" && !document.querySelector("dialog[open]") && !event.isComposing) this.#tell("close");
    }

    /** Without cookies a link is nobody's: the file comes by a request with the token. */
    async #download(event) {
      const link = event.target.closest("a[data-download]");
      if (!link || !parley.hasToken()) return;
      event.preventDefault();
      const answer = await parley.request("GET", link.href);
      const name = answer.headers.get("content-disposition")?.match(/filename="([^"]+)"/)?.[1] ?? "chat.txt";
      const file = document.createElement("a");
      file.href = URL.createObjectURL(await answer.blob());
      file.download = name;
      file.click();
      setTimeout(() => URL.revokeObjectURL(file.href), 60_000);
    }

    #keepToken(token) {
      parley.setToken(token);
      try {
        sessionStorage.setItem(`parley-token:${this.dataset.key}`, token);
      } catch {
        // Storage is blocked: the chat lasts as long as this page.
      }
    }

    /** After a reload without cookies, the token is in the session's storage. */
    #restore() {
      try {
        const token = sessionStorage.getItem(`parley-token:${this.dataset.key}`);
        if (!token || this.#hasConversation()) return;
        parley.setToken(token);
        this.#refresh();
      } catch {
        // Storage is blocked: there is nothing to restore.
      }
    }

    #hasConversation() {
      return Boolean(this.#log?.id.match(/\d+$/));
    }

    async #refresh() {
      try {
        const answer = await parley.request("GET", `/widget/${this.dataset.key}`);
        if (answer.ok) await parley.swap(await answer.text(), document.body, "none");
        this.#begun();
      } catch (error) {
        console.info("Parley: not reachable yet", error.name);
      }
    }

    /** The visitor's token is worth nothing any more: the next words begin another chat. */
    #forget() {
      this.#forgotten = this.#log.id;
      this.#stream.setAttribute("data-idle", "true");
    }

    /** There is a conversation: hear of it from now on. */
    #begun() {
      const known = this.#hasConversation() && this.#log.id !== this.#forgotten;
      if (known && this.#stream.hasAttribute("data-idle")) this.#stream.restart();
      this.#count();
    }

    #addToForm(request) {
      if (!(request.body instanceof FormData) || !request.body.has("nonce")) return;
      const form = this.querySelector("#prechat");
      // One nonce for one text: a retry after a lost answer carries the same.
      const text = request.body.get("body");
      if (form && form.dataset.text !== text) {
        form.dataset.text = text;
        form.dataset.nonce = parley.nonce();
      }
      request.body.set("nonce", form?.dataset.nonce ?? parley.nonce());
      request.body.set("page_title", this.#page.title);
      request.body.set("page_url", this.#page.url);
    }

    #answered(ctx) {
      const token = ctx.response?.raw?.headers.get("parley-visitor");
      if (token) this.#keepToken(token);
    }

    #count() {
      const own = "[data-seq]:not(.entry--own)";
      if (this.#open && !document.hidden) this.#seen = Math.max(this.#seen, this.#lastSeq);
      const messages = [...(this.#log?.querySelectorAll(`:scope > .entry--message${own}`) ?? [])];
      const unread = messages.filter((entry) => Number(entry.dataset.seq) > this.#seen).length;
      if (unread !== this.#told.unread) this.#tell("unread", { count: (this.#told.unread = unread) });
      const open = this.#isTalking;
      if (open !== this.#told.open) this.#tell("state", { open: (this.#told.open = open) });
    }
  }

  customElements.define("widget-frame", WidgetFrame);
}
