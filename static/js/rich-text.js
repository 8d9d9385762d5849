// <rich-text contenteditable role=textbox aria-placeholder>: a field in which bold looks bold. Its
// `value` is the stored form (marked-text.js). The browser edits, undoes and spells; what is pasted or
// dropped comes in as words with bold, italic and line breaks, and as nothing else.
//   parley:dropped {files}   files were pasted
{
  const BLOCKS = new Set("ADDRESS ARTICLE ASIDE BLOCKQUOTE DD DIV DL DT FIGURE FOOTER H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN OL P PRE SECTION TABLE TR UL".split(" "));
  const APART = new Set("P BLOCKQUOTE H1 H2 H3 H4 H5 H6 UL OL TABLE".split(" "));
  const SILENT = new Set("HEAD SCRIPT STYLE TEMPLATE TITLE NOSCRIPT".split(" "));
  const FORMATS = { formatBold: "bold", formatItalic: "italic" };

  /** Lines of runs from nodes; text of a web page has its spaces collapsed, typed text keeps them. */
  function read(root, { typed = true } = {}) {
    const lines = [[]];
    let apart = 0;
    const begin = () => {
      if (lines.at(-1).length) lines.push([]);
    };
    const add = (text, marks) => {
      const words = text.replaceAll("\u00a0", " ");
      const said = typed || lines.at(-1).length ? words : words.trimStart();
      if (!said) return;
      if (apart && lines.length > 1) lines.splice(-1, 0, []);
      apart = 0;
      lines.at(-1).push({ text: said, ...marks });
    };
    const walk = (node, marks, preserved) => {
      if (node.nodeType === Node.TEXT_NODE) {
        const text = preserved ? node.data : node.data.replace(/[ \t\r\n]+/g, " ");
        text.split("\n").forEach((line, n) => {
          if (n) lines.push([]);
          add(line, marks);
        });
      } else if (node.nodeName === "BR") {
        lines.push([]);
      } else if (!SILENT.has(node.nodeName)) {
        const block = node !== root && BLOCKS.has(node.nodeName);
        if (block) begin();
        if (block && !typed && APART.has(node.nodeName)) apart = 1;
        const kept = preserved || node.nodeName === "PRE";
        node.childNodes.forEach((child) => walk(child, marksOf(node, marks), kept));
        if (block) begin();
        if (block && !typed && APART.has(node.nodeName)) apart = 1;
      }
    };
    walk(root, { bold: false, italic: false }, typed);
    // The last break only holds the caret's line open.
    if (lines.length > 1 && !lines.at(-1).length) lines.pop();
    return lines;
  }

  /** The style is read as text: a style that is never applied offends no policy. */
  function marksOf(node, { bold, italic }) {
    const style = node.getAttribute?.("style") ?? "";
    const weight = style.match(/font-weight:\s*(\w+)/i)?.[1];
    const slant = style.match(/font-style:\s*(\w+)/i)?.[1];
    return {
      bold: weight ? /^(bold|bolder|[6-9]00)$/i.test(weight) : bold || /^(B|STRONG|H[1-6]|TH)$/.test(node.nodeName),
      italic: slant ? /^(italic|oblique)$/i.test(slant) : italic || /^(I|EM|CITE)$/.test(node.nodeName),
    };
  }

  const words = (lines) => lines.map((line) => line.map((run) => run.text).join("")).join("\n");
  const plainLines = (text) => text.replace(/\r\n?/g, "\n").split("\n").map((line) => (line ? [{ text: line }] : []));

  /** The lines as nodes, with breaks between them. */
  function nodes(lines) {
    return lines.flatMap((line, n) => [...(n ? [document.createElement("br")] : []), ...line.map((run) => parley.marked.element(run, { bold: "b", italic: "i" }))]);
  }

  class RichText extends HTMLElement {
    #stopped;
    #caret = null;
    #pointing = false;

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      const on = (target, name, listener) => target.addEventListener(name, listener, { signal });
      on(this, "beforeinput", (event) => this.#before(event));
      on(this, "input", () => this.#changed());
      on(this, "paste", (event) => this.#paste(event));
      on(this, "pointerdown", () => (this.#pointing = true));
      on(document, "pointerup", () => (this.#pointing = false));
      on(this, "focus", () => this.#pointing || this.#putCaret(this.#caret));
      on(document, "selectionchange", () => this.#moved());
      this.#changed();
    }

    disconnectedCallback() {
      this.#stopped.abort();
    }

    get value() {
      return parley.marked.write(read(this));
    }

    set value(text) {
      const lines = parley.marked.parse(text);
      this.replaceChildren(...(text ? nodes(lines) : []));
      this.#caret = null;
      if (document.activeElement === this) this.#putCaret(null);
      this.#changed();
    }

    get placeholder() {
      return this.getAttribute("aria-placeholder");
    }

    set placeholder(words) {
      this.setAttribute("aria-placeholder", words);
    }

    /** What stands in the caret's line before it. */
    get beforeCaret() {
      // A change of the text is told before the caret's new place is.
      this.#moved();
      if (!this.#caret) return "";
      const before = document.createRange();
      before.selectNodeContents(this);
      before.setEnd(this.#caret.startContainer, this.#caret.startOffset);
      const copy = document.createElement("div");
      // A break at its end begins a line, so something must stand on it.
      copy.append(before.cloneContents(), "|");
      return words(read(copy)).split("\n").at(-1).slice(0, -1);
    }

    /** Whether what is typed now would have this mark. */
    has(mark) {
      return document.activeElement === this && document.queryCommandState(mark);
    }

    toggle(mark) {
      this.focus();
      document.execCommand("styleWithCSS", false, false);
      document.execCommand(mark);
    }

    /** Put a stored text at the caret, in place of so many characters before it. */
    insert(text, replacing = 0) {
      this.#put(parley.marked.parse(text), replacing);
    }

    #put(lines, replacing = 0) {
      this.focus();
      const selection = getSelection();
      if (replacing) selection.collapseToEnd();
      for (let n = 0; n < replacing; n += 1) selection.modify("extend", "backward", "character");
      const [only] = lines;
      if (lines.length === 1 && only.every((run) => !run.bold && !run.italic)) {
        document.execCommand(words(lines) ? "insertText" : "delete", false, words(lines));
        return;
      }
      const holder = document.createElement("div");
      holder.append(...nodes(lines));
      document.execCommand("insertHTML", false, holder.innerHTML);
    }

    #before(event) {
      const { inputType, data, dataTransfer } = event;
      if (inputType === "insertParagraph") {
        event.preventDefault();
        document.execCommand("insertLineBreak");
      } else if (inputType.startsWith("format")) {
        event.preventDefault();
        if (FORMATS[inputType]) this.toggle(FORMATS[inputType]);
      } else if (inputType === "insertFromDrop") {
        event.preventDefault();
        this.#take(dataTransfer);
      } else if (inputType === "insertText" && data?.includes("\n")) {
        event.preventDefault();
        this.#put(plainLines(data));
      }
    }

    #paste(event) {
      event.preventDefault();
      const { clipboardData } = event;
      // An office program gives its words as a picture too: words are meant then.
      if (clipboardData.files.length && !clipboardData.getData("text/plain")) {
        const files = [...clipboardData.files];
        this.dispatchEvent(new CustomEvent("parley:dropped", { bubbles: true, detail: { files } }));
      } else {
        this.#take(clipboardData);
      }
    }

    #take(data) {
      const html = data.getData("text/html");
      const lines = html ? read(new DOMParser().parseFromString(html, "text/html").body, { typed: false }) : [];
      if (words(lines).trim()) this.#put(lines);
      else if (data.getData("text/plain")) this.#put(plainLines(data.getData("text/plain")));
    }

    #changed() {
      // Browsers leave a break in a field that was emptied.
      this.toggleAttribute("data-empty", !this.textContent && this.querySelectorAll("br").length < 2);
    }

    /** Remember the caret, so that words from elsewhere come to where one wrote. */
    #moved() {
      const selection = getSelection();
      if (selection.rangeCount && this.contains(selection.anchorNode)) this.#caret = selection.getRangeAt(0).cloneRange();
    }

    #putCaret(range) {
      const kept = range && this.contains(range.startContainer) ? range : document.createRange();
      if (kept !== range) {
        kept.selectNodeContents(this);
        kept.collapse(false);
      }
      getSelection().removeAllRanges();
      getSelection().addRange(kept);
    }
  }

  customElements.define("rich-text", RichText);
}
