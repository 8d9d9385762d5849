// <audio-player data-src> and <video-player data-src>: sound and film in a transcript. Where cookies
// do not come back in the frame, the browser's own players are nobody: the file is then fetched with
// the visitor's token when it is to be played, and is an object of this page until it leaves it. What
// cannot be had is told in words beside it, with Retry where that may help.
{
  const share = (part) => new Intl.NumberFormat(parley.locale(), { style: "percent" }).format(part);

  /** What comes, told as it comes. */
  async function whole(answer, tell) {
    const size = Number(answer.headers.get("content-length"));
    const parts = [];
    let there = 0;
    const reader = answer.body.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      parts.push(next.value);
      there += next.value.length;
      if (size) tell(there / size);
    }
    return new Blob(parts, { type: answer.headers.get("content-type") });
  }

  class MediaPlayer extends HTMLElement {
    #stopped;
    #fetching = null;
    #object = "";

    connectedCallback() {
      this.#stopped = new AbortController();
      this.listen(this.media, "error", () => this.#failed());
      this.listen(this.querySelector("[data-play]"), "click", () => this.play());
      this.listen(this.querySelector("[data-again]"), "click", () => this.#again());
      for (const name of ["loadedmetadata", "durationchange", "play", "pause", "ended", "emptied"]) this.listen(this.media, name, () => this.draw());
      if (!parley.hasToken() && !this.media.src) this.media.src = this.dataset.src;
      this.draw();
    }

    disconnectedCallback() {
      this.#stopped.abort();
      this.#fetching?.abort();
      this.media.pause();
      if (!this.#object) return;
      URL.revokeObjectURL(this.#object);
      this.#object = "";
      this.media.removeAttribute("src");
    }

    listen(target, name, listener) {
      target.addEventListener(name, listener, { signal: this.#stopped.signal });
    }

    get media() {
      return this.querySelector("audio, video");
    }

    get isFetching() {
      return Boolean(this.#fetching);
    }

    /** One at a time; pressed again it stops, also while it is still fetched. */
    async play() {
      if (this.#fetching) return this.#fetching.abort();
      if (!this.media.paused) return this.media.pause();
      for (const other of document.querySelectorAll("audio-player, video-player")) if (other !== this) other.media.pause();
      try {
        if (!this.media.src) await this.#fetch();
        await this.media.play();
      } catch (error) {
        console.info("Parley: this does not play", error.name);
      }
    }

    /** Words beside it, or none. */
    say(words, { again = false } = {}) {
      this.toggleAttribute("data-failed", Boolean(words));
      this.querySelector("[data-problem]").textContent = words;
      this.querySelector("[data-again]").hidden = !again;
    }

    async #fetch() {
      const { signal } = (this.#fetching = new AbortController());
      this.say("");
      this.#wait("");
      try {
        const answer = await fetch(this.dataset.src, { headers: parley.headers(), signal });
        if (!answer.ok) throw new Error(answer.statusText);
        this.#object = URL.createObjectURL(await whole(answer, (part) => this.#wait(share(part))));
        this.media.src = this.#object;
      } catch (error) {
        if (!signal.aborted) this.#cannotBeFetched();
        throw error;
      } finally {
        this.#fetching = null;
        this.ariaBusy = null;
        this.draw();
      }
    }

    #wait(words) {
      this.ariaBusy = "true";
      this.querySelector("[data-time]").textContent = words;
    }

    #cannotBeFetched() {
      this.say(parley.word("This file cannot be fetched right now."), { again: true });
    }

    /** A browser does not say which of the two it was: a file that did not come, or one it cannot play. */
    async #failed() {
      const isNetwork = this.media.error?.code === MediaError.MEDIA_ERR_NETWORK;
      if (isNetwork || !(await this.#isThere())) return this.#cannotBeFetched();
      this.say(parley.word("This file cannot be played here."));
    }

    async #isThere() {
      if (this.#object) return true;
      try {
        return (await fetch(this.dataset.src, { headers: parley.headers({ Range: "bytes=0-0" }) })).ok;
      } catch {
        return false; // no line
      }
    }

    #again() {
      this.say("");
      if (!parley.hasToken()) this.media.src = this.dataset.src;
      this.draw();
      this.querySelector(this.media.controls ? "video" : "[data-play]").focus();
      this.play();
    }
  }

  class AudioPlayer extends MediaPlayer {
    connectedCallback() {
      super.connectedCallback();
      this.listen(this.#seek, "input", () => this.#jump());
      this.listen(this.media, "timeupdate", () => this.draw());
    }

    get #seek() {
      return this.querySelector("[data-seek]");
    }

    #jump() {
      const { media } = this;
      if (Number.isFinite(media.duration)) media.currentTime = (this.#seek.value / 1000) * media.duration;
    }

    draw() {
      const { currentTime, duration, paused } = this.media;
      const length = Number.isFinite(duration) ? duration : 0;
      const button = this.querySelector("[data-play]");
      button.setAttribute("aria-pressed", !paused);
      button.setAttribute("aria-label", paused ? button.dataset.playWord : button.dataset.pauseWord);
      this.#seek.value = length ? (1000 * currentTime) / length : 0;
      const words = length ? `${parley.lasted(currentTime)} / ${parley.lasted(length)}` : parley.lasted(currentTime);
      this.#seek.setAttribute("aria-valuetext", words);
      this.querySelector("[data-time]").textContent = words;
    }
  }

  class VideoPlayer extends MediaPlayer {
    /** The browser's own controls, once there is something to control. */
    draw() {
      const { media } = this;
      const button = this.querySelector("[data-play]");
      const wasHere = document.activeElement === button;
      media.controls = Boolean(media.src);
      button.hidden = media.controls || this.hasAttribute("data-failed");
      this.querySelector("[data-time]").textContent = "";
      if (wasHere && media.controls) media.focus();
    }
  }

  customElements.define("audio-player", AudioPlayer);
  customElements.define("video-player", VideoPlayer);
}
