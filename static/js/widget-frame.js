// <widget-frame data-site data-key>: the frame's side of the protocol with the loader on the site,
// the visitor's token where cookies do not come back, and what belongs to the whole chat.
{
  const PROTOCOL = 1;
  const TIME_TO_SAY_WHO = 2000;
  const OLD = 60_000;
  const UNREACHABLE = "The chat cannot be reached."; // for whoever built the site, so it stays English

  class WidgetFrame extends HTMLElement {
    #stopped;
    #page = { title: "", url: "" };
    #open = false;
    #told = { unread: -1, open: null, presence: "" };
    // Whatever swapped it: an answer, a push, or a form that went with its answer.
    #changed = new MutationObserver(() => this.#begun());
    #seen = 0;
    #seenIn = "";
    #telling = Promise.resolve();
    #forgotten = "";
    #who = null; // as the page says: {external_id, name, email, exp, signature}
    #standing = ""; // of that: "" (nobody), asking, signed, known to the server, refused
    #asking = Promise.resolve();
    #heardWho = false; // or nobody has said it in time
    #filled = null; // the form that has what was typed before it came
    #hours = null; // what is said of the team's hours, and since when it is there
    #hoursSince = 0;
    #tabs;

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      const on = (target, name, listener) => target.addEventListener(name, listener, { signal });
      this.#open = window.parent === window;
      parley.page = () => ({ page_title: this.#page.title, page_url: this.#page.url });
      parley.beforeSending = (message) => this.#settled(message);
      parley.writer = () => this.#who?.external_id ?? "";
      parley.isSettled = () => this.#heardWho;
      const late = setTimeout(() => this.#asking.then(() => this.#settle({ forget: false })), TIME_TO_SAY_WHO);
      signal.addEventListener("abort", () => clearTimeout(late));
      // Before htmx hears of it.
      document.addEventListener("submit", (event) => this.#beforeForm(event), { signal, capture: true });
      on(document, "input", (event) => this.#keep(event.target));
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
      on(document, "visibilitychange", () => this.#freshen());
      on(document, "parley:connection", (event) => event.detail.state === "signed-out" && this.#forget());
      on(document, "parley:connection", (event) => event.detail.state === "replaced" && this.#replaced());
      on(document, "htmx:config:request", (event) => this.#addToForm(event.detail.ctx.request));
      on(document, "htmx:before:response", (event) => this.#answered(event.detail.ctx));
      this.#seen = this.#lastSeq - Number(this.dataset.unread ?? 0);
      this.#seenIn = this.#log?.id;
      document.body.dataset.shown = this.#open ? "yes" : "no";
      this.#asking = this.#restore();
      this.#tabs = new BroadcastChannel(`parley:${this.dataset.key}`);
      this.#tabs.onmessage = ({ data }) => this.#inStep(data);
      on(window, "storage", (event) => this.#draftElsewhere(event));
      this.#changed.observe(this.querySelector(".widget"), { childList: true, subtree: true });
      this.#tell("ready");
      this.#settleIn();
      this.#count();
    }

    disconnectedCallback() {
      this.#stopped.abort();
      this.#changed.disconnect();
      this.#tabs.close();
    }

    /** What another tab of this browser has shown: another chat, or how far it was read. */
    #inStep({ log, seen }) {
      if (log !== this.#log?.id) {
        this.#refresh();
      } else if (seen > this.#seen) {
        this.#seen = seen;
        this.#count();
      }
    }

    /** What is written in the tab that is looked at stands in the others, and is gone when it is sent. */
    #draftElsewhere({ key, newValue }) {
      const field = this.#field;
      if (!field || !document.hidden || key !== `parley-draft:${this.#draft}`) return;
      field.value = JSON.parse(newValue)?.text ?? "";
    }

    get #url() {
      return `/widget/${this.dataset.key}/messages`;
    }

    get #draft() {
      return parley.drafts.key(`visitor:${parley.writer()}`, this.#url);
    }

    /** Where the visitor writes: the composer's field, or the one of the form before it. */
    get #field() {
      return this.querySelector(".composer__text, #prechat_body");
    }

    get #form() {
      return this.querySelector("#prechat");
    }

    get #stream() {
      return this.querySelector("live-stream");
    }

    get #log() {
      return this.querySelector("[role=log]");
    }

    get #lastSeq() {
      return Number(this.#log?.lastElementChild?.dataset.seq ?? 0);
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
      } else if (message.type === "identify") {
        this.#identify(message);
      }
    }

    /** The page says who its visitor is, or with nobody that they have signed out. */
    #identify({ turn, person, signature }) {
      const { external_id = "", name = "", email = "", exp = "" } = person ?? {};
      const who = person && { external_id, name: name ?? "", email: email ?? "", exp, signature };
      this.#asking = this.#asking.then(async () => {
        const before = parley.writer();
        const isOther = Boolean(before) && before !== (who?.external_id ?? "");
        if (isOther) this.#forgetWords();
        const unnamed = this.#draft;
        this.#who = who;
        const problem = await this.#ask();
        if (this.#standing !== "refused") this.#takeDraft(unnamed);
        this.#settle();
        this.#tell("identified", { turn: Number(turn), problem });
      });
    }

    /** It is known who is here, or nobody has said it in time. */
    #settle({ forget = true } = {}) {
      this.#heardWho = true;
      if (forget) {
        parley.drafts.keepOnly(["visitor:", `visitor:${parley.writer()}`], this.#url);
        parley.details.become(parley.writer());
        this.#fill();
      }
      parley.outbox.settle(this.#url, { forget });
    }

    /** What stands in the field becomes theirs; otherwise what they have begun earlier stands there. */
    #takeDraft(before) {
      const field = this.#field;
      if (!field || before === this.#draft) return;
      const text = field.value || parley.drafts.read(this.#draft);
      parley.drafts.write(before, "");
      parley.drafts.write(this.#draft, text);
      if (text === field.value) return;
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }

    /** Before anything is sent: the server knows who it comes from, if the page has said it. */
    async #settled({ who = "" }) {
      await this.#asking;
      if (who && who !== this.#who?.external_id) throw new Error("The page has not said yet who writes.");
      if (!this.#who || this.#standing === "known") return;
      this.#asking = this.#asking.then(() => this.#ask({ begin: "yes" }));
      const problem = await this.#asking;
      if (problem) throw new Error(problem);
    }

    /** Ask the server whether it is so; gives what is wrong, in words, or nothing. */
    async #ask({ begin = "" } = {}) {
      const who = this.#who;
      this.#stand("asking");
      try {
        // Tabs ask one after the other: each answer may change the token that they share.
        const url = `/widget/${this.dataset.key}/identity`;
        const answer = await parley.alone(url, () => parley.request(who ? "PUT" : "DELETE", url, who && { ...who, begin }));
        const text = await answer.text();
        if (!answer.ok) {
          this.#stand(answer.status < 500 && answer.status !== 429 ? "refused" : "");
          return parley.words(text) || UNREACHABLE;
        }
        if (answer.headers.has("parley-replaced")) {
          this.#forgetWords();
          this.#forgetToken();
        }
        const token = answer.headers.get("parley-visitor");
        if (token) {
          this.#keepToken(token);
          // The stream may have asked too early, or be asking now, with the token that is worth nothing
          // any more: whatever it is told then is not true any more either.
          this.#forgotten = "";
          if (!this.#stream.hasAttribute("data-idle")) this.#stream.restart();
        }
        await this.#change(text);
        this.#begun();
        this.#stand(!who ? "" : answer.headers.get("parley-known") === "yes" ? "known" : "signed");
        return "";
      } catch (error) {
        console.info("Parley: not reachable yet", error.name);
        this.#stand("");
        return UNREACHABLE;
      }
    }

    /** Until it is known who the visitor is, and where that is refused, nobody writes as somebody else. */
    #stand(standing) {
      this.#standing = standing;
      this.dataset.identity = standing;
      this.querySelector("#prechat")?.toggleAttribute("inert", ["asking", "refused"].includes(standing));
      this.querySelector("#unconfirmed").hidden = standing !== "refused";
    }

    /** Show the chat of whom the browser belongs to now; what is shown already stays, caret and all. */
    async #become(text) {
      const log = this.#log?.id;
      if (text.includes(`id="${log ?? "prechat"}"`)) return;
      const typed = this.querySelector("#prechat_body")?.value;
      await parley.swap(text, document.body, "none");
      const field = this.querySelector(".composer__text");
      if (typed && field && !field.value) {
        field.value = typed;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }

    /** The same when it may be somebody else's: hear of theirs, if they have one. */
    async #change(text) {
      const log = this.#log?.id;
      await this.#become(text);
      if (this.#log?.id === log) return;
      this.#stream.pause();
      this.#begun();
    }

    /** What somebody else has written here and not sent is not for who comes after them. */
    #forgetWords() {
      parley.outbox.forget(this.#url);
      parley.drafts.keepOnly(parley.writer() ? [`visitor:${parley.writer()}`] : [], this.#url);
      parley.details.forget();
      document.dispatchEvent(new CustomEvent("parley:forget-files"));
      const written = ".composer__text, #prechat input:not([type=hidden]), #prechat textarea";
      for (const field of this.querySelectorAll(written)) field.value = "";
    }

    /** What is typed into the form before a chat: the words are a draft like any other. */
    #keep(field) {
      if (!this.#form || field.form !== this.#form) return;
      if (field.name === "body") parley.drafts.write(this.#draft, field.value);
      else parley.details.keep(parley.writer(), { [field.name]: field.value });
    }

    /** It stands there again after a reload, and in the form that takes the place of another. */
    #fill() {
      this.#filled = this.#form;
      if (!this.#filled) return;
      const { text, nonce, ...values } = parley.details.of(parley.writer());
      if (nonce) Object.assign(this.#filled.dataset, { text, nonce });
      for (const [name, value] of Object.entries({ ...values, body: parley.drafts.read(this.#draft) })) {
        const field = this.#filled.elements.namedItem(name);
        if (field) field.value ||= value;
      }
    }

    /** What has just come is filled, and its age is known. */
    #settleIn() {
      if (this.#form !== this.#filled) this.#fill();
      const hours = this.querySelector("[data-hours]");
      if (hours !== this.#hours) [this.#hours, this.#hoursSince] = [hours, Date.now()];
    }

    /** Who comes back to the chat is not told what was true an hour ago. */
    #freshen() {
      if (!this.#hours || !this.#open || document.hidden || Date.now() - this.#hoursSince < OLD) return;
      this.#hoursSince = Date.now();
      document.dispatchEvent(new CustomEvent("parley:stale"));
    }

    #forgetToken() {
      parley.setToken("");
      try {
        sessionStorage.removeItem(`parley-token:${this.dataset.key}`);
      } catch {
        // Storage is blocked: nothing is kept there.
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
      if (open) this.#focusField();
      document.dispatchEvent(new CustomEvent(open ? "parley:shown" : "parley:closed"));
      this.#sayPresence();
      this.#freshen();
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
      const field = this.querySelector("textarea, input:not([type=hidden], [type=file]), .ended button");
      field?.focus({ preventScroll: true });
    }

    #key(event) {
      if (event.key === "Escape" && !document.querySelector("dialog[open], :popover-open") && !event.isComposing) this.#tell("close");
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
    async #restore() {
      try {
        const token = sessionStorage.getItem(`parley-token:${this.dataset.key}`);
        if (!token || this.#hasConversation()) return;
        parley.setToken(token);
      } catch {
        return; // Storage is blocked: there is nothing to restore.
      }
      await this.#refresh();
    }

    #hasConversation() {
      return Boolean(this.#log?.id.match(/\d+$/));
    }

    /** Another tab has made this browser somebody else's. */
    #replaced() {
      this.#stream.pause();
      this.#forgetWords();
      this.#forgetToken();
      this.#refresh();
    }

    async #refresh() {
      try {
        const answer = await parley.request("GET", `/widget/${this.dataset.key}`);
        if (answer.ok) await this.#become(await answer.text());
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
      this.#settleIn();
      this.#count();
    }

    /** The form's words, too, go only when the server knows who writes them. */
    #beforeForm(event) {
      const form = event.target;
      if (form.id !== "prechat" || !this.#who || this.#standing === "known") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#settled({}).then(
        // In its place may be the composer by now, with the text in it.
        () => (form.isConnected ? form : this.querySelector(".composer--widget form"))?.requestSubmit(),
        (error) => console.info("Parley: not sent", error.message),
      );
    }

    #addToForm(request) {
      if (!(request.body instanceof FormData) || !request.body.has("nonce")) return;
      const form = this.#form;
      // One nonce for one text: a retry after a lost answer carries the same.
      const text = request.body.get("body");
      if (form && form.dataset.text !== text) {
        form.dataset.text = text;
        form.dataset.nonce = parley.nonce();
        parley.details.keep(parley.writer(), { text, nonce: form.dataset.nonce });
      }
      request.body.set("nonce", form?.dataset.nonce ?? parley.nonce());
      request.body.set("page_title", this.#page.title);
      request.body.set("page_url", this.#page.url);
    }

    #answered(ctx) {
      const token = ctx.response?.raw?.headers.get("parley-visitor");
      if (token) this.#keepToken(token);
      if (ctx.sourceElement !== this.#form || ctx.response?.status !== 200) return;
      parley.drafts.write(this.#draft, "");
      parley.details.forget();
    }

    #count() {
      // Another chat is numbered from the beginning.
      if (this.#log?.id !== this.#seenIn) [this.#seen, this.#seenIn] = [0, this.#log?.id];
      if (this.#open && !document.hidden && this.#lastSeq > this.#seen) {
        this.#seen = this.#lastSeq;
        this.#tabs.postMessage({ log: this.#log.id, seen: this.#seen });
      }
      let unread = 0;
      let entry = this.#log?.lastElementChild;
      for (; entry && Number(entry.dataset.seq) > this.#seen; entry = entry.previousElementSibling) {
        if (entry.matches(".entry--message:not(.entry--own)")) unread += 1;
      }
      // A call that rings is news, too.
      if (this.querySelector("#widget_call[data-state=rings]")) unread += 1;
      if (unread > this.#told.unread && this.#told.unread >= 0) document.dispatchEvent(new CustomEvent("parley:unread"));
      if (unread !== this.#told.unread) this.#tell("unread", { count: (this.#told.unread = unread) });
      const open = this.#isTalking;
      if (open !== this.#told.open) this.#tell("state", { open: (this.#told.open = open) });
    }
  }

  customElements.define("widget-frame", WidgetFrame);
}
