// For supervisors: the transcript of somebody else's chat asks for what is new when the floor says
// that something happened; and a page opened to forward opens that dialog.
{
  document.addEventListener("floor", () => {
    for (const log of document.querySelectorAll("entry-log[data-watched]")) log.catchUp();
  });

  if (location.hash === "#forward") {
    history.replaceState(history.state, "", location.pathname);
    window.addEventListener("load", () => document.querySelector("#header [data-opens=forward_dialog]")?.click(), { once: true });
  }
}
