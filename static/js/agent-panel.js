// <agent-panel>: the panel at the end of the workspace, folded or not, drawn after parley.voice.
{
  const OPEN = "parley-agent-panel";

  class AgentPanel extends HTMLElement {
    #stopped;
    #frame = 0;
    #told = "";

    connectedCallback() {
      this.#stopped = new AbortController();
      const on = (target, name, listener) => target.addEventListener(name, listener, { signal: this.#stopped.signal });
      on(this, "click", ({ target }) => this.#do(target.closest("[data-do]")));
      on(this, "change", ({ target }) => this.#choose(target));
      on(this, "input", ({ target }) => target.matches("[data-volume]") && (parley.voice.volume = target.value / 100));
      on(document, "parley:voice", () => this.#draw());
      on(document, "htmx:after:swap", () => this.#draw());
      on(document, "click", ({ target }) => target.closest("[data-panel]") && this.#open(true));
      on(window, "beforeunload", (event) => parley.voice.isHere && event.preventDefault());
      new ResizeObserver(() => this.#measure()).observe(this);
      this.#open(parley.sound.kept(OPEN, "no") === "yes", { remember: false });
      this.#draw();
    }

    disconnectedCallback() {
      this.#stopped.abort();
      cancelAnimationFrame(this.#frame);
    }

    get #call() {
      return this.querySelector("#agent_call");
    }

    /** Only of a chat that one has, and whose header therefore lets it be forwarded. */
    get #inviteUrl() {
      const mine = document.querySelector("#header [data-opens=forward_dialog]");
      return (mine && document.querySelector("#conversation")?.dataset.invite) || "";
    }

    #do(button) {
      const voice = parley.voice;
      const work = {
        toggle: () => this.#open(!this.hasAttribute("data-open")),
        phone: () => this.#openAt(voice.isHere ? "hang-up" : "invite"),
        microphone: () => (voice.isHere ? voice.mute(!voice.muted) : this.#openAt("", "microphones")),
        device: () => this.#openAt("", "microphones"),
        mute: () => voice.mute(!voice.muted),
        hold: () => voice.hold(!voice.held),
        invite: () => this.#inviteUrl && voice.begin(this.#inviteUrl),
        "hang-up": () => this.#hangUp(),
      }[button?.dataset.do];
      work?.();
    }

    #openAt(action, device) {
      this.#open(true);
      this.querySelector(action ? `.agent-panel__body [data-do=${action}]` : `[data-device=${device}]`).focus();
    }

    /** The focus goes to what takes the button's place. */
    #hangUp() {
      parley.voice.hangUp();
      this.querySelector(".agent-panel__toggle").focus();
    }

    #choose({ dataset, value }) {
      if (dataset.device === "microphones") parley.voice.useMicrophone(value);
      else if (dataset.device === "speakers") parley.voice.useSpeaker(value);
    }

    #open(open, { remember = true } = {}) {
      if (remember) parley.sound.keep(OPEN, open ? "yes" : "no");
      this.toggleAttribute("data-open", open);
      document.body.classList.toggle("workspace--panel", open);
      const button = this.querySelector(".agent-panel__toggle");
      const name = open ? button.dataset.collapse : button.dataset.expand;
      button.setAttribute("aria-expanded", open);
      button.setAttribute("aria-label", name);
      button.title = name;
      this.#meter();
    }

    /** Offers stand below "Hang up" while there is a call. */
    #measure() {
      const low = this.hasAttribute("data-open") && this.dataset.state !== "idle";
      const end = low ? Math.round(this.getBoundingClientRect().bottom) : 0;
      document.documentElement.style.setProperty("--panel-end", `${end}px`);
    }

    #draw() {
      const voice = parley.voice;
      const shown = this.#call?.dataset;
      const state = voice.state === "" ? "idle" : voice.state;
      const rings = shown?.state === "rings" && !voice.isHere && state === "elsewhere";
      const before = this.dataset.state;
      this.dataset.state = rings ? "rings" : state;
      if (voice.isHere && (before === "asking" || before === "rings")) this.#open(true, { remember: false });
      this.#drawButtons(voice);
      this.#drawConnection(voice);
      this.#write("[data-trouble]", voice.trouble);
      this.#say(voice);
      if (before !== this.dataset.state) this.#drawDevices();
      this.#meter();
      this.#measure();
    }

    /** In the strip the microphone is the way to the devices, and during a call the switch itself. */
    #drawMicrophone({ isHere, muted }) {
      const button = this.querySelector(".agent-panel__mic");
      const name = isHere ? button.dataset.call : button.dataset.idle;
      if (isHere) button.setAttribute("aria-pressed", muted);
      else button.removeAttribute("aria-pressed");
      button.setAttribute("aria-label", name);
      button.title = name;
    }

    #drawButtons(voice) {
      this.#drawMicrophone(voice);
      this.querySelector("[data-do=mute]").setAttribute("aria-pressed", voice.muted);
      this.querySelector("[data-do=hold]").setAttribute("aria-pressed", voice.held);
      this.toggleAttribute("data-muted", voice.isHere && (voice.muted || voice.isSilent));
      const invite = this.querySelector("[data-do=invite]");
      const impossible = !this.#inviteUrl;
      invite.setAttribute("aria-disabled", impossible);
      this.querySelector("[data-why]").hidden = !impossible;
      const percent = Math.round(voice.volume * 100);
      const range = this.querySelector("[data-volume]");
      range.value = percent;
      range.style.setProperty("--value", `${percent}%`);
      this.querySelector("[data-percent]").textContent = `${percent} %`;
      this.querySelector("[data-muted]").hidden = !this.hasAttribute("data-muted");
    }

    #drawConnection({ state, quality }) {
      const words = { good: parley.word("Good"), fair: parley.word("Fair"), poor: parley.word("Poor") };
      const waiting = { connecting: parley.word("Connecting…"), reconnecting: parley.word("Reconnecting…") };
      const connection = this.querySelector(".agent-panel__connection");
      connection.dataset.line = waiting[state] ? "none" : quality.word || "none";
      this.querySelector("[data-quality]").textContent = waiting[state] ?? words[quality.word] ?? "…";
      const { milliseconds, lost } = quality;
      const figures = quality.word && !waiting[state] ? parley.word("{milliseconds} ms, {lost} % lost", { milliseconds, lost }) : "";
      this.querySelector("[data-figures]").textContent = figures;
    }

    /** What changes without the agent's doing is said, once. */
    #say(voice) {
      const name = this.querySelector("[data-name]")?.textContent ?? "";
      const said = {
        talks: voice.heldByOther
          ? parley.word("{name} holds the call", { name })
          : voice.held
            ? parley.word("On hold")
            : parley.word("In a call with {name}", { name }),
        reconnecting: parley.word("Reconnecting…"),
        calls: parley.word("Ringing…"),
        elsewhere: parley.word("The call is in another tab."),
        idle: this.#told ? parley.word("The call has ended") : "",
      }[this.dataset.state];
      if (said === undefined || said === this.#told) return;
      this.#told = said;
      this.querySelector("[data-said]").textContent = said;
    }

    #write(selector, text) {
      const place = this.querySelector(selector);
      if (place.textContent !== text) place.textContent = text;
      place.hidden = !text;
    }

    async #drawDevices() {
      for (const [kind, devices] of Object.entries(await parley.voice.devices())) {
        const select = this.querySelector(`[data-device=${kind}]`);
        const [usual] = select.options;
        select.replaceChildren(usual, ...devices.filter(({ id }) => id !== "default").map(({ id, name, chosen }) => new Option(name, id, chosen, chosen)));
        select.closest("label").hidden = kind === "speakers" && !devices.length;
      }
    }

    /** Twelve bars, drawn while somebody could see them. */
    #meter() {
      cancelAnimationFrame(this.#frame);
      const bars = this.querySelectorAll(".meter > i");
      const draw = () => {
        const lit = Math.round(parley.voice.level() * bars.length);
        bars.forEach((bar, index) => bar.classList.toggle("meter__lit", index < lit));
        if (parley.voice.isHere && this.hasAttribute("data-open")) this.#frame = requestAnimationFrame(draw);
      };
      draw();
    }
  }

  customElements.define("agent-panel", AgentPanel);
}
