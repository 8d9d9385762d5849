// parley.outbox: what was written and is not yet acknowledged by the server, by the address it goes
// to. It outlives the element in which it was written, sends in order, and a retry carries the same
// nonce, so that a lost answer never makes a second entry.
//   parley:outbox {url}   on document: something of this address has changed
// A message is plain data: {nonce, fields: [[name, value], …], body, labels, note, state, reason…}.
{
  const LOOK_AGAIN = 5000;
  const boxes = new Map();

  const bubbleOf = (nonce) => document.querySelector(`.entry--pending[data-nonce="${nonce}"]`);
  // What somebody has written who has gone is nobody's to see or to send.
  const isOurs = ({ who }) => !who || who === parley.writer();
  // What a page has left behind waits until the next one has had its time to say who is there.
  const isHeld = ({ left }) => Boolean(left) && !parley.isSettled();
  const isSending = (message) => message.state === "sending" && isOurs(message) && !isHeld(message);

  const outbox = {
    /** Where what waits is kept over a reload; this one keeps nothing. */
    store: { keeps: false, load: () => [], leftBehind: () => [], save() {} },

    /** What waits at this address, oldest first. */
    of(url) {
      if (!boxes.has(url)) {
        boxes.set(url, []);
        outbox.load(url);
      }
      return boxes.get(url);
    },

    /** Of that what whoever is here may see. */
    shown: (url) => outbox.of(url).filter(isOurs),

    /** Keep it there from now on; composers that came before are given what was there. */
    keepIn(store) {
      outbox.store = store;
      boxes.forEach((_, url) => outbox.load(url));
    },

    load(url) {
      const found = outbox.store.load(url);
      if (!found.length) return;
      take(url, found);
      setTimeout(() => deliver(url));
    },

    add(url, message) {
      outbox.of(url).push({ nonce: parley.nonce(), state: "sending", reason: "", who: parley.writer(), ...message });
      changed(url);
      deliver(url);
    },

    retry(url, nonce) {
      for (const message of outbox.of(url)) {
        if (message.nonce === nonce) Object.assign(message, { state: "sending", left: false, who: parley.writer() });
      }
      changed(url);
      deliver(url);
    },

    /** Whoever wrote here has gone: nothing of it is sent for somebody else. */
    forget(url) {
      for (const message of outbox.of(url).splice(0)) message.forgotten = true;
      changed(url);
    },

    /** It is settled who is here: what is theirs goes, and what a known other wrote is forgotten. */
    settle(url, { forget = true } = {}) {
      const all = outbox.of(url).splice(0);
      for (const message of all) message.forgotten = forget && !isOurs(message);
      take(url, all.filter((message) => !message.forgotten));
      changed(url);
      deliver(url);
    },

    /** How it stands with a message, in its bubble. */
    mark(bubble, { state, reason, signedOut }) {
      if (!bubble) return;
      if (bubble.dataset.state !== state) bubble.dataset.state = state;
      const words = signedOut ? parley.word("You have been signed out.") : reason;
      bubble.querySelector("[data-reason]").textContent = words ? `${words} ` : "";
    },
  };

  /** What an unnamed person has left behind is sent for a named one only when they want it. */
  function take(url, found) {
    for (const message of found) {
      if (message.left && message.who !== parley.writer() && isOurs(message)) Object.assign(message, { state: "failed", final: true });
    }
    boxes.get(url).push(...found);
  }

  /** Told also where the composer has gone meanwhile. */
  function changed(url) {
    const waiting = outbox.of(url);
    outbox.store.save(url, waiting);
    for (const message of waiting) outbox.mark(bubbleOf(message.nonce), message);
    document.dispatchEvent(new CustomEvent("parley:outbox", { detail: { url } }));
  }

  /**
   * Send what waits at this address, one after the other, so that the order stays: what found no
   * line before goes first, and while there is none nothing overtakes it.
   */
  async function deliver(url) {
    const waiting = outbox.of(url);
    if (waiting.busy) return;
    waiting.busy = true;
    try {
      for (const message of waiting) if (message.lineDown && !isHeld(message)) message.state = "sending";
      changed(url);
      while (waiting.some(isSending)) {
        const message = waiting.find(isSending);
        await send(url, message);
        if (message.lineDown) waiting.filter(isSending).forEach((next) => fail(next, { lineDown: true }));
      }
      changed(url);
    } finally {
      waiting.busy = false;
    }
  }

  async function send(url, message) {
    message.lineDown = false;
    try {
      await parley.beforeSending(message);
      const page = Object.entries(parley.page?.() ?? {});
      const post = () => {
        if (message.forgotten) throw new Error("Whoever wrote it has gone.");
        return parley.request("POST", url, [...message.fields, ["nonce", message.nonce], ...page]);
      };
      const answer = await parley.alone(`parley-message:${message.nonce}`, post);
      const text = await answer.text();
      if (answer.ok) {
        const token = answer.headers.get("parley-visitor");
        if (token) document.dispatchEvent(new CustomEvent("parley:token", { detail: { token } }));
        stored(message.nonce);
        await show(answer, text);
        return;
      }
      const signedOut = answer.status === 401;
      fail(message, { reason: signedOut ? "" : parley.words(text), signedOut, final: answer.status < 500, lineDown: answer.status > 500 });
    } catch {
      fail(message, { lineDown: true });
    }
    changed(url);
  }

  async function show(answer, text) {
    const target = answer.headers.get("HX-Retarget");
    if (target) {
      await parley.swap(text, target, answer.headers.get("HX-Reswap"));
    } else {
      const log = text.match(/id="entry_(\d+)_/)?.[1];
      if (log && document.getElementById(`log_${log}`)) await parley.swap(text, `#log_${log}`, "upsert sort:true");
      else document.dispatchEvent(new CustomEvent("parley:other-conversation"));
    }
    document.dispatchEvent(new CustomEvent("parley:sent"));
  }

  function fail(message, { reason = "", signedOut = false, final = false, lineDown = false }) {
    Object.assign(message, { state: "failed", reason, signedOut, final, lineDown });
  }

  /** The server has it: what stood for it goes, whether the answer came first or the push. */
  function stored(nonce) {
    for (const [url, waiting] of boxes) {
      const at = waiting.findIndex((message) => message.nonce === nonce);
      if (at < 0) continue;
      waiting.splice(at, 1);
      bubbleOf(nonce)?.remove();
      changed(url);
    }
  }

  document.addEventListener("parley:stored", (event) => stored(event.detail.nonce));

  // The line is back: what failed because of the line goes out again, in its order, after it what
  // a tab that is gone has left.
  function again() {
    for (const [url, waiting] of boxes) {
      take(url, outbox.store.leftBehind(url));
      waiting.filter((message) => message.state === "failed" && !message.final).forEach((message) => (message.state = "sending"));
      changed(url);
      deliver(url);
    }
  }

  document.addEventListener("parley:catch-up", again);
  window.addEventListener("online", again);

  // Before the first message has arrived there is no stream that would tell.
  setInterval(() => [...boxes.values()].flat().some(({ lineDown }) => lineDown) && again(), LOOK_AGAIN);

  window.addEventListener("beforeunload", (event) => {
    if (!outbox.store.keeps && [...boxes.values()].some((waiting) => waiting.length)) event.preventDefault();
  });

  parley.outbox = outbox;
}
