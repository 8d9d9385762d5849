// A chat's page that is on its way may be older than what the stream tells of the chat meanwhile, and would
// undo it where it is shown: then it is asked for again.
{
  let asked = null;

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const { method, action } = ctx.request;
    if (ctx.target?.id !== "conversation" || method !== "GET") return;
    asked = { action, instead: ctx.target, chat: `'${action.match(/\d+(?=\D*$)/)?.[0]}'`, overtaken: false };
  });

  document.addEventListener("parley:told", ({ detail: partials }) => {
    if (asked && partials.includes(asked.chat)) asked.overtaken = true;
  });

  new MutationObserver(() => {
    const shown = document.getElementById("conversation");
    if (!asked || !shown || shown === asked.instead) return;
    const { action, overtaken } = asked;
    asked = null;
    if (overtaken) htmx.ajax("GET", action, { target: "#conversation", swap: "outerHTML" });
  }).observe(document.documentElement, { childList: true, subtree: true });
}
