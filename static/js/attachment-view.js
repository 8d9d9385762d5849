// What files in a transcript do: pictures open large, sound plays in <audio-player>. Where cookies do
// not come back in the frame, pictures and downloads are fetched with the visitor's token instead.
{
  const dialog = () => document.getElementById("picture");

  function enlarge(button) {
    const shown = dialog();
    const picture = shown.querySelector("[data-picture]");
    const { enlarges, name } = button.dataset;
    const link = shown.querySelector("[data-picture-download]");
    picture.src = button.querySelector("img").dataset.fetched ?? enlarges;
    picture.alt = name;
    shown.querySelector("h2").textContent = name;
    link.href = enlarges.replace(/\?.*/, "");
    link.dataset.name = name;
    link.setAttribute("aria-label", parley.word("Download {name}", { name }));
    shown.showModal();
  }

  async function download(link) {
    const saved = document.createElement("a");
    try {
      const answer = await fetch(link.href, { headers: parley.headers() });
      if (!answer.ok) throw new Error(answer.statusText);
      saved.href = URL.createObjectURL(await answer.blob());
    } catch {
      const facts = link.closest(".attachment")?.querySelector(".attachment__facts");
      if (facts) facts.textContent = parley.word("This file cannot be fetched right now.");
      return;
    }
    saved.download = link.dataset.name;
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60000);
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-enlarges]");
    if (opener) return enlarge(opener);
    const link = event.target.closest?.(".attachment__download, [data-picture-download]");
    if (link && parley.hasToken()) {
      event.preventDefault();
      download(link);
    }
  });

  // A click beside the picture closes it, as Esc does.
  document.addEventListener("click", (event) => {
    if (event.target === dialog()) event.target.close();
  });

  document.addEventListener("error", async ({ target }) => {
    if (!target.matches?.(".attachment__image") || !parley.hasToken() || target.dataset.fetched) return;
    const answer = await fetch(target.src, { headers: parley.headers() });
    if (!answer.ok) return;
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      target.dataset.fetched = reader.result;
      target.src = reader.result;
    });
    reader.readAsDataURL(await answer.blob());
  }, true);

  class AudioPlayer extends HTMLElement {
    #stopped;

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      const on = (target, name, listener) => target.addEventListener(name, listener, { signal });
      on(this.#button, "click", () => this.#toggle());
      on(this.#seek, "input", () => this.#jump());
      for (const name of ["timeupdate", "loadedmetadata", "durationchange", "play", "pause", "ended"]) on(this.#sound, name, () => this.#draw());
      this.#draw();
    }

    disconnectedCallback() {
      this.#stopped.abort();
      this.#sound.pause();
    }

    get #sound() {
      return this.querySelector("audio");
    }

    get #button() {
      return this.querySelector("[data-play]");
    }

    get #seek() {
      return this.querySelector("[data-seek]");
    }

    /** One sound at a time. */
    async #toggle() {
      if (!this.#sound.paused) return this.#sound.pause();
      document.querySelectorAll("audio-player audio").forEach((other) => other !== this.#sound && other.pause());
      try {
        await this.#sound.play();
      } catch (error) {
        console.info("Parley: this sound does not play", error.name);
      }
    }

    #jump() {
      if (Number.isFinite(this.#sound.duration)) this.#sound.currentTime = (this.#seek.value / 1000) * this.#sound.duration;
    }

    #draw() {
      const { currentTime, duration, paused } = this.#sound;
      const length = Number.isFinite(duration) ? duration : 0;
      const button = this.#button;
      button.setAttribute("aria-pressed", !paused);
      button.setAttribute("aria-label", paused ? button.dataset.playWord : button.dataset.pauseWord);
      this.#seek.value = length ? (1000 * currentTime) / length : 0;
      const words = `${parley.lasted(currentTime)} / ${parley.lasted(length)}`;
      this.#seek.setAttribute("aria-valuetext", words);
      this.querySelector("[data-time]").textContent = words;
    }
  }

  customElements.define("audio-player", AudioPlayer);
}
