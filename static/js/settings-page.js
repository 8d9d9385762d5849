// The settings are swapped as a whole: the reader stays at their place, or is led to the first field that is wrong.
// They have no conversation: an offer that is accepted here opens in the workspace.
{
  let place = { path: "", top: 0, focus: "", main: null };
  const main = () => document.querySelector(".settings__main");

  /** This button, or the next one of its row: what has come to the end of its list moves no further. */
  const usable = (button) => (button?.disabled ? button.closest("li")?.querySelector("button:enabled") : button);

  document.addEventListener("htmx:before:swap", (event) => {
    place = { path: location.pathname, top: main()?.scrollTop ?? 0, focus: document.activeElement?.id, main: main() };
    const to = event.detail.ctx?.response?.headers?.get?.("HX-Push-Url");
    if (!to?.startsWith("/workspace/webchat/")) return;
    event.preventDefault();
    location.assign(to);
  });

  document.addEventListener("htmx:after:swap", () => {
    if (main() === place.main) return;
    const wrong = document.querySelector("#settings [aria-invalid=true]");
    const again = place.focus ? usable(document.querySelector(`#settings #${CSS.escape(place.focus)}`)) : null;
    (wrong ?? again)?.focus({ preventScroll: true });
    if (wrong) wrong.scrollIntoView({ block: "center" });
    else if (place.path === location.pathname) main().scrollTop = place.top;
  });
}
