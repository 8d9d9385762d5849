// <offer-sound>: volume, mute and test of the sound that repeats until an offer is answered.
{
  const EVERY = 3000;
  const KEY = "parley-offer-volume";
  const MUTED = "parley-offer-muted";
  let context = null;
  let ringing = 0;

  // Where storage is blocked, volume and mute last as long as the page.
  const chosen = new Map([[KEY, "70"], [MUTED, "no"]]);

  const kept = (key) => {
    try {
      return localStorage.getItem(key) ?? chosen.get(key);
    } catch {
      return chosen.get(key);
    }
  };

  const keep = (key, value) => {
    chosen.set(key, value);
    try {
      localStorage.setItem(key, value);
    } catch (error) {
      console.info("Parley: the offer sound is not kept", error.name);
    }
  };

  const muted = () => kept(MUTED) === "yes";
  const volume = () => Number(kept(KEY));

  /** Two soft tones, drawn by the browser itself: there is no file to load. */
  function chime() {
    if (!volume() || muted()) return;
    context ??= new AudioContext();
    context.resume();
    [660, 880].forEach((frequency, index) => {
      const start = context.currentTime + index * 0.18;
      const tone = context.createOscillator();
      const loudness = context.createGain();
      tone.frequency.value = frequency;
      loudness.gain.setValueAtTime(0, start);
      loudness.gain.linearRampToValueAtTime((volume() / 100) * 0.4, start + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
      tone.connect(loudness).connect(context.destination);
      tone.start(start);
      tone.stop(start + 0.5);
    });
  }

  function listen() {
    const offers = document.querySelectorAll("#offer_list > li").length;
    if (offers && !ringing) {
      chime();
      ringing = setInterval(chime, EVERY);
    } else if (!offers && ringing) {
      clearInterval(ringing);
      ringing = 0;
    }
    const plain = document.title.replace(/^\(\d+\) New chat · /, "");
    const wanted = offers ? `(${offers}) New chat · ${plain}` : plain;
    if (document.title !== wanted) document.title = wanted;
    const icon = document.querySelector("link[rel=icon]");
    const drawing = offers ? icon?.dataset.offer : icon?.dataset.plain;
    if (drawing && icon.getAttribute("href") !== drawing) icon.setAttribute("href", drawing);
  }

  // Browsers let a page sound only after a first touch or key.
  for (const name of ["pointerdown", "keydown"]) {
    document.addEventListener(name, () => context?.resume(), { capture: true });
  }
  document.addEventListener("htmx:after:swap", listen);
  document.addEventListener("ring", listen);
  document.addEventListener("DOMContentLoaded", listen);

  class OfferSound extends HTMLElement {
    // Itself the listener: however often htmx moves it, it listens once.
    connectedCallback() {
      this.addEventListener("input", this);
      this.addEventListener("click", this);
      this.#draw();
    }

    handleEvent({ type, target }) {
      const button = target.closest("button");
      if (type === "input") this.#set(target.value, "no");
      else if (button?.matches("[aria-pressed]")) this.#set(volume(), muted() ? "no" : "yes");
      else if (button) this.#test();
    }

    /** A test is heard: whoever presses it wants to know how loud it is. */
    #test() {
      this.#set(volume(), "no");
      chime();
    }

    #set(loudness, mute) {
      keep(KEY, String(loudness));
      keep(MUTED, mute);
      for (const one of document.querySelectorAll("offer-sound")) one.#draw();
    }

    #draw() {
      const range = this.querySelector("input[type=range]");
      if (!range) return; // the page without a chat has the test alone
      range.value = volume();
      range.style.setProperty("--value", `${muted() ? 0 : volume()}%`);
      this.querySelector("[aria-pressed]").setAttribute("aria-pressed", muted());
    }
  }

  customElements.define("offer-sound", OfferSound);
}
