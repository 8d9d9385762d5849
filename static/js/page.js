// What the scripts of a page share: the server's time, and requests that carry the visitor's token.
{
  let ahead = 0;
  let known;
  let plurals;

  // An English page has no block of words: they are English in the scripts.
  const translations = () => (known ??= JSON.parse(document.getElementById("words")?.textContent || "{}"));
  const rules = () => (plurals ??= new Intl.PluralRules(parley.language()));
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(values, name) ? values[name] : place));

  let token = "";
  const HEADER = "parley-visitor";

  window.parley = {
    /** The server's time, in milliseconds, whatever the clock of this device says. */
    now: () => Date.now() + ahead,

    /** Learn the server's time from what it just said. */
    setNow(milliseconds) {
      if (Number.isFinite(milliseconds)) ahead = milliseconds - Date.now();
    },

    /** Where cookies do not come back, the visitor's token travels in a header. */
    setToken(value) {
      token = value;
    },

    /** Wait for what must be settled before a message is sent; a page of the widget may say what. */
    beforeSending: () => Promise.resolve(),

    /** Who writes, where the page knows it better than the server. */
    writer: () => "",

    /** Whether it has had its time to say so; where nobody can say it, it is. */
    isSettled: () => true,

    /** Do this while no other tab does what has the same name; or, `ifAvailable`, only if none does. */
    async alone(name, work, options = {}) {
      if (!navigator.locks) return work();
      let began = false;
      try {
        return await navigator.locks.request(name, options, (lock) => {
          began = true;
          return lock ? work() : undefined;
        });
      } catch (error) {
        if (began || error.name !== "SecurityError") throw error;
        return work(); // storage is blocked: tabs share nothing
      }
    },

    hasToken: () => token !== "",

    headers(more = {}) {
      return { "HX-Request": "true", ...(token ? { [HEADER]: token } : {}), ...more };
    },

    /** A request as htmx would make it, with an answer in fifteen seconds or none. */
    request(method, url, fields) {
      return fetch(url, {
        method,
        headers: this.headers(),
        body: fields && new URLSearchParams(fields),
        signal: AbortSignal.timeout(15000),
      });
    },

    /** Swap an answer as htmx would. */
    swap(text, target, swap, sourceElement = document.body) {
      return htmx.swap({ text, target, swap, sourceElement });
    },

    /** A length of time as m:ss, from an hour h:mm:ss, from a day 1 d 3 h. */
    lasted(seconds) {
      const minutes = Math.floor(Math.max(0, seconds) / 60);
      const hours = Math.floor(minutes / 60);
      const two = (number) => String(Math.floor(number)).padStart(2, "0");
      if (hours >= 24) return this.word("{days} d {hours} h", { days: Math.floor(hours / 24), hours: hours % 24 });
      const rest = two(Math.max(0, seconds) % 60);
      return hours ? `${hours}:${two(minutes % 60)}:${rest}` : `${minutes}:${rest}`;
    },

    /** A sentence in the page's language, with `{name}` filled by the value of that name. */
    word(text, values = {}) {
      return filled(translations()[text] ?? text, values);
    },

    /** The same with a count: one sentence for 1, one for more, and `{count}` in both. */
    counted(one, many, count, values = {}) {
      const forms = translations()[one] ?? { one, other: many };
      const text = forms[rules().select(count)] ?? forms.other;
      return filled(text, { count: new Intl.NumberFormat(parley.locale()).format(count), ...values });
    },

    /** The language of the page. */
    language: () => document.documentElement.lang || "en",

    /** The same for dates and numbers of `Intl`, with digits as the clocks have them. */
    locale: () => ({ en: "en-GB", ar: "ar-u-nu-latn" })[parley.language()] ?? parley.language(),

    /** A number of its own for a message; randomUUID is missing on plain http. */
    nonce: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""),

    /** The words of an error fragment. */
    words(html) {
      return new DOMParser().parseFromString(html, "text/html").body.textContent.trim();
    },
  };
  window.parleyNow = window.parley.now;

  document.addEventListener("htmx:config:request", (event) => {
    if (token) event.detail.ctx.request.headers[HEADER] = token;
  });
}
