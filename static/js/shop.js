// The demo shop uses what any customer's page may: window.Parley of the widget's loader.
{
  for (const button of document.querySelectorAll("[data-asks]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.Parley?.open());
  }
}
