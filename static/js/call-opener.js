// The code of voice calls comes with the first call: when one begins or rings, or goes on after a reload.
{
  let coming = null;

  const fetched = () =>
    (coming ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = document.querySelector("widget-frame").dataset.calls;
      script.addEventListener("load", resolve);
      script.addEventListener("error", reject);
      document.head.append(script);
    }).then(
      () => parley.voice.follow(),
      () => {
        coming = null; // the next press tries again
        parley.callNotice(parley.word("The server does not answer. Try again in a moment."));
      },
    ));

  /** What went wrong with a call; with no words it is forgotten. */
  parley.callNotice = (text) => {
    const notice = document.getElementById("call_notice");
    notice.hidden = !text;
    notice.querySelector("[data-words]").textContent = text;
  };

  const wasHere = () => {
    try {
      return sessionStorage.getItem("parley-call");
    } catch {
      return null;
    }
  };

  function look() {
    const state = document.getElementById("widget_call")?.dataset.state;
    if (state === "rings" || (state && wasHere())) fetched();
  }

  document.addEventListener("DOMContentLoaded", look);
  document.addEventListener("htmx:after:swap", look);
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-call-act]");
    if (!button) return;
    await fetched();
    document.getElementById("widget_call").press?.(button);
  });
}
