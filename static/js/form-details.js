// parley.details: who somebody says they are in the form before a chat, while it is not sent. The words
// of it are a draft; name and address live only as long as the tab, which may not be theirs alone. They
// survive a reload and another form, and are shown to nobody but who has entered them.
{
  const KEY = `parley-details:${location.pathname}`;
  const stored = () => JSON.parse(sessionStorage.getItem(KEY));

  let kept = null; // {who, values}

  function save() {
    try {
      if (kept) sessionStorage.setItem(KEY, JSON.stringify(kept));
      else sessionStorage.removeItem(KEY);
    } catch {
      // Storage is blocked: it lives as long as the page.
    }
  }

  parley.details = {
    /** What they have entered, by field. */
    of: (who) => (kept?.who === who ? kept.values : {}),

    keep(who, values) {
      kept = { who, values: { ...parley.details.of(who), ...values } };
      save();
    },

    /** What nobody by name has entered is theirs from now on; what another has entered is gone. */
    become(who) {
      if (kept) kept = ["", who].includes(kept.who) ? { ...kept, who } : null;
      save();
    },

    forget() {
      kept = null;
      save();
    },
  };

  try {
    kept = stored();
  } catch {
    // Storage is blocked, or this is not ours: there is nothing to show.
  }
}
