// <shown-dialog>: a dialog that came with an answer: it opens at once, and goes when it is closed.
{
  class ShownDialog extends HTMLElement {
    connectedCallback() {
      const dialog = this.querySelector("dialog");
      dialog.addEventListener("close", () => this.remove(), { once: true });
      if (!dialog.open) dialog.showModal();
    }
  }

  customElements.define("shown-dialog", ShownDialog);
}
