// parley.outbox: what was written and is not yet acknowledged by the server, by the address it goes
// to. It outlives the element in which it was written, sends in order, and a retry carries the same
// nonce, so that a lost answer never makes a second entry.
//   parley:outbox {url}   on document: something of this address has changed
// A message is plain data: {nonce, fields: [[name, value], …], body, labels, note, state, reason…}.
{
  const boxes = new Map();

  const bubbleOf = (nonce) => document.querySelector(`.entry--pending[data-nonce="${nonce}"]`);
  const isSending = (message) => message.state === "sending";

  const outbox = {
    /** Where what waits is kept over a reload; this one keeps nothing. */
    store: { load: () => [], save() {} },

    /** What waits at this address, oldest first. */
    of(url) {
      if (!boxes.has(url)) boxes.set(url, outbox.store.load(url));
      return boxes.get(url);
    },

    add(url, message) {
      outbox.of(url).push({ nonce: parley.nonce(), state: "sending", reason: "", ...message });
      changed(url);
      deliver(url);
    },

    retry(url, nonce) {
      for (const message of outbox.of(url)) if (message.nonce === nonce) message.state = "sending";
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
      for (const message of waiting) if (message.lineDown) message.state = "sending";
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
      const page = Object.entries(parley.page?.() ?? {});
      const answer = await parley.request("POST", url, [...message.fields, ["nonce", message.nonce], ...page]);
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

  // The line is back: what failed because of the line goes out again, in its order.
  document.addEventListener("parley:catch-up", () => {
    for (const [url, waiting] of boxes) {
      waiting.filter((message) => message.state === "failed" && !message.final).forEach((message) => (message.state = "sending"));
      changed(url);
      deliver(url);
    }
  });

  window.addEventListener("beforeunload", (event) => {
    if ([...boxes.values()].some((waiting) => waiting.length)) event.preventDefault();
  });

  parley.outbox = outbox;
}
