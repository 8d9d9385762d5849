// Keys of the workspace: single letters outside fields, and Alt+A to accept an offer, or a call before it, from anywhere.
{
  const KEY = "parley-shortcuts";
  const field = (target) => target.closest("input, textarea, select, [contenteditable], dialog, [popover]");
  const rows = () => [...document.querySelectorAll("#interactions a")];

  const on = () => {
    try {
      return localStorage.getItem(KEY) !== "off";
    } catch {
      return true;
    }
  };

  function go(step) {
    const links = rows();
    const here = links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[here < 0 ? 0 : here + step];
    if (next) {
      next.focus();
      next.click();
    }
  }

  const press = (selector) => document.querySelector(selector)?.click();

  const ACTIONS = {
    j: () => go(1),
    k: () => go(-1),
    r: () => document.querySelector("#composer [data-focus-next]")?.focus(),
    e: () => press("#header [data-key=e]"),
    f: () => press("#header [data-key=f]"),
    "?": () => document.getElementById("shortcuts")?.showModal(),
  };

  // By its letter, with Caps Lock as well; in other scripts by the place of the key.
  const named = ({ key, code }) => {
    if (/^[a-z]$/i.test(key)) return key.toLowerCase();
    return /^[^ -~]$/u.test(key) && code.startsWith("Key") ? code.at(-1).toLowerCase() : key;
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.altKey && event.code === "KeyA" && !event.ctrlKey && !event.metaKey) {
      const accept = document.querySelector("#call_ring .button--primary, #offer_list .button--primary");
      if (accept) {
        event.preventDefault();
        accept.click();
      }
      return;
    }
    if (event.altKey || event.ctrlKey || event.metaKey || !on() || field(event.target)) return;
    const action = ACTIONS[named(event)];
    if (!action) return;
    event.preventDefault();
    action();
  });

  class ShortcutSwitch extends HTMLElement {
    connectedCallback() {
      const box = this.querySelector("input");
      box.checked = on();
      box.addEventListener("change", () => {
        try {
          localStorage.setItem(KEY, box.checked ? "on" : "off");
        } catch {
          // Storage is blocked: the keys stay as they are.
        }
      });
    }
  }

  customElements.define("shortcut-switch", ShortcutSwitch);
}
