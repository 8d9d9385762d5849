// <emoji-picker>: a button and a pop-up with a few common emoji, found by name or by arrows; the one
// chosen goes to the caret of the composer around it. The grid is drawn when it is first opened.
{
  const COLUMNS = 8;
  const EMOJI = `
😀 grinning face happy|😃 smiling face happy|😄 laughing eyes happy|😁 beaming grin|😅 relieved sweat|😂 tears of joy laughing|🤣 rolling laughing|🙂 slight smile
😉 wink|😊 warm smile blush|😇 angel halo|🥰 in love hearts|😍 heart eyes|😘 kiss|😋 yummy delicious|😎 cool sunglasses
🤔 thinking|🤗 hug|🤩 star struck excited|🥳 party celebrate|😌 relieved calm|😏 smirk|😬 grimace awkward|🙄 rolling eyes
😐 neutral face|😕 confused|🙁 slight frown sad|😟 worried|😢 crying sad|😭 sobbing|😳 flushed embarrassed|😱 shocked scream
😡 angry|😤 huffing|🤯 mind blown|😴 sleeping tired|🤒 ill fever|🤕 hurt bandage|🤖 robot|👻 ghost
👍 thumbs up yes good|👎 thumbs down no|👌 okay perfect|✌️ victory peace|🤞 fingers crossed luck|👏 clapping applause|🙌 raised hands hooray|🙏 thank you please folded hands
🤝 handshake deal|👋 waving hello goodbye|✋ raised hand stop|👉 pointing right|👈 pointing left|👆 pointing up|👇 pointing down|💪 strong muscle
👀 eyes looking|❤️ red heart love|🧡 orange heart|💛 yellow heart|💚 green heart|💙 blue heart|💜 purple heart|💔 broken heart
✨ sparkles|⭐ star|🔥 fire hot|🎉 party popper congratulations|🎊 confetti|🎁 gift present|🎂 birthday cake|🏆 trophy winner
💯 hundred full score|✅ done check mark|❌ cross wrong|⚠️ warning|❗ exclamation important|❓ question|💡 idea light bulb|🔍 search magnifier
📦 parcel package|🚚 delivery truck|✈️ airplane|🚗 car|🏠 house home|🏢 office building|🛒 shopping cart|💳 credit card payment
💰 money|🧾 receipt invoice|📄 document page|📎 paperclip attachment|📅 calendar date|⏰ alarm clock time|⏳ hourglass waiting|📞 telephone call
📧 e-mail|💬 speech bubble chat|🔔 bell notification|📷 camera photo|💻 laptop computer|📱 mobile phone|🖨️ printer|🔧 wrench repair
🔒 locked secure|🔑 key|🔗 link|📍 pin place|🌍 globe world|☀️ sun weather|🌧️ rain weather|❄️ snow cold
☕ coffee|🍕 pizza|🍎 apple|🍷 wine|🌸 blossom flower|🌲 tree|🐶 dog|🐱 cat`;

  const known = EMOJI.trim()
    .split(/[|\n]/)
    .map((one) => ({ sign: one.slice(0, one.indexOf(" ")), name: one.slice(one.indexOf(" ") + 1) }));

  class EmojiPicker extends parley.SwappedElement {
    start(signal) {
      this.#menu.addEventListener("toggle", (event) => event.newState === "open" && this.#open(), { signal });
      this.#menu.addEventListener("keydown", (event) => this.#key(event), { signal });
      this.#search.addEventListener("input", () => this.#find(), { signal });
      this.#grid.addEventListener("click", (event) => this.#choose(event.target.closest("button")), { signal });
    }

    get #menu() {
      return this.querySelector("[popover]");
    }

    get #search() {
      return this.querySelector("input");
    }

    get #grid() {
      return this.querySelector("[role=listbox]");
    }

    get #shown() {
      return [...this.#grid.children].filter((option) => !option.hidden);
    }

    #open() {
      if (!this.#grid.hasChildNodes()) this.#grid.append(...known.map(option));
      this.#search.value = "";
      this.#find();
      this.#search.focus();
    }

    #find() {
      const words = this.#search.value.toLowerCase().split(/\s+/);
      for (const option of this.#grid.children) option.hidden = !words.every((word) => option.title.includes(word));
      this.#grid.hidden = !this.#shown.length;
      this.querySelector(".emoji__none").hidden = this.#shown.length > 0;
    }

    #key(event) {
      if (event.isComposing) return;
      const shown = this.#shown;
      const here = shown.indexOf(event.target);
      if (event.key === "Enter" && here < 0) {
        event.preventDefault(); // it stands in a form, which it must not send
        this.#choose(shown[0]);
        return;
      }
      const side = getComputedStyle(this).direction === "rtl" ? -1 : 1;
      const steps = { ArrowDown: COLUMNS, ArrowUp: -COLUMNS, ...(here < 0 ? {} : { ArrowRight: side, ArrowLeft: -side }) };
      const step = steps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const to = here < 0 ? 0 : here + step;
      if (to < 0) this.#search.focus();
      else shown[Math.min(to, shown.length - 1)]?.focus();
    }

    #choose(option) {
      if (!option) return;
      this.#menu.hidePopover();
      this.closest("message-composer").insert(option.textContent);
    }
  }

  function option({ sign, name }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "emoji__sign";
    button.setAttribute("role", "option");
    button.setAttribute("aria-label", name);
    button.setAttribute("aria-selected", "false");
    button.title = name;
    button.tabIndex = -1;
    button.textContent = sign;
    return button;
  }

  customElements.define("emoji-picker", EmojiPicker);
}
