// <upload-list data-url data-types data-megabytes data-most>: the files that wait in a composer.
// Uploads what is chosen here, or pasted and dropped into the composer, shows how far it is, and says what cannot be sent. The
// composer asks for `busy`, `ids` and `labels` when it sends, and calls `clear()` afterwards. What is
// on its way is kept by address, so that it goes on while its composer is swapped away.
{
  const AT_ONCE = 3;
  const MEGABYTE = 1024 * 1024;

  const kept = new Map();
  const filesOf = (url) => kept.get(url) ?? kept.set(url, []).get(url);

  const size = (bytes) => {
    const units = ["KB", "MB", "GB"];
    let [value, unit] = [Math.max(0.1, bytes / 1024), 0];
    for (; value >= 1000 && unit < 2; unit += 1) value /= 1024;
    const digits = value < 10 ? 1 : 0;
    return `${new Intl.NumberFormat(parley.locale(), { maximumFractionDigits: digits }).format(value)} ${units[unit]}`;
  };

  const ending = (name) => (name.includes(".") ? name.split(".").pop().toLowerCase() : "");

  function changed(url) {
    document.dispatchEvent(new CustomEvent("parley:uploads", { detail: { url } }));
  }

  /** Start what waits, a few at a time, in the order in which it was chosen. */
  function work(url) {
    const files = filesOf(url);
    const running = files.filter((one) => one.state === "uploading" && one.request).length;
    files
      .filter((one) => one.state === "uploading" && !one.request)
      .slice(0, AT_ONCE - running)
      .forEach((one) => upload(url, one));
  }

  function upload(url, one) {
    const request = new XMLHttpRequest();
    one.request = request;
    const [path, query] = url.split("?");
    const asked = new URLSearchParams(query);
    asked.set("name", one.file.name);
    request.open("PUT", `${path}/${one.id}?${asked}`);
    for (const [name, value] of Object.entries(parley.headers({ "Content-Type": one.file.type || "application/octet-stream" }))) {
      request.setRequestHeader(name, value);
    }
    request.upload.addEventListener("progress", (event) => {
      one.loaded = event.loaded;
      changed(url);
    });
    request.addEventListener("load", () => ended(url, one, request));
    request.addEventListener("error", () => ended(url, one, request));
    request.send(one.file);
    changed(url);
  }

  function ended(url, one, request) {
    one.request = null;
    const { status, responseText } = request;
    if (status === 200) {
      Object.assign(one, { state: "ready", chip: responseText });
    } else {
      const reason = status ? parley.words(responseText) : parley.word("The connection was lost.");
      Object.assign(one, { state: "refused", reason, again: !status || status === 408 || status >= 429, lineDown: !status });
    }
    changed(url);
    work(url);
  }

  function again(url, one) {
    Object.assign(one, { state: "uploading", loaded: 0, reason: "" });
    work(url);
    changed(url);
  }

  // The line is back: what was cut goes out again, under its own number.
  document.addEventListener("parley:catch-up", () => {
    for (const [url, files] of kept) {
      files.filter((one) => one.state === "refused" && one.lineDown).forEach((one) => again(url, one));
    }
  });

  // Whoever chose them has gone.
  document.addEventListener("parley:forget-files", () => {
    for (const [url, files] of kept) {
      for (const one of files.splice(0)) one.request?.abort();
      changed(url);
    }
  });

  window.addEventListener("beforeunload", (event) => {
    if ([...kept.values()].flat().some((one) => one.state === "uploading")) event.preventDefault();
  });

  class UploadList extends parley.SwappedElement {
    start(signal) {
      const on = (target, name, listener) => target?.addEventListener(name, listener, { signal });
      on(this.#composer.querySelector("[data-attach]"), "click", () => this.#input.click());
      on(this.#input, "change", () => this.#chosen());
      on(this.#composer, "parley:files", (event) => this.add(event.detail.files));
      on(this, "click", (event) => this.#clicked(event));
      on(document, "parley:uploads", (event) => event.detail.url === this.dataset.url && this.#draw());
      this.#draw();
    }

    /** Whether something is still on its way. */
    get busy() {
      return this.#files.some((one) => one.state === "uploading");
    }

    /** The ids of what is ready to be sent. */
    get ids() {
      return this.#ready.map((one) => one.id);
    }

    /** The names of what is ready to be sent. */
    get labels() {
      return this.#ready.map((one) => one.file.name);
    }

    /** Forget what was sent; what was refused stays to be read. */
    clear() {
      kept.set(this.dataset.url, this.#files.filter((one) => one.state !== "ready"));
      this.#draw();
    }

    /** Take files: each is uploaded, or says why it is not. */
    add(files) {
      for (const file of files) {
        const reason = this.#refusal(file);
        const one = { id: parley.nonce(), file, state: reason ? "refused" : "uploading", reason, loaded: 0 };
        this.#files.push(one);
        if (reason) this.#say(`${file.name}: ${reason}`);
      }
      work(this.dataset.url);
      this.#draw();
    }

    get #composer() {
      return this.closest("message-composer");
    }

    get #input() {
      return this.querySelector("input[type=file]");
    }

    get #files() {
      return filesOf(this.dataset.url);
    }

    get #ready() {
      return this.#files.filter((one) => one.state === "ready");
    }

    /** Why the browser knows already that it cannot be sent. */
    #refusal(file) {
      const { types, megabytes, most } = this.dataset;
      if (!types.split(",").includes(`.${ending(file.name)}`)) return parley.word("This type cannot be sent.");
      if (file.size > megabytes * MEGABYTE) return parley.word("Larger than {size} MB.", { size: megabytes });
      if (!file.size) return parley.word("This file is empty.");
      const count = this.#files.filter((one) => one.state !== "refused").length;
      return count >= most ? parley.word("A message has at most {count} files.", { count: most }) : "";
    }

    #chosen() {
      this.add([...this.#input.files]);
      this.#input.value = "";
      this.#composer.querySelector("[data-focus-next]").focus();
    }

    #clicked(event) {
      const chip = event.target.closest("[data-upload]");
      const one = this.#files.find(({ id }) => id === chip?.dataset.upload);
      if (!one) return;
      if (event.target.closest("[data-again]")) return again(this.dataset.url, one);
      if (!event.target.closest("[data-remove]")) return;
      one.request?.abort();
      this.#files.splice(this.#files.indexOf(one), 1);
      work(this.dataset.url);
      this.#draw();
      this.#composer.querySelector("[data-attach]")?.focus();
    }

    #say(words) {
      this.querySelector("[data-said]").textContent = words;
    }

    #draw() {
      const list = this.querySelector(".uploads");
      const shown = new Map([...list.children].map((chip) => [chip.dataset.upload, chip]));
      for (const one of this.#files) {
        let chip = shown.get(one.id) ?? list.appendChild(this.#template());
        shown.delete(one.id);
        if (one.state === "ready" && chip.dataset.state !== "ready") chip = this.#readyChip(chip, one);
        if (one.state !== "ready") this.#fill(chip, one);
        chip.dataset.state = one.state;
      }
      shown.forEach((chip) => chip.remove());
    }

    #template() {
      return this.querySelector("template").content.firstElementChild.cloneNode(true);
    }

    /** The server's own chip takes the place of ours. */
    #readyChip(chip, one) {
      const made = document.importNode(new DOMParser().parseFromString(one.chip, "text/html").body.firstElementChild, true);
      chip.replaceWith(made);
      this.#say(parley.word("{name} is ready to be sent.", { name: one.file.name }));
      return made;
    }

    #fill(chip, one) {
      const part = (name) => chip.querySelector(name);
      const total = one.file.size;
      const refused = one.state === "refused";
      chip.dataset.upload = one.id;
      chip.classList.toggle("attachment--refused", refused);
      part(".attachment__tile").textContent = ending(one.file.name).slice(0, 7).toUpperCase() || "?";
      part(".attachment__begin").textContent = one.file.name.slice(0, -8);
      part("[data-end]").textContent = one.file.name.slice(-8);
      part(".attachment__name").title = one.file.name;
      part(".attachment__facts").textContent = refused
        ? one.reason
        : parley.word("Uploading, {done} of {total}", { done: size(Math.min(one.loaded, total)), total: size(total) });
      const bar = part(".attachment__bar");
      bar.hidden = refused;
      bar.value = total ? (1000 * one.loaded) / total : 0;
      bar.setAttribute("aria-label", parley.word("Upload of {name}", { name: one.file.name }));
      part("[data-again]").hidden = !(refused && one.again);
      const words = refused ? parley.word("Remove {name}", { name: one.file.name }) : parley.word("Cancel {name}", { name: one.file.name });
      part("[data-remove]").setAttribute("aria-label", words);
      part("[data-remove]").title = words;
    }
  }

  customElements.define("upload-list", UploadList);
}
