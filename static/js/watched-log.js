// For supervisors: the transcript of somebody else's chat asks for what is new when the floor says
// that something happened; and a page opened to forward opens that dialog.
{
  document.addEventListener("floor", () => {
    for (const log of document.querySelectorAll("entry-log[data-watched]")) log.catchUp();
  });

  const openToForward = () => {
    if (location.hash !== "#forward") return;
    history.replaceState(history.state, "", location.pathname);
    document.querySelector("#header [data-opens=forward_dialog]")?.click();
  };

  // Who is on the page already gets a new hash and no new page.
  window.addEventListener("load", openToForward);
  window.addEventListener("hashchange", openToForward);
}
