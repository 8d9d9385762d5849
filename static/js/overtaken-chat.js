// A chat's page that is on its way may be older than what the stream tells of the chat meanwhile, and would
// undo it where it is shown: then what was told of it is shown again, over it.
{
  let asked = null;

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const { method, action } = ctx.request;
    if (ctx.target?.id !== "conversation" || method !== "GET") return;
    asked = { instead: ctx.target, chat: `'${action.match(/\d+(?=\D*$)/)?.[0]}'`, told: new Map() };
  });

  document.addEventListener("parley:told", ({ detail: html }) => {
    if (!asked || !html.includes(asked.chat)) return;
    const frame = document.createElement("template");
    frame.innerHTML = html;
    for (const partial of frame.content.children) {
      const target = partial.getAttribute("hx-target");
      if (target?.includes(asked.chat)) asked.told.set(target, partial.outerHTML);
    }
  });

  new MutationObserver(() => {
    const shown = document.getElementById("conversation");
    if (!asked || !shown || shown === asked.instead) return;
    const { told } = asked;
    asked = null;
    if (told.size) parley.swap([...told.values()].join(""), document.body, "none");
  }).observe(document.documentElement, { childList: true, subtree: true });
}
