// A swap may take away the field in which one writes, or the button that was just pressed: the
// focus then goes to what took its place in a list, else to [data-focus-next], first to one in the same [data-focus-region], where
// [data-focus-here] does as well, so that nothing typed is lost. (`autofocus` is refused, with
// an error in the console, in a frame of another site.)
{
  let held = null;
  let pressed = false;
  let region = "";
  const on = (name, listener) => document.addEventListener(name, listener, true);

  const hold = (element) => {
    held = element;
    region = element?.closest("[data-focus-region]")?.id ?? "";
  };

  on("focusin", (event) => hold(event.target));
  on("pointerdown", (event) => hold(event.target.closest(":focus")));
  on("keydown", () => (pressed = false));
  on("click", () => (pressed = true));

  new MutationObserver(() => {
    if (!held || held.isConnected || document.activeElement !== document.body) return;
    const goesOn = document.hasFocus() && (pressed || held.matches("textarea, input, [contenteditable]"));
    const same = document.getElementById(held.closest("li[id]")?.id ?? "")?.querySelector(held.localName);
    held = null;
    const next = "[data-focus-next]";
    const near = region && document.getElementById(region)?.querySelector(`[data-focus-here], ${next}`);
    if (goesOn) (same || near || document.querySelector(next))?.focus({ preventScroll: true });
  }).observe(document, { childList: true, subtree: true });
}
