// The settings are swapped as a whole: the reader stays at their place, or is led to the first field that is wrong.
// They have no conversation: an offer that is accepted here opens in the workspace.
{
  let place = { path: "", top: 0, focus: "", main: null };
  const main = () => document.querySelector(".settings__main");

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
    const again = place.focus ? document.querySelector(`#settings #${CSS.escape(place.focus)}:enabled`) : null;
    (wrong ?? again)?.focus({ preventScroll: true });
    if (wrong) wrong.scrollIntoView({ block: "center" });
    else if (place.path === location.pathname) main().scrollTop = place.top;
  });
}
