// <rich-text contenteditable role=textbox aria-placeholder>: a field in which bold looks bold. Its
// `value` is the stored form (marked-text.js). The browser edits, undoes and spells; what is pasted or
// dropped comes in as words with bold, italic and line breaks, and as nothing else.
//   parley:dropped {files}   files were pasted
{
  const BLOCKS = new Set("ADDRESS ARTICLE ASIDE BLOCKQUOTE DD DIV DL DT FIGURE FOOTER H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN OL P PRE SECTION TABLE TR UL".split(" "));
  const APART = new Set("P BLOCKQUOTE H1 H2 H3 H4 H5 H6 UL OL TABLE".split(" "));
  const SILENT = new Set("HEAD SCRIPT STYLE TEMPLATE TITLE NOSCRIPT".split(" "));
  const NAMES = ["bold", "italic"];
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

  /** What was copied, with its styles as mere words: the page's policy refuses every style in markup. */
  function harmless(html) {
    const tags = html.replace(/<style[^>]*>[^]*?<\/style>/gi, "").replace(/<[^>]*>/g, (tag) => tag.replace(/\sstyle=/gi, " data-style="));
    return new DOMParser().parseFromString(tags, "text/html").body;
  }

  function marksOf(node, { bold, italic }) {
    const style = node.dataset?.style ?? "";
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

  /** Lines as single signs with their marks, and back; a line's end is a sign too. */
  const signsOf = (lines) =>
    lines.flatMap((line, n) => [
      ...(n ? [{ text: "\n" }] : []),
      ...line.flatMap(({ text, ...marks }) => text.split("").map((sign) => ({ text: sign, ...marks }))),
    ]);

  function linesOf(signs) {
    const lines = [[]];
    for (const { text, bold = false, italic = false } of signs) {
      const last = lines.at(-1).at(-1);
      if (text === "\n") lines.push([]);
      else if (last && last.bold === bold && last.italic === italic) last.text += text;
      else lines.at(-1).push({ text, bold, italic });
    }
    return lines;
  }

  class RichText extends HTMLElement {
    #stopped;
    #caret = null;
    #pointing = false;
    // Marks chosen at the caret for what will be typed there: {at, bold, italic}.
    #next = null;
    #composing = false;

    connectedCallback() {
      this.#stopped = new AbortController();
      const { signal } = this.#stopped;
      const on = (target, name, listener) => target.addEventListener(name, listener, { signal });
      on(this, "beforeinput", (event) => this.#beforeInput(event));
      on(this, "input", () => this.#changed());
      on(this, "compositionstart", () => (this.#composing = true));
      on(this, "compositionend", (event) => this.#markTyped(event.data.length));
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
      return this.#caret ? this.#before(this.#caret.startContainer, this.#caret.startOffset).split("\n").at(-1) : "";
    }

    /** Whether what is typed now would have this mark. */
    has(mark) {
      if (document.activeElement !== this) return false;
      return this.#next ? this.#next[mark] : document.queryCommandState(mark);
    }

    /**
     * Give the selected words the mark, or take it away; without a selection, choose it for what is typed
     * next. The browser's own command would write styles, which the page's policy refuses.
     */
    toggle(mark) {
      this.focus();
      const [from, to] = this.#selected;
      const marked = !this.has(mark);
      if (from === to) {
        const marks = Object.fromEntries(NAMES.map((name) => [name, this.has(name)]));
        this.#next = { ...marks, at: from, [mark]: marked };
        return;
      }
      this.#mark(from, to, { [mark]: marked });
      this.#select(from, to);
    }

    #mark(from, to, marks) {
      this.#rewrite(signsOf(read(this)).map((sign, n) => (n >= from && n < to ? { ...sign, ...marks } : sign)));
    }

    /** Write everything anew, as one step that can be undone. */
    #rewrite(signs) {
      const holder = document.createElement("div");
      holder.append(...nodes(linesOf(signs)));
      getSelection().selectAllChildren(this);
      document.execCommand("insertHTML", false, holder.innerHTML);
      // What was replaced may leave its marks behind, around nothing.
      for (const one of this.querySelectorAll("b, i")) if (!one.textContent && !one.querySelector("br")) one.remove();
    }

    /** An input method has put so many signs before the caret. */
    #markTyped(length) {
      const next = this.#next;
      this.#next = null;
      this.#composing = false;
      if (!next || !length) return;
      this.#mark(next.at, next.at + length, { bold: next.bold, italic: next.italic });
      this.#select(next.at + length);
    }

    /** All that stands before a place. */
    #before(node, offset) {
      const before = document.createRange();
      before.selectNodeContents(this);
      before.setEnd(node, offset);
      const copy = document.createElement("div");
      // A break at its end begins a line, so something must stand on it.
      copy.append(before.cloneContents(), "|");
      return words(read(copy)).slice(0, -1);
    }

    get #selected() {
      const { startContainer, startOffset, endContainer, endOffset } = getSelection().getRangeAt(0);
      return [this.#before(startContainer, startOffset).length, this.#before(endContainer, endOffset).length];
    }

    #select(from, to = from) {
      getSelection().setBaseAndExtent(...this.#place(from, from < to), ...this.#place(to, false));
    }

    /** The place after so many signs; at the border of two texts the end of the first, or the start of the next. */
    #place(offset, later) {
      let left = offset;
      const parts = document.createTreeWalker(this, NodeFilter.SHOW_ALL);
      while (parts.nextNode()) {
        const node = parts.currentNode;
        if (node.nodeType === Node.TEXT_NODE) {
          if (left < node.length || (left === node.length && !later)) return [node, left];
          left -= node.length;
        } else if (node.nodeName === "BR") {
          if (!left) return [node.parentNode, [...node.parentNode.childNodes].indexOf(node)];
          left -= 1;
        }
      }
      return [this, this.childNodes.length];
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

    #beforeInput(event) {
      const { inputType, data, dataTransfer, isComposing } = event;
      if (inputType === "insertParagraph") {
        event.preventDefault();
        document.execCommand("insertLineBreak");
      } else if (inputType.startsWith("format")) {
        event.preventDefault();
        if (FORMATS[inputType]) this.toggle(FORMATS[inputType]);
      } else if (inputType === "insertFromDrop") {
        event.preventDefault();
        this.#take(dataTransfer);
      } else if (inputType === "insertText" && data && this.#next && !isComposing) {
        event.preventDefault();
        this.#type(data);
      } else if (inputType === "insertText" && data?.includes("\n")) {
        event.preventDefault();
        this.#put(plainLines(data));
      }
    }

    /** Type with the marks that were chosen for it. */
    #type(text) {
      const { at, bold, italic } = this.#next;
      this.#next = null;
      const signs = signsOf(read(this));
      signs.splice(at, 0, ...text.split("").map((sign) => ({ text: sign, bold, italic })));
      this.#rewrite(signs);
      this.#select(at + text.length);
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
      const lines = html ? read(harmless(html), { typed: false }) : [];
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
      if (!selection.rangeCount || !this.contains(selection.anchorNode)) return;
      this.#caret = selection.getRangeAt(0).cloneRange();
      if (this.#next && !(selection.isCollapsed && this.#selected[0] === this.#next.at)) this.#next = this.#composing ? this.#next : null;
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
