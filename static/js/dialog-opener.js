// [data-opens] and [data-closes] name a dialog: for browsers without command and commandfor,
// and for buttons that close their dialog while they do something else.
{
  const native = "commandForElement" in HTMLButtonElement.prototype;

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-opens], [data-closes]");
    if (!button || (native && button.hasAttribute("commandfor"))) return;
    const dialog = document.getElementById(button.dataset.opens ?? button.dataset.closes);
    if (!(dialog instanceof HTMLDialogElement)) return;
    if (button.dataset.closes) dialog.close();
    else if (!dialog.open) dialog.showModal();
  });

  // [data-first-focus] has the focus when its dialog opens. Browsers refuse `autofocus` in a frame
  // of another site, with an error in the console.
  document.addEventListener("toggle", (event) => {
    if (event.newState === "open") event.target.querySelector("[data-first-focus]")?.focus();
  }, true);
}
