// How bold and italic are stored: lines of runs {text, bold, italic} to the small Markdown subset that
// app/interactions/formatting.py takes, and back. `parse` reads as the server reads;
// `write` escapes what was not meant as a mark, so that what was seen while typing is what is shown.
{
  const SPACE = /[\t\n\v\f\r\p{Zs}]/u;
  const PUNCTUATION = /[\p{P}\p{S}]/u;
  const WORD = /[\p{L}\p{N}]/u;
  const ESCAPABLE = /[!-/:-@[-`{-~]/;
  const NAMES = ["bold", "italic"];

  const isSpace = (char) => char === undefined || SPACE.test(char);
  const isWord = (char) => char !== undefined && !isSpace(char) && !PUNCTUATION.test(char);
  const sameMarks = (one, other) => one && other && one.bold === other.bold && one.italic === other.italic;

  /** Lines of runs from the stored form; several blank lines are one. */
  function parse(body) {
    const paragraphs = body.replace(/^(?:[ \t]*\n)+|(?:\n[ \t]*)+$/g, "").split(/\n(?:[ \t]*\n)+/);
    return paragraphs.flatMap((paragraph, number) => [...(number ? [[]] : []), ...parseParagraph(paragraph)]);
  }

  function parseParagraph(paragraph) {
    const tokens = tokenize([...paragraph]);
    mark(tokens);
    const lines = [[]];
    const depth = { bold: 0, italic: 0 };
    for (const token of tokens) {
      if (token.turns) depth[token.turns] += token.by;
      else if (token.breaks) lines.push([]);
      else append(lines.at(-1), { text: token.text, bold: depth.bold > 0, italic: depth.italic > 0 });
    }
    return lines;
  }

  function append(line, run) {
    if (!run.text) return;
    if (sameMarks(line.at(-1), run)) line.at(-1).text += run.text;
    else line.push(run);
  }

  function tokenize(chars) {
    const tokens = [];
    for (let at = 0; at < chars.length; ) {
      const char = chars[at];
      const next = chars[at + 1];
      if (char === "\\" && next === "\n") at += tokens.push({ breaks: true }) && 2;
      else if (char === "\n") at += tokens.push({ breaks: true }) && 1;
      else if (char === "\\" && next && ESCAPABLE.test(next)) at += tokens.push({ text: next }) && 2;
      else if (char === "*" || char === "_") at += delimiters(chars, at, tokens);
      else at += tokens.push({ text: char }) && 1;
    }
    return tokens;
  }

  /** One token for each sign of a run of * or _, with whether it may open and close (CommonMark, 6.2). */
  function delimiters(chars, at, tokens) {
    const marker = chars[at];
    let end = at;
    while (chars[end] === marker) end += 1;
    const [before, after] = [chars[at - 1], chars[end]];
    const left = !isSpace(after) && (isWord(after) || !isWord(before));
    const right = !isSpace(before) && (isWord(before) || !isWord(after));
    const intraword = marker === "_";
    for (let n = at; n < end; n += 1) {
      tokens.push({
        text: marker,
        marker,
        length: end - at,
        opens: left && (!intraword || !right || PUNCTUATION.test(before)),
        closes: right && (!intraword || !left || PUNCTUATION.test(after)),
      });
    }
    return end - at;
  }

  /** Turn the delimiters that have a partner into marks. */
  function mark(tokens) {
    const signs = tokens.flatMap((token, at) => (token.marker ? [{ ...token, at, end: -1 }] : []));
    pair(signs);
    for (let i = signs.length - 1; i >= 0; i -= 1) {
      const { end, at, marker } = signs[i];
      if (end < 0) continue;
      const outer = signs[i - 1];
      const isBold = outer?.end === end + 1 && outer.marker === marker && outer.at === at - 1 && signs[end + 1].at === signs[end].at + 1;
      tokens[at] = { turns: isBold ? "bold" : "italic", by: 1 };
      tokens[signs[end].at] = { turns: isBold ? "bold" : "italic", by: -1 };
      if (!isBold) continue;
      tokens[outer.at] = tokens[signs[end + 1].at] = { text: "" };
      i -= 1;
    }
  }

  /** Each closing sign takes the nearest opening one; what lies between is then out of the game. */
  function pair(signs) {
    const bottom = new Map();
    for (let i = 0; i < signs.length; i += 1) {
      const closer = signs[i];
      if (!closer.closes || closer.gone) continue;
      const key = `${closer.marker}${closer.opens}${closer.length % 3}`;
      const found = openerFor(signs, i, bottom.get(key) ?? -1);
      if (found < 0) {
        bottom.set(key, i - 1 - runBefore(signs, i));
        continue;
      }
      for (let n = found + 1; n < i; n += 1) if (signs[n].end < 0) signs[n].gone = true;
      signs[found].end = i;
      signs[found].closes = closer.opens = false;
    }
  }

  /** How many signs of the same run stand before this one: a run does not close itself. */
  function runBefore(signs, i) {
    let n = 0;
    while (i - n > 0 && signs[i - n - 1].marker === signs[i].marker && signs[i - n - 1].at === signs[i - n].at - 1) n += 1;
    return n;
  }

  function openerFor(signs, i, bottom) {
    const closer = signs[i];
    for (let n = i - 1 - runBefore(signs, i); n > bottom; n -= 1) {
      const opener = signs[n];
      if (opener.marker !== closer.marker || !opener.opens || opener.end >= 0 || opener.gone) continue;
      const either = opener.closes || closer.opens;
      const three = (opener.length + closer.length) % 3 === 0 && (opener.length % 3 || closer.length % 3);
      if (!(either && three)) return n;
    }
    return -1;
  }

  /** The stored form of lines of runs. */
  function write(lines) {
    const written = lines.map(writeLine);
    const blank = (line) => line === undefined || !line.trim();
    while (written.length && blank(written.at(-1))) written.pop();
    while (written.length && blank(written[0])) written.shift();
    // One blank line parts paragraphs; of several each is kept by a break of its own.
    const several = (n) => blank(written[n]) && (blank(written[n - 1]) || blank(written[n + 1]));
    return written.map((line, n) => (several(n) ? "\\" : blank(line) ? "" : line)).join("\n");
  }

  function writeLine(runs) {
    const chars = runs.flatMap(({ text, bold, italic }) => Array.from(text, (char) => ({ char, bold: Boolean(bold), italic: Boolean(italic) })));
    if (!chars.some(({ bold, italic }) => bold || italic)) return spell(chars);
    NAMES.forEach((name) => tidy(chars, name));
    // Marks that meet within a word cannot always be told apart: then what is less is left out.
    const attempts = [
      [chars, "*"],
      [chars, "_"],
      [chars.map((one) => ({ ...one, italic: one.italic && !one.bold })), "_"],
      [chars.map((one) => ({ ...one, italic: false })), "*"],
    ];
    for (const [kept, italic] of attempts) {
      const text = spell(kept, { bold: "**", italic });
      if (readsAs(text, kept)) return text;
    }
    return spell(chars.map(({ char }) => ({ char, bold: false, italic: false })));
  }

  /** A mark begins and ends at a word: spaces at its edges, and signs that a word touches, go outside. */
  function tidy(chars, name) {
    const at = (n) => chars[n]?.char;
    for (let n = 0; n < chars.length; n += 1) {
      if (!isSpace(at(n))) continue;
      let end = n;
      while (end < chars.length && isSpace(at(end))) end += 1;
      const between = Boolean(chars[n - 1]?.[name] && chars[end]?.[name]);
      for (; n < end; n += 1) chars[n][name] = between;
    }
    for (let from = 0; from < chars.length; from += 1) {
      if (!chars[from][name]) continue;
      let to = from;
      while (chars[to]?.[name]) to += 1;
      const next = to;
      while (from < to && (isSpace(at(from)) || (!isWord(at(from)) && isWord(at(from - 1))))) chars[from++][name] = false;
      while (to > from && (isSpace(at(to - 1)) || (!isWord(at(to - 1)) && isWord(at(to))))) chars[--to][name] = false;
      from = next;
    }
  }

  function spell(chars, signs = {}) {
    const open = [];
    let text = "";
    const close = () => (text += signs[open.pop()]);
    const lasts = (name, n) => {
      let end = n;
      while (chars[end]?.[name]) end += 1;
      return end;
    };
    chars.forEach((one, n) => {
      while (open.some((name) => !one[name])) close();
      // Where marks overlap the inner one is closed and opened again, at the next word.
      const begins = isSpace(one.char) ? [] : NAMES.filter((name) => one[name] && !open.includes(name));
      for (const name of begins.sort((a, b) => lasts(b, n) - lasts(a, n))) {
        open.push(name);
        text += signs[name];
      }
      text += escaped(chars, n);
    });
    while (open.length) close();
    return text;
  }

  function escaped(chars, n) {
    const [before, here, after] = [chars[n - 1], chars[n], chars[n + 1]];
    const { char } = here;
    if (!"\\*_".includes(char)) return char;
    const letters = (one) => sameMarks(one, here) && WORD.test(one.char);
    const harmless = {
      "\\": () => letters(after) || (sameMarks(after, here) && after.char === " "),
      "_": () => letters(before) && letters(after),
      "*": () => !here.bold && !here.italic && isSpace(before?.char) && isSpace(after?.char),
    };
    return harmless[char]() ? char : `\\${char}`;
  }

  function readsAs(text, chars) {
    const read = parse(text)[0].flatMap((run) => Array.from(run.text, (char) => ({ ...run, char })));
    return read.length === chars.length && read.every((one, n) => one.char === chars[n].char && (isSpace(one.char) || sameMarks(one, chars[n])));
  }

  /** A stored text as nodes, as the server's HTML has them. */
  function paragraphs(body) {
    const made = [document.createElement("p")];
    parse(body).forEach((line, number) => {
      if (!line.length && number) return made.push(document.createElement("p"));
      if (made.at(-1).hasChildNodes()) made.at(-1).append(document.createElement("br"));
      made.at(-1).append(...line.map((run) => element(run, { bold: "strong", italic: "em" })));
    });
    return made;
  }

  /** A run as a text, in the elements of its marks. */
  function element(run, tags) {
    let node = document.createTextNode(run.text);
    for (const name of ["bold", "italic"]) {
      if (!run[name]) continue;
      const mark = document.createElement(tags[name]);
      mark.append(node);
      node = mark;
    }
    return node;
  }

  parley.marked = { parse, write, paragraphs, element };
}
