// parley.drafts: what was begun and not sent, by whose it is and where it would go. It survives a
// reload, another conversation and signing in again; somebody else on the same browser does not see
// it. Only sending clears a draft; those long forgotten go by themselves.
{
  const PREFIX = "parley-draft:";
  const KEPT = 30 * 24 * 3600 * 1000;
  const MOST = 100;

  // What lives as long as the page, also where storage is blocked.
  const held = new Map();

  function stored(key) {
    try {
      const { text, at } = JSON.parse(localStorage.getItem(PREFIX + key)) ?? {};
      return typeof text === "string" && Date.now() - at < KEPT ? { text, at } : null;
    } catch {
      return null; // blocked, or not ours
    }
  }

  function prune() {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    const drafts = keys.map((key) => ({ key, at: stored(key.slice(PREFIX.length))?.at ?? 0 })).sort((a, b) => b.at - a.at);
    drafts.filter(({ at }, n) => !at || n >= MOST).forEach(({ key }) => localStorage.removeItem(key));
  }

  parley.drafts = {
    key: (owner, url) => `${owner}:${url}`,

    /** What others than these have begun there is gone. */
    keepOnly(owners, url) {
      const kept = new Set(owners.map((owner) => PREFIX + parley.drafts.key(owner, url)));
      const isOthers = (key) => key.startsWith(PREFIX) && key.endsWith(`:${url}`) && !kept.has(key);
      for (const key of [...held.keys()]) if (isOthers(PREFIX + key)) held.delete(key);
      try {
        for (const key of Object.keys(localStorage)) if (isOthers(key)) localStorage.removeItem(key);
      } catch {
        // Storage is blocked: nothing is kept there.
      }
    },

    read: (key) => stored(key)?.text ?? held.get(key) ?? "",

    write(key, text) {
      held.set(key, text);
      try {
        if (text) localStorage.setItem(PREFIX + key, JSON.stringify({ text, at: Date.now() }));
        else localStorage.removeItem(PREFIX + key);
      } catch {
        // Storage is blocked or full: the draft lives as long as the page.
      }
    },
  };

  try {
    prune();
  } catch {
    // Storage is blocked: there is nothing to prune.
  }
}
