// <visitor-call>: the call in the widget as parley.voice has it: the invitation's sound, the bar, its devices.
{
  const EVERY = 3000;
  const METER = 100;
  const BARS = 12;
  const TONES = [660, 880];
  const LOUDNESS = 0.28;

  const words = {
    good: () => parley.word("Good connection"),
    fair: () => parley.word("Fair connection"),
    poor: () => parley.word("Poor connection"),
  };

  class VisitorCall extends HTMLElement {
    #stopped;
    #ringing = 0;
    #metering = 0;
    #pressed = false;
    #drawn = null; // the bar that had its chance of the focus

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      const on = (target, name, listener, more) => target.addEventListener(name, listener, { signal, ...more });
      on(document, "parley:voice", () => this.#draw());
      on(document, "htmx:after:swap", () => this.#draw());
      on(this, "change", ({ target }) => this.#choose(target));
      on(this, "input", ({ target }) => target.matches("[data-volume]") && (parley.voice.volume = target.value / 100));
      // It does not bubble.
      on(this, "toggle", (event) => this.#sheet(event), { capture: true });
      this.#draw();
    }

    disconnectedCallback() {
      this.#stopped.abort();
      clearInterval(this.#ringing);
      clearInterval(this.#metering);
    }

    /** What a button of the call does. */
    press(button) {
      const { voice } = parley;
      const acts = {
        begin: () => voice.begin(button.dataset.url),
        answer: () => voice.answer(this.dataset.base),
        decline: () => voice.decline(this.dataset.base),
        mute: () => voice.mute(!voice.muted),
        hold: () => voice.hold(!voice.held),
        hangUp: () => voice.hangUp(),
        forget: () => this.#forget(),
      };
      this.#pressed = true;
      acts[button.dataset.callAct]();
    }

    #forget() {
      parley.voice.trouble = "";
      this.#draw();
      document.querySelector("[data-focus-next]")?.focus();
    }

    get #bar() {
      return this.querySelector(".call-bar");
    }

    #draw() {
      const { state, trouble } = parley.voice;
      document.body.dataset.voice = state;
      parley.callNotice(state === "asking" && !this.dataset.page ? parley.word("Allow the microphone in your browser.") : trouble);
      this.#ring(this.dataset.state === "rings" && state !== "asking");
      const bar = this.#bar;
      if (!bar) return;
      bar.querySelector("[data-acts]").hidden = !parley.voice.isHere;
      this.#say(bar);
      for (const [name, on] of [["mute", parley.voice.muted], ["hold", parley.voice.held]]) {
        bar.querySelector(`[data-call-act=${name}]`)?.setAttribute("aria-pressed", on);
      }
      if (parley.voice.isHere && bar !== this.#drawn) this.#takeFocus(bar);
    }

    #say(bar) {
      const text = this.#text(bar.dataset.name);
      const place = bar.querySelector("[data-words]");
      if (text && place.textContent !== text) place.textContent = text;
      bar.classList.toggle("call-bar--broken", parley.voice.state === "reconnecting");
    }

    #text(name) {
      const { state, held, heldByOther, muted, quality } = parley.voice;
      if (state === "elsewhere") return parley.word("The call is in another tab.");
      if (state === "calls") return parley.word("Calling {name}…", { name });
      if (state === "connecting") return parley.word("Connecting…");
      if (state === "reconnecting") return parley.word("Reconnecting…");
      if (held) return parley.word("On hold");
      if (heldByOther) return parley.word("{name} holds the call", { name });
      if (muted) return parley.word("Muted");
      return words[quality.word]?.() ?? parley.word("Connected");
    }

    /** From the button that was pressed and is gone to the first of those that have come. */
    #takeFocus(bar) {
      this.#drawn = bar;
      const lost = document.activeElement === document.body || document.activeElement?.matches("[data-call-act=begin]");
      if (this.#pressed && lost) bar.querySelector("[data-focus-here]").focus({ preventScroll: true });
    }

    /** Of several tabs one sounds. */
    #ring(on) {
      if (on === Boolean(this.#ringing)) return;
      clearInterval(this.#ringing);
      this.#ringing = 0;
      if (!on) return this.#quiet?.();
      const tone = () => parley.sound.tones(TONES, LOUDNESS);
      this.#ringing = setInterval(() => this.#sounds && tone(), EVERY);
      parley.alone("parley:call-ring", () => {
        if (!this.#ringing) return undefined;
        this.#sounds = true;
        tone();
        return new Promise((resolve) => {
          this.#quiet = () => {
            this.#sounds = false;
            resolve();
          };
        });
      });
    }

    #sounds = false;
    #quiet = null;

    #sheet({ target, newState }) {
      clearInterval(this.#metering);
      if (newState !== "open") return;
      target.querySelector("[data-volume]").value = parley.voice.volume * 100;
      this.#list(target);
      const meter = target.querySelector(".call-level");
      const show = () => {
        const level = Math.round(parley.voice.level() * BARS);
        meter.setAttribute("aria-valuenow", level);
        [...meter.children].forEach((bar, n) => bar.classList.toggle("call-level__on", n < level));
      };
      show();
      this.#metering = setInterval(show, METER);
    }

    async #list(sheet) {
      const found = await parley.voice.devices();
      for (const select of sheet.querySelectorAll("[data-device]")) {
        const devices = found[select.dataset.device];
        select.closest(".call-sound__row").hidden = devices.length === 0;
        select.replaceChildren(...devices.map(({ id, name, chosen }) => new Option(name, id, chosen, chosen)));
      }
    }

    #choose({ dataset, value }) {
      if (dataset.device === "microphones") parley.voice.useMicrophone(value);
      if (dataset.device === "speakers") parley.voice.useSpeaker(value);
    }
  }

  customElements.define("visitor-call", VisitorCall);
}
