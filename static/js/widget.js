// Parley's loader: a launcher on the customer's page, and behind it the chat in an iframe.
//
//   <script async src="https://chat.example/widget.js" data-widget="KEY"></script>
//
// Before the first click it asks for nothing and stores nothing. It touches the page only by one
// element at the end of <body>, and works under a strict CSP: script-src and frame-src of the chat.
// word("…"), counted("…", "…"), language() and allowed() are filled in by the server
// (app/widget/loader.py).
(() => {
  "use strict";
  if (window.Parley?.open) return; // included twice

  // Not any element that a page names "currentScript"; and there is none in a module.
  const own = document.currentScript;
  const script = own instanceof HTMLScriptElement ? own : document.querySelector("script[data-widget][src]");
  const { widget: key, color, text, title, side } = script?.dataset ?? {};
  if (!key) return console.error("Parley: the script tag needs data-widget.");

  const origin = new URL(script.src).origin;
  const memory = `parley:${key}`; // "open" while the visitor has an open interaction
  const events = new EventTarget(); // a page's failing listener does not disturb the others
  let isOpen = false;
  let isReady = false;
  let unread = 0;
  let frame;
  let toldPage;
  let ownTitle; // the page's, while there is a count before it
  let titleWithCount;
  const asked = []; // every call of identify, by its number

  // A constructed sheet and CSSOM are what a strict CSP allows. `!important` on the host only,
  // where it is stronger than any rule of the page.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial !important; position: fixed !important; z-index: 2147483647 !important;
      inset-block-end: 0 !important; inset-inline-end: 0 !important;
      font: 600 12px/20px -apple-system, "Segoe UI", Roboto, Arial, sans-serif !important }
    button, iframe { position: fixed; border: 0; inset-inline-end: 24px;
      box-shadow: 0 2px 4px oklch(.25 .03 262 / 8%), 0 12px 32px oklch(.25 .03 262 / 18%) }
    button { inset-block-end: calc(24px + env(safe-area-inset-bottom, 0px)); inline-size: 60px; block-size: 60px;
      padding: 0; border: 2px solid transparent; border-radius: 50%; background: var(--fill) border-box;
      color: var(--text); font: inherit; cursor: pointer; transition: background-color .1s }
    button:hover { background-color: color-mix(in oklab, var(--fill) 90%, var(--away)) }
    button:active { background-color: color-mix(in oklab, var(--fill) 80%, var(--away)) }
    button:focus-visible { outline: 2px solid oklch(.55 .19 263); outline-offset: 2px; box-shadow: 0 0 0 2px #fff }
    svg { display: block; inline-size: 28px; margin: auto; fill: none; stroke: currentColor; stroke-width: 1.75;
      stroke-linecap: round; stroke-linejoin: round }
    b { position: absolute; inset-block-start: -6px; inset-inline-end: -6px; box-sizing: border-box;
      min-inline-size: 26px; padding: 1px 5px; border: 2px solid #fff; border-radius: 13px;
      background: oklch(.505 .185 27); color: #fff; font-variant-numeric: tabular-nums }
    b:empty { display: none }
    p { position: absolute; inline-size: 1px; block-size: 1px; margin: 0; overflow: hidden; clip-path: inset(50%) }
    iframe { inset-block-end: calc(100px + env(safe-area-inset-bottom, 0px)); inline-size: 376px;
      block-size: min(640px, 100dvh - 120px); border-radius: 16px; background: #fff; color-scheme: light dark;
      visibility: hidden; opacity: 0; translate: 0 4px; transition: .14s ease-out; transition-property: opacity, translate, visibility }
    .open iframe { visibility: visible; opacity: 1; translate: none }
    @media (prefers-color-scheme: dark) { iframe { background: oklch(.215 .014 262);
      box-shadow: 0 0 0 1px rgb(255 255 255 / 6%), 0 12px 32px rgb(0 0 0 / 30%) } }
    @media (max-width: 479.98px), (max-height: 559.98px) {
      iframe { inset: var(--above, 0) 0 auto; inline-size: 100%; block-size: var(--seen, 100dvh); border-radius: 0; box-sizing: border-box;
        padding: env(safe-area-inset-top, 0px) env(safe-area-inset-right, 0px) env(safe-area-inset-bottom, 0px) env(safe-area-inset-left, 0px) }
      .open.ready button { display: none }
    }
    @media (prefers-reduced-motion: reduce) { iframe { transition: none } }
    @media print { :host { display: none !important } }`.replaceAll("e-end", side === "start" ? "e-start" : "e-end"));

  // No innerHTML: pages with Trusted Types refuse it.
  const element = (name, attributes, ...children) => {
    const svg = name === "svg" || name === "path";
    const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    made.append(...children);
    return made;
  };
  const drawing = element("path", {});
  const badge = element("b", { "aria-hidden": true });
  const news = element("p", { id: "unread", role: "status" });
  const launcher = element("button", { type: "button", "aria-describedby": "unread" },
    element("svg", { viewBox: "0 0 24 24", "aria-hidden": true }, drawing), badge);
  const box = element("section", { "aria-label": word("Chat"), lang: language() }, launcher, news);
  const host = element("parley-chat", {});
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(box);

  // White or dark text on the fill, by the luminance up to which white has a contrast of 4.5.
  const isColour = (value) => /^#[\da-f]{6}$/i.test(value);
  const luminance = (hex) => [.2126, .7152, .0722].reduce(
    (sum, share, i) => sum + share * (parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16) / 255) ** 2.2, 0);
  const dark = isColour(color) && luminance(color) > .183;
  box.style.setProperty("--fill", isColour(color) ? color : "oklch(.365 .118 263)");
  box.style.setProperty("--text", isColour(text) ? text : dark ? "#1a212c" : "#fff");
  box.style.setProperty("--away", dark ? "#fff" : "#000");

  const inWords = (count) => {
    const { [new Intl.PluralRules(language()).select(count)]: text, other } = counted("{count} unread message", "{count} unread messages");
    return (text ?? other).replace("{count}", count);
  };

  const draw = () => {
    const count = isOpen ? 0 : unread;
    box.className = `${isOpen && "open"} ${isReady && "ready"}`;
    drawTitle();
    launcher.setAttribute("aria-label", isOpen ? word("Close chat") : word("Open chat"));
    launcher.setAttribute("aria-expanded", isOpen);
    drawing.setAttribute("d", isOpen ? "M5 9l7 7 7-7"
      : "M6 4h12a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-7.5L6 21.5V18a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3zM8 9.2h8M8 13h5");
    badge.textContent = count > 99 ? "99+" : count || "";
    news.textContent = count ? inWords(count) : "";
  };

  // A keyboard on glass covers the page on some phones: the chat stays in what is left of it.
  // Who zooms in wants to see the chat larger, not to have it fitted into what they see.
  const view = window.visualViewport;
  const fit = () => {
    if (view.scale > 1) return;
    box.style.setProperty("--seen", `${view.height}px`);
    box.style.setProperty("--above", `${view.offsetTop}px`);
  };
  view?.addEventListener("resize", fit);
  view?.addEventListener("scroll", fit);

  // A count before the page's own title, while nobody sees the page.
  const drawTitle = () => {
    if (titleWithCount && document.title === titleWithCount) document.title = ownTitle;
    titleWithCount = "";
    if (!unread || !document.hidden || title === "off") return;
    ownTitle = document.title;
    document.title = `(${unread > 99 ? "99+" : unread}) ${ownTitle}`;
    titleWithCount = document.title;
  };

  const emit = (name, detail) => events.dispatchEvent(new CustomEvent(name, { detail }));

  const post = (type, details) => {
    if (isReady) frame.contentWindow.postMessage({ parley: 1, type, ...details }, origin);
  };

  const load = () => {
    if (frame) return;
    const src = `${origin}/widget/${encodeURIComponent(key)}?site=${encodeURIComponent(location.origin)}`;
    frame = element("iframe", { title: word("Chat"), referrerpolicy: "origin", allow: allowed(), src });
    box.prepend(frame);
    frame.offsetWidth; // styled as closed once, so that opening it moves
    frame.addEventListener("load", () => setTimeout(() => {
      if (!isReady) asked.forEach(({ call }) => hear.identified({ turn: call.turn, problem: "The chat did not load." }));
    }, 5000));
  };

  const open = () => {
    if (isOpen) return;
    load();
    isOpen = true;
    draw();
    frame.focus();
    post("opened");
    tellPage();
    emit("open");
  };

  const close = () => {
    if (!isOpen) return;
    const wasInside = root.activeElement === frame;
    isOpen = false;
    draw();
    if (wasInside) launcher.focus();
    post("closed");
    emit("close");
  };

  // Who the visitor is, as the site has signed it. Only the server can tell whether that is right.
  const identify = (person, signature) => new Promise((resolve, reject) => {
    const call = { turn: asked.length, person: structuredClone(person ?? null), signature: `${signature}` };
    asked.push({ call, resolve, reject });
    load();
    post("identify", call);
  });

  // The address without its fragment, which may hold a token, unless it is a route.
  const tellPage = () => {
    const named = titleWithCount && document.title === titleWithCount ? ownTitle : document.title;
    const page = { title: named, url: location.href.replace(/#(?![/!]).*/, "") };
    if (!isReady || toldPage === JSON.stringify(page)) return;
    toldPage = JSON.stringify(page);
    post("page", page);
  };

  const withStorage = (use) => {
    try {
      return use(localStorage);
    } catch {} // blocked: then there is no badge before the click
  };

  const hear = {
    ready() {
      isReady = true;
      toldPage = "";
      draw();
      tellPage();
      if (isOpen) post("opened");
      asked.forEach(({ call }) => post("identify", call));
      emit("ready");
    },
    close,
    unread({ count }) {
      if (!Number.isSafeInteger(count) || count < 0 || count === unread) return;
      unread = count;
      draw();
      emit("unread", count);
    },
    identified({ turn, problem }) {
      if (!problem) return asked[turn]?.resolve();
      asked[turn]?.reject(new Error(problem));
      emit("error", problem);
    },
    state({ open: isTalking }) {
      if (isTalking === true) withStorage((storage) => storage.setItem(memory, "open"));
      if (isTalking === false) withStorage((storage) => storage.removeItem(memory));
    },
  };

  addEventListener("message", ({ origin: from, source, data }) => {
    if (!frame || from !== origin || source !== frame.contentWindow) return;
    if (data?.parley === 1 && Object.hasOwn(hear, data.type)) hear[data.type](data);
  });

  // Single-page sites set the title after the address. Their history is listened to, not patched.
  const pageMayChange = () => setTimeout(tellPage, 300);
  addEventListener("popstate", pageMayChange);
  addEventListener("hashchange", pageMayChange);
  window.navigation?.addEventListener("currententrychange", pageMayChange);
  addEventListener("storage", ({ key: changed, newValue }) => changed === memory && newValue && load());
  document.addEventListener("visibilitychange", () => {
    drawTitle();
    tellPage();
  });
  launcher.addEventListener("click", () => (isOpen ? close() : open()));
  root.addEventListener("keydown", (event) => event.key === "Escape" && close());

  const mount = () => {
    document.body.append(host);
    if (withStorage((storage) => storage.getItem(memory)) === "open") load();
  };
  draw();
  document.body ? mount() : addEventListener("DOMContentLoaded", mount);

  window.Parley = Object.freeze({
    open,
    close,
    identify,
    on: (event, listener) => events.addEventListener(event, ({ detail }) => listener(detail)),
  });
})();
