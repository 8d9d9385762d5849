// <offer-sound>: the volume and the test of the sound that repeats until an offer is answered.
{
  const EVERY = 3000;
  const KEY = "parley-offer-volume";
  let context = null;
  let ringing = 0;

  const volume = () => {
    try {
      return Number(localStorage.getItem(KEY) ?? 70);
    } catch {
      return 70;
    }
  };

  const setVolume = (value) => {
    try {
      localStorage.setItem(KEY, value);
    } catch {
      // Storage is blocked: the volume lasts as long as the page.
    }
  };

  /** Two soft tones, drawn by the browser itself: there is no file to load. */
  function chime() {
    if (!volume()) return;
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
    connectedCallback() {
      const range = this.querySelector("input[type=range]");
      if (range) {
        range.value = volume();
        this.#fill(range);
        range.addEventListener("input", () => {
          setVolume(range.value);
          this.#fill(range);
        });
      }
      this.querySelector("button")?.addEventListener("click", chime);
    }

    #fill(range) {
      range.style.setProperty("--value", `${range.value}%`);
    }
  }

  customElements.define("offer-sound", OfferSound);
}
