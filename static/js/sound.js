// parley.sound: what the sounds of workspace and widget share: soft tones, drawn by the browser itself,
// so that there is no file to load; and choices that outlast the page where storage allows.
{
  let context = null;
  const chosen = new Map(); // as long as the page

  // Browsers let a page sound only after a first touch or key.
  for (const name of ["pointerdown", "keydown"]) {
    document.addEventListener(name, () => context?.resume(), { capture: true });
  }

  parley.sound = {
    kept(key, otherwise) {
      try {
        return localStorage.getItem(key) ?? chosen.get(key) ?? otherwise;
      } catch {
        return chosen.get(key) ?? otherwise;
      }
    },

    keep(key, value) {
      chosen.set(key, value);
      try {
        localStorage.setItem(key, value);
      } catch (error) {
        console.info("Parley: the choice of sound is not kept", error.name);
      }
    },

    /** In answer to a touch or key: from now on the page may sound by itself. */
    wake() {
      context ??= new AudioContext();
      context.resume();
    },

    isAwake: () => context !== null,

    /** One tone after the other, as loud as this, from 0 to 1. */
    tones(frequencies, loudest) {
      this.wake();
      frequencies.forEach((frequency, index) => {
        const start = context.currentTime + index * 0.18;
        const tone = context.createOscillator();
        const loudness = context.createGain();
        tone.frequency.value = frequency;
        loudness.gain.setValueAtTime(0, start);
        loudness.gain.linearRampToValueAtTime(loudest, start + 0.02);
        loudness.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
        tone.connect(loudness).connect(context.destination);
        tone.start(start);
        tone.stop(start + 0.5);
      });
    },
  };
}
