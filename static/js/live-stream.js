// <live-stream src [data-fallback] [data-idle]>: keeps one event stream of the page open.
// htmx's hx-sse reads and swaps; this guard decides when to connect again, and tells the page:
//   parley:catch-up   ask for what is after your last number (connected, or polling instead)
//   parley:told       the partials of a frame, which are newer than any answer that is still on its way
//   parley:connection {state: "live" | "reconnecting" | "signed-out" | "replaced" | "ended", text}
{
  const SILENCE = 40_000; // beats come every 15 s
  const STALE = 20_000;
  const PATIENCE = 10_000;
  const POLL = 5_000;
  const FAILURES_BEFORE_POLLING = 3;

  class LiveStream extends HTMLElement {
    #stopped;
    #connection = null;
    #lastFrame = 0;
    #lastId = "";
    #failures = 0;
    #over = false;
    #timers = new Set();
    #retry = 0;
    #attempt = 0;

    connectedCallback() {
      this.#stopped = new AbortController();
      this.#on(this, "htmx:config:request", (event) => this.#resume(event.detail.ctx.request));
      this.#on(this, "htmx:sse:after:connection", (event) => (this.#connection = event.detail.connection));
      this.#on(this, "htmx:sse:before:message", (event) => this.#frame(event.detail.message));
      this.#on(this, "htmx:sse:close", () => this.#lost());
      this.#on(this, "htmx:error", () => this.#lost());
      this.#on(this, "htmx:response:error", (event) => this.#refused(event.detail.ctx.response.status));
      this.#on(this, "ready", (event) => this.#ready(event));
      this.#on(this, "bye", (event) => this.#bye(JSON.parse(event.detail.data)));
      this.#on(window, "online", () => this.#again());
      this.#on(window, "offline", () => this.#lost());
      this.#on(window, "pageshow", (event) => event.persisted && this.#again());
      this.#on(document, "visibilitychange", () => !document.hidden && this.#age() > STALE && this.#again());
      this.#timers.add(setInterval(() => this.#watch(), 1000));
      this.#timers.add(setInterval(() => this.#poll(), POLL));
      // htmx reads the page in a timeout of its own: what stood in it before would connect twice.
      if (!this.hasAttribute("data-idle")) setTimeout(() => this.start());
    }

    disconnectedCallback() {
      this.#stopped.abort();
      this.#timers.forEach(clearInterval);
      clearTimeout(this.#retry);
      this.#drop();
    }

    /** Connect for the first time, once there is something to hear. */
    start() {
      if (this.#over || this.#lastFrame) return;
      this.removeAttribute("data-idle");
      this.#connect();
    }

    /** Begin anew after the one whom the stream is for has changed. */
    restart() {
      this.#over = false;
      this.#lastId = "";
      this.removeAttribute("data-idle");
      this.#again();
    }

    /** Hear nothing until restarted. */
    pause() {
      clearTimeout(this.#retry);
      this.#retry = 0;
      this.setAttribute("data-idle", "true");
      this.#drop();
    }

    #on(target, name, listener) {
      target.addEventListener(name, listener, { signal: this.#stopped.signal });
    }

    #connect() {
      this.#drop();
      this.#lastFrame = Date.now();
      const reader = document.createElement("div");
      reader.setAttribute("hx-sse:connect", this.getAttribute("src"));
      reader.setAttribute("hx-swap", "none");
      reader.setAttribute("hx-config", '{"sse": {"reconnect": false, "pauseOnBackground": false, "connectTimeout": 10000}}');
      this.append(reader);
      htmx.process(reader);
    }

    #drop() {
      const connection = this.#connection;
      this.#connection = null;
      this.#attempt += 1;
      this.replaceChildren();
      connection?.reader?.cancel?.().catch(() => {});
      connection?.abortController?.abort?.();
    }

    #resume(request) {
      if (this.#lastId) request.headers["Last-Event-ID"] = this.#lastId;
    }

    #frame(message) {
      this.#lastFrame = Date.now();
      if (message.id) this.#lastId = message.id;
      if (!message.event) document.dispatchEvent(new CustomEvent("parley:told", { detail: message.data }));
    }

    #ready(event) {
      parley.setNow(JSON.parse(event.detail.data).now);
      this.#failures = 0;
      clearTimeout(this.#retry);
      this.#retry = 0;
      this.#tell("live");
      this.#askToCatchUp();
    }

    #bye({ state, reason }) {
      if (state === "renewed") {
        // Nothing is over: it goes on with the token that the browser has by then.
        this.#drop();
        this.#lost();
      } else {
        this.#end(state, reason);
      }
    }

    #lost() {
      if (this.#over || this.#retry || this.hasAttribute("data-idle")) return;
      this.#failures += 1;
      this.#tell("reconnecting");
      const delay = Math.min(PATIENCE, 400 * 2 ** (this.#failures - 1)) * (0.7 + 0.6 * Math.random());
      this.#retry = setTimeout(() => {
        this.#retry = 0;
        this.#connect();
      }, delay);
    }

    #again() {
      if (this.#over || this.hasAttribute("data-idle")) return;
      clearTimeout(this.#retry);
      this.#retry = 0;
      this.#connect();
    }

    #refused(status) {
      if (status === 401) this.#end("signed-out", "");
      else this.#lost();
    }

    #end(state, text) {
      this.#over = true;
      clearTimeout(this.#retry);
      this.#drop();
      this.#tell(state, text);
    }

    #age() {
      return Date.now() - this.#lastFrame;
    }

    #watch() {
      if (this.#over || this.#retry || this.hasAttribute("data-idle")) return;
      // Nothing for so long means that the line is dead, or that the device slept.
      if (this.#age() > SILENCE) {
        this.#drop();
        this.#lost();
      } else if (!this.firstElementChild) {
        this.#lost();
      }
    }

    async #poll() {
      if (this.#over || this.#failures < FAILURES_BEFORE_POLLING) return;
      const attempt = this.#attempt;
      if (!this.dataset.fallback) return this.#askToCatchUp();
      try {
        const answer = await parley.request("GET", this.dataset.fallback);
        if (answer.status === 401) return this.#end("signed-out", "");
        if (answer.ok && !this.#over) {
          await parley.swap(await answer.text(), document.body, "none");
          this.#askToCatchUp();
        }
      } catch (error) {
        if (attempt === this.#attempt) console.info("Parley: not reachable yet", error.name);
      }
    }

    #askToCatchUp() {
      document.dispatchEvent(new CustomEvent("parley:catch-up"));
    }

    #tell(state, text = "") {
      document.dispatchEvent(new CustomEvent("parley:connection", { detail: { state, text } }));
    }
  }

  class ReconnectingBar extends HTMLElement {
    #stopped;
    #soon = 0;

    connectedCallback() {
      this.#stopped = new AbortController();
      const tell = (event) => this.#show(event.detail);
      document.addEventListener("parley:connection", tell, { signal: this.#stopped.signal });
    }

    disconnectedCallback() {
      this.#stopped.abort();
      clearTimeout(this.#soon);
    }

    #show({ state, text }) {
      if (state === "replaced") return; // the page shows somebody else's chat
      const bar = this.querySelector("#reconnecting");
      if (state === "live") {
        clearTimeout(this.#soon);
        this.#soon = 0;
        bar.hidden = true;
        return;
      }
      if (state === "reconnecting") {
        if (this.#soon || !bar.hidden) return;
        const since = new Date(parley.now()).toISOString();
        bar.querySelector("time-in-state")?.setAttribute("since", since);
        // A restart that takes a moment is not worth a word.
        this.#soon = setTimeout(() => (bar.hidden = false), 600);
      } else {
        clearTimeout(this.#soon);
        bar.hidden = false;
      }
      bar.dataset.state = state;
      if (text) bar.querySelector("[data-text]").textContent = text;
    }
  }

  customElements.define("live-stream", LiveStream);
  customElements.define("reconnecting-bar", ReconnectingBar);
}
