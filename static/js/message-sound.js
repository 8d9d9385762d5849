// <message-sound>: the visitor's choice, off at first, whether a message that comes while they look
// elsewhere makes a soft tone. Of several tabs one sounds, and none while the chat is looked at in another.
{
  const KEY = "parley-message-sound";
  const VOICE = "parley:voice";
  const QUIET_AFTER = 1000;
  let looking = null; // ends the silence that this tab keeps

  const isOn = () => parley.sound.kept(KEY, "off") === "on";
  const tone = () => parley.sound.tones([784], 0.12);

  /** Who looks at the chat holds the voice in silence, and with them all who look too. */
  function look() {
    const looks = !document.hidden && document.body.dataset.shown === "yes";
    if (looks === Boolean(looking)) return;
    looking?.();
    looking = null;
    if (!looks) return;
    const silence = new Promise((resolve) => {
      looking = resolve;
    });
    parley.alone(VOICE, () => silence, { mode: "shared" });
  }

  function sound() {
    if (!isOn() || !parley.sound.isAwake()) return;
    const once = () => {
      tone();
      return new Promise((resolve) => setTimeout(resolve, QUIET_AFTER));
    };
    parley.alone(VOICE, once, { ifAvailable: true });
  }

  for (const name of ["DOMContentLoaded", "visibilitychange", "parley:shown", "parley:closed"]) {
    document.addEventListener(name, look);
  }
  document.addEventListener("parley:unread", sound);
  for (const name of ["pointerdown", "keydown"]) {
    document.addEventListener(name, () => isOn() && parley.sound.wake(), { capture: true });
  }
  window.addEventListener("storage", ({ key }) => {
    if (key === KEY) document.querySelector("message-sound")?.draw();
  });

  class MessageSound extends HTMLElement {
    // Itself the listener: however often it is moved, it listens once.
    connectedCallback() {
      this.addEventListener("click", this);
      this.draw();
    }

    /** Whoever turns it on hears it; the same touch lets the page sound later. */
    handleEvent() {
      parley.sound.keep(KEY, isOn() ? "off" : "on");
      this.draw();
      if (isOn()) tone();
    }

    draw() {
      this.firstElementChild.setAttribute("aria-checked", isOn());
    }
  }

  customElements.define("message-sound", MessageSound);
}
