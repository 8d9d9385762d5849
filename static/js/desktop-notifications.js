// <desktop-notifications>: the switch in the status menu, and a notification for an offer that
// rings while the agent looks at something else. Its text is text: nothing of it is markup.
{
  const KEY = "parley-desktop-notifications";
  const shown = new Map();

  const wanted = () => {
    try {
      return localStorage.getItem(KEY) === "on";
    } catch {
      return false;
    }
  };

  const want = (on) => {
    try {
      localStorage.setItem(KEY, on ? "on" : "off");
    } catch {
      // Storage is blocked: the choice lasts as long as the browser's own permission.
    }
  };

  const allowed = () => "Notification" in window && Notification.permission === "granted";

  function tell(id) {
    const card = document.getElementById(id);
    if (!card || !allowed() || !wanted() || document.hasFocus()) return;
    const what = card.querySelector(".offer__what")?.textContent.trim() ?? parley.word("New chat");
    // Of a call the name is all there is to say.
    const words = card.querySelector(".offer__words, .offer__note") ?? card.querySelector(".offer__name");
    const note = new Notification(what, { body: words?.textContent.trim() ?? "", tag: `parley-${id}` });
    note.addEventListener("click", () => {
      window.focus();
      note.close();
    });
    shown.set(id, note);
  }

  document.addEventListener("ring", (event) => {
    const { offer, call } = JSON.parse(event.detail.data);
    tell(offer ? `offer_${offer}` : `call_${call}`);
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const [id, note] of shown) {
      if (document.getElementById(id)) continue;
      note.close();
      shown.delete(id);
    }
  });

  class DesktopNotifications extends HTMLElement {
    // Itself the listener: a swap may connect it before its children are there.
    connectedCallback() {
      this.addEventListener("change", this);
      this.#show();
    }

    async handleEvent({ target }) {
      want(target.checked);
      if (target.checked && "Notification" in window) await Notification.requestPermission();
      for (const one of document.querySelectorAll("desktop-notifications")) one.#show();
    }

    // The switch stands in the status menu and on the empty page: both tell the same.
    #show() {
      const box = this.querySelector("input");
      if (!box) return;
      const blocked = "Notification" in window ? Notification.permission === "denied" : true;
      box.checked = wanted() && allowed();
      box.disabled = blocked;
      this.querySelector("[data-why]").hidden = !blocked;
    }
  }

  customElements.define("desktop-notifications", DesktopNotifications);
}
