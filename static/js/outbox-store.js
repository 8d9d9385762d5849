// Keeps what waits in the outbox of a widget over a reload, each message under a key of its own, so
// that the tabs of a browser do not overwrite one another's. Where storage is blocked it lives as
// long as the page. What a tab has left behind is taken over by the next one that asks.
{
  const PREFIX = "parley-outbox:";
  const DAY = 24 * 3600 * 1000;
  const LEFT_BEHIND = 5000;

  const mine = new Set(); // the keys of what this tab keeps

  const startOf = (url) => `${PREFIX}${url}:`;

  /** Older than a day, somebody must want it: it is shown as not sent, with Retry. */
  function asMessage({ at, ...message }) {
    const old = Date.now() - at > DAY;
    return { ...message, left: true, reason: "", state: old ? "failed" : "sending", final: old };
  }

  function kept(url, { before = Infinity } = {}) {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(startOf(url)) && !mine.has(key));
      const found = keys.map((key) => [key, JSON.parse(localStorage.getItem(key))]).filter(([, one]) => one?.at < before);
      for (const [key] of found) mine.add(key);
      return found.map(([, one]) => one).sort((a, b) => a.at - b.at).map(asMessage);
    } catch {
      return []; // storage is blocked
    }
  }

  function save(url, waiting) {
    try {
      const keys = new Set(waiting.map(({ nonce }) => startOf(url) + nonce));
      for (const { nonce, fields, body, labels, note, who } of waiting) {
        const key = startOf(url) + nonce;
        if (mine.has(key)) continue;
        localStorage.setItem(key, JSON.stringify({ nonce, fields, body, labels, note, who, at: Date.now() }));
        mine.add(key);
      }
      parley.outbox.store.keeps = true;
      for (const key of [...mine].filter((one) => one.startsWith(startOf(url)) && !keys.has(one))) {
        localStorage.removeItem(key);
        mine.delete(key);
      }
    } catch {
      parley.outbox.store.keeps = false; // blocked or full: it lives as long as the page
    }
  }

  parley.outbox.keepIn({
    keeps: false,
    load: (url) => kept(url),
    leftBehind: (url) => kept(url, { before: Date.now() - LEFT_BEHIND }),
    save,
  });

  // Another tab has brought a message to the server.
  window.addEventListener("storage", ({ key, newValue }) => {
    if (!key?.startsWith(PREFIX) || newValue !== null || !mine.has(key)) return;
    document.dispatchEvent(new CustomEvent("parley:stored", { detail: { nonce: key.slice(key.lastIndexOf(":") + 1) } }));
  });
}
