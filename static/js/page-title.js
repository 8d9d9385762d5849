// <page-title words>: the title of the page follows what is open on it, as it is called now.
{
  class PageTitle extends HTMLElement {
    static observedAttributes = ["words"];

    // Whoever marks the title marks it anew after the swap.
    attributeChangedCallback(_, before, words) {
      if (before !== null && before !== words) document.title = words;
    }
  }

  customElements.define("page-title", PageTitle);
}
