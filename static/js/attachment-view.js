// What files in a transcript do: pictures open large, files are downloaded. Where cookies do not come
// back in the frame, both are fetched with the visitor's token instead.
{
  const dialog = () => document.getElementById("picture");

  function enlarge(button) {
    const shown = dialog();
    const picture = shown.querySelector("[data-picture]");
    const { enlarges, name } = button.dataset;
    const link = shown.querySelector("[data-picture-download]");
    picture.src = button.querySelector("img").dataset.fetched ?? enlarges;
    picture.alt = name;
    shown.querySelector("h2").textContent = name;
    link.href = enlarges.replace(/\?.*/, "");
    link.dataset.name = name;
    link.setAttribute("aria-label", parley.word("Download {name}", { name }));
    shown.showModal();
  }

  async function download(link) {
    const saved = document.createElement("a");
    try {
      const answer = await fetch(link.href, { headers: parley.headers() });
      if (!answer.ok) throw new Error(answer.statusText);
      saved.href = URL.createObjectURL(await answer.blob());
    } catch {
      const facts = link.closest(".attachment")?.querySelector("[data-problem], .attachment__facts");
      if (facts) facts.textContent = parley.word("This file cannot be fetched right now.");
      return;
    }
    saved.download = link.dataset.name;
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60000);
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-enlarges]");
    if (opener) return enlarge(opener);
    const link = event.target.closest?.(".attachment__download, [data-picture-download]");
    if (link && parley.hasToken()) {
      event.preventDefault();
      download(link);
    }
  });

  // A click beside the picture closes it, as Esc does.
  document.addEventListener("click", (event) => {
    if (event.target === dialog()) event.target.close();
  });

  document.addEventListener("error", async ({ target }) => {
    if (!target.matches?.(".attachment__image") || !parley.hasToken() || target.dataset.fetched) return;
    const answer = await fetch(target.src, { headers: parley.headers() });
    if (!answer.ok) return;
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      target.dataset.fetched = reader.result;
      target.src = reader.result;
    });
    reader.readAsDataURL(await answer.blob());
  }, true);
}
