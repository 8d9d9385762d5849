// How entries are put into a log, before hx-upsert is asked: the same result, an entry by its id or
// else in the order of its number, but beginning where it most often belongs, at the end. The walk of
// hx-upsert from the first entry, with a comparison of ids by the language's rules, takes a third of
// a second for each message in a log of five thousand.
{
  const seq = (entry) => Number(entry.dataset.seq);

  htmx.registerExtension("entries-in-order", {
    handle_swap(style, log, fragment) {
      if (style !== "upsert" || !log.matches("[role=log]")) return false;
      let place = null;
      for (const entry of [...fragment.children]) {
        const known = document.getElementById(entry.id);
        if (known) {
          known.replaceWith(entry);
        } else {
          place = log.contains(place) ? place : parley.entries.lastIn(log);
          while (place && seq(place) > seq(entry)) place = parley.entries.before(place);
          while (place && seq(parley.entries.after(place) ?? entry) < seq(entry)) place = parley.entries.after(place);
          if (place) place.after(entry);
          else log.prepend(entry);
        }
        place = entry;
      }
      return true;
    },
  });
}
