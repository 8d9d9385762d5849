// <local-time datetime mode="time|second|list|full|date|opening">: a moment in the reader's own time zone, the full date in its tooltip.
{
  const clock = new Intl.DateTimeFormat(parley.locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const second = new Intl.DateTimeFormat(parley.locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const weekday = new Intl.DateTimeFormat(parley.locale(), { weekday: "short" });
  const longWeekday = new Intl.DateTimeFormat(parley.locale(), { weekday: "long" });
  const longDay = new Intl.DateTimeFormat(parley.locale(), { day: "numeric", month: "long" });
  const longDayOfYear = new Intl.DateTimeFormat(parley.locale(), { day: "numeric", month: "long", year: "numeric" });
  const day = new Intl.DateTimeFormat(parley.locale(), { day: "numeric", month: "short" });
  const dayOfYear = new Intl.DateTimeFormat(parley.locale(), { day: "numeric", month: "short", year: "numeric" });
  const full = new Intl.DateTimeFormat(parley.locale(), { dateStyle: "full", timeStyle: "long" });

  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
  const daysBetween = (from, to) => Math.round((midnight(to) - midnight(from)) / 86_400_000);

  // today 09:12, this week Tue, this year 4 Mar, else 4 Mar 2025
  const listed = (moment, now) => {
    const days = daysBetween(moment, now);
    if (days <= 0) return clock.format(moment);
    if (days < 7) return weekday.format(moment);
    return (moment.getFullYear() === now.getFullYear() ? day : dayOfYear).format(moment);
  };

  // when something opens: today 14:00, in the next days Monday 09:00, later 4 Mar 09:00
  const opening = (moment, now) => {
    const days = daysBetween(now, moment);
    const time = clock.format(moment);
    return days <= 0 ? time : `${(days < 7 ? longWeekday : day).format(moment)} ${time}`;
  };

  class LocalTime extends HTMLElement {
    static observedAttributes = ["datetime", "mode"];
    #midnight;

    connectedCallback() {
      this.#show();
    }

    disconnectedCallback() {
      clearTimeout(this.#midnight);
    }

    attributeChangedCallback() {
      if (this.isConnected) this.#show();
    }

    #show() {
      const moment = new Date(this.getAttribute("datetime"));
      if (Number.isNaN(moment.getTime())) return;
      const now = new Date(window.parleyNow?.() ?? Date.now());
      const mode = this.getAttribute("mode");
      this.title = full.format(moment);
      if (mode === "full") this.textContent = `${dayOfYear.format(moment)} ${clock.format(moment)}`;
      else if (mode === "date") this.textContent = (moment.getFullYear() === now.getFullYear() ? longDay : longDayOfYear).format(moment);
      else if (mode === "opening") this.textContent = opening(moment, now);
      else if (mode === "second") this.textContent = second.format(moment);
      else this.textContent = mode === "list" ? listed(moment, now) : clock.format(moment);
      if (mode === "list") this.#showAgainTomorrow(now);
    }

    #showAgainTomorrow(now) {
      clearTimeout(this.#midnight);
      this.#midnight = setTimeout(() => this.#show(), midnight(now).getTime() + 90_000_000 - now.getTime());
    }
  }

  customElements.define("local-time", LocalTime);
}
