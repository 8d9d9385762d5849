// A swap may take away the field in which one writes, or the button that was just pressed: the
// focus then goes to [data-focus-next], so that nothing typed is lost. (`autofocus` is refused, with
// an error in the console, in a frame of another site.)
{
  let held = null;
  let pressed = false;
  const on = (name, listener) => document.addEventListener(name, listener, true);

  on("focusin", (event) => (held = event.target));
  on("pointerdown", (event) => (held = event.target.closest(":focus")));
  on("keydown", () => (pressed = false));
  on("click", () => (pressed = true));

  new MutationObserver(() => {
    if (!held || held.isConnected || document.activeElement !== document.body) return;
    const goesOn = document.hasFocus() && (pressed || held.matches("textarea, input"));
    held = null;
    if (goesOn) document.querySelector("[data-focus-next]")?.focus({ preventScroll: true });
  }).observe(document, { childList: true, subtree: true });
}
