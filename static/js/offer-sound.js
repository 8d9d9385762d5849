// <offer-sound>: volume, mute and test of the sound that repeats until an offer or a call is answered.
{
  const EVERY = 3000;
  const KEY = "parley-offer-volume";
  const MUTED = "parley-offer-muted";
  let ringing = 0;
  let marked = "";

  const muted = () => parley.sound.kept(MUTED, "no") === "yes";
  const volume = () => Number(parley.sound.kept(KEY, "70"));

  function chime() {
    if (volume() && !muted()) parley.sound.tones([660, 880], (volume() / 100) * 0.4);
  }

  function listen() {
    const calls = document.querySelectorAll("#call_ring > .offer").length;
    const offers = calls + document.querySelectorAll("#offer_list > li").length;
    if (offers && !ringing) {
      chime();
      ringing = setInterval(chime, EVERY);
    } else if (!offers && ringing) {
      clearInterval(ringing);
      ringing = 0;
    }
    const plain = document.title.startsWith(marked) ? document.title.slice(marked.length) : document.title;
    marked = offers ? `(${offers}) ${calls ? parley.word("Voice call") : parley.word("New chat")} · ` : "";
    const wanted = marked + plain;
    if (document.title !== wanted) document.title = wanted;
    const icon = document.querySelector("link[rel=icon]");
    const drawing = offers ? icon?.dataset.offer : icon?.dataset.plain;
    if (drawing && icon.getAttribute("href") !== drawing) icon.setAttribute("href", drawing);
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
      parley.sound.keep(KEY, String(loudness));
      parley.sound.keep(MUTED, mute);
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
