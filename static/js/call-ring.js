// <call-ring>: the card of a call that rings, on every page of the agent's.
{
  const ANSWER = "#answer";

  class CallRing extends HTMLElement {
    connectedCallback() {
      this.addEventListener("click", this);
    }

    // Where there is no panel, its page answers.
    handleEvent({ target }) {
      const answer = target.closest("[data-answer]");
      if (!answer) return;
      if (document.querySelector("agent-panel")) parley.voice.answer(answer.dataset.answer);
      else location.assign(answer.dataset.pageOf + ANSWER);
    }
  }

  // Come to answer: once the call is on the page, and not again when it is loaded anew.
  document.addEventListener("htmx:after:swap", () => {
    const answer = location.hash === ANSWER && document.querySelector("agent-panel") && document.querySelector("[data-answer]");
    if (!answer) return;
    history.replaceState(history.state, "", location.pathname);
    parley.voice.answer(answer.dataset.answer);
  });

  customElements.define("call-ring", CallRing);
}
