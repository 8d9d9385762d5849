// <count-down data-seconds>: whole seconds that run out.
{
  class CountDown extends HTMLElement {
    #timer;

    connectedCallback() {
      const end = Date.now() + Number(this.dataset.seconds) * 1000;
      const tick = () => {
        const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
        this.textContent = left;
        if (left) this.#timer = setTimeout(tick, 250);
      };
      tick();
    }

    disconnectedCallback() {
      clearTimeout(this.#timer);
    }
  }

  customElements.define("count-down", CountDown);
}
