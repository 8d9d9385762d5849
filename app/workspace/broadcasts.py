"""What agents' streams carry: facts become signals, signals become partials."""

from collections.abc import Callable

from app.accounts.events import SessionEnded
from app.accounts.service import still_valid
from app.agents.events import AvailabilityChanged
from app.agents.queries import agent_with_id
from app.agents.tables import Agent
from app.calls.broadcasts import agent_partials
from app.contacts.presence import whereabouts
from app.interactions import events, log, notices, queries
from app.interactions.clock_views import ClocksView, clocks_bar
from app.interactions.events import (
    EntryWritten,
    InteractionBreached,
    InteractionChanged,
    InteractionRead,
    InteractionRenamed,
)
from app.interactions.marks import marks_for
from app.interactions.queries import Overview
from app.interactions.recent import RecentEntries
from app.interactions.transcript import named_in
from app.interactions.typing_signs import TypingSign
from app.languages import N_
from app.moments import microseconds, now
from app.realtime import frames
from app.realtime.bus import Signal, Topic
from app.realtime.hub import Hub, farewell
from app.realtime.presence import Presence
from app.realtime.stream import Stream
from app.routing.events import InteractionTakenOver, OfferEnded, OfferGone, OfferMade
from app.routing.queries import offered_to
from app.web.responses import partial_for
from app.web.templates import render
from app.workspace import queries as workspace
from app.workspace.contact_panel import contact_panel, pages_seen
from app.workspace.queries import Row

AGENT = "agent"
INSERT = "upsert sort:true"
# How much is told anew of an interaction, by the clocks that an entry turns.
TOLD = {events.ALL: "standing", events.REPLY: "replied", events.NONE: "listed"}
# Seconds: however fast both write, the list and the clocks follow at a pace that eyes can.
STANDING_PAUSE = 1.0
SIGNED_OUT = N_("You have been signed out.")


class Broadcasts:
    """Tells agents what concerns them; nobody is told what a GET would not show them."""

    def __init__(self, hub: Hub, presence: Presence, recent: RecentEntries) -> None:
        self.hub = hub
        self.presence = presence
        self.recent = recent
        for kind, renderer in (
            ("entry", self.entry),
            ("read", self.read),
            ("seen", self.seen),
            ("typing", self.typing),
            ("interaction", self.interaction),
            ("visitor", self.visitor),
            ("offers", self.offers),
            ("offer_gone", self.gone),
            ("ring", self.ring),
            ("status", self.status),
            ("taken_over", self.taken),
        ):
            hub.renders(AGENT, kind, renderer)
        hub.renders(AGENT, "standing", self.standing, pause=STANDING_PAUSE)
        hub.renders(AGENT, "replied", self.replied, pause=STANDING_PAUSE)
        hub.renders(AGENT, "listed", self.read, pause=STANDING_PAUSE)
        hub.reacts("session_ended", self.close_streams)
        hub.after_loss(self.check_sessions)

    # Facts become signals, each addressed to whom it concerns.

    async def entry_written(self, fact: EntryWritten) -> None:
        """The agent who has the interaction sees the new entry."""
        if fact.agent:
            ids = {"interaction": fact.interaction, "seq": fact.seq, "at": microseconds()}
            await self.hub.publish(AGENT, fact.agent, "entry", **ids)
            kind = TOLD[fact.turns]
            await self.hub.publish(AGENT, fact.agent, kind, interaction=fact.interaction)

    async def interaction_changed(self, fact: InteractionChanged) -> None:
        """The agent who has the interaction sees its new state."""
        if fact.agent:
            await self.hub.publish(AGENT, fact.agent, "interaction", interaction=fact.interaction)

    async def interaction_renamed(self, fact: InteractionRenamed) -> None:
        """The cards of its offers have the new name."""
        for agent in await offered_to([fact.interaction]):
            await self.hub.publish(AGENT, agent, "offers")

    async def interaction_read(self, fact: InteractionRead) -> None:
        """The agent sees how far the visitor is, and in every tab what is still unread."""
        if fact.agent:
            kind = "read" if fact.by == notices.AGENT else "seen"
            await self.hub.publish(AGENT, fact.agent, kind, interaction=fact.interaction)

    async def interaction_breached(self, _: InteractionBreached) -> None:
        """Supervisors see it on the floor; its agent sees the entry in the log."""
        await self.hub.publish("floor", 0, "floor")

    async def offer_made(self, fact: OfferMade) -> None:
        """The agent sees and hears the offer."""
        await self.hub.publish(AGENT, fact.agent, "offers")
        await self.hub.publish(AGENT, fact.agent, "ring", offer=fact.offer)

    async def offer_ended(self, fact: OfferEnded) -> None:
        """The card goes."""
        await self.hub.publish(AGENT, fact.agent, "offers")

    async def offer_gone(self, fact: OfferGone) -> None:
        """Why the card has gone from under the agent's hand is said in words."""
        ids = {"interaction": fact.interaction, "by": fact.by}
        await self.hub.publish(AGENT, fact.agent, "offer_gone", **ids)

    async def taken_over(self, fact: InteractionTakenOver) -> None:
        """The agent who had it sees at once that it is with a supervisor."""
        if fact.agent:
            ids = {"interaction": fact.interaction, "by": fact.by}
            await self.hub.publish(AGENT, fact.agent, "taken_over", **ids)

    async def availability_changed(self, fact: AvailabilityChanged) -> None:
        """The status menu shows the new status in every tab."""
        await self.hub.publish(AGENT, fact.agent, "status")

    async def session_ended(self, fact: SessionEnded) -> None:
        """Streams of the session end everywhere."""
        await self.hub.publish(AGENT, fact.agent, "session_ended", session=fact.session)

    # Signals become partials.

    async def entry(self, signal: Signal) -> bytes:
        """The new entry in the open transcript; who has written it types no more."""
        interaction, seq = signal.ids["interaction"], signal.ids["seq"]
        entry = await self.recent.partial(interaction, seq, audience=notices.AGENT)
        if entry is None:
            return b""
        from_contact = entry.side == log.CONTACT
        gone = partial_for(f"#row_typing_{interaction}", "", "innerHTML") if from_contact else ""
        return frames.html(partial_for(f"#log_{interaction}", entry.html, INSERT) + gone)

    async def standing(self, signal: Signal) -> bytes:
        """How it stands after a step of its way: the row in the list, and the clocks."""
        return await self._row_and(signal, self.clocks)

    async def replied(self, signal: Signal) -> bytes:
        """How it stands after words that begin or end a wait: the row, and the reply's clock."""
        return await self._row_and(signal, self.reply_clock)

    async def _row_and(self, signal: Signal, clocks: Callable[[ClocksView], str]) -> bytes:
        interaction_id = signal.ids["interaction"]
        found = await queries.overview(interaction_id)
        if found is None:
            return frames.html(self._shown(interaction_id, None))
        bar = await clocks_bar(found)
        row = workspace.row_beside(bar, found, signal.topic.id, self.presence)
        return frames.html(self._shown(interaction_id, row) + clocks(bar))

    async def read(self, signal: Signal) -> bytes:
        """The row in the list, with what is still unread."""
        return frames.html(await self._row(signal.ids["interaction"], signal.topic.id))

    async def seen(self, signal: Signal) -> bytes:
        """How far the visitor is, where the interaction is open."""
        interaction = await queries.overview(signal.ids["interaction"])
        return frames.html(self.marks(interaction)) if interaction else b""

    async def typing(self, signal: Signal) -> bytes:
        """The visitor is typing: at the end of the transcript, and in the row."""
        interaction = await queries.overview(signal.ids["interaction"])
        if interaction is None or interaction.agent != signal.topic.id:
            return b""
        shown = TypingSign(interaction.person.name, now())
        dots = render("interactions/_typing.html", typing=shown)
        words = render("workspace/_typing.html", typing=shown)
        return frames.html(
            partial_for(f"#typing_{interaction.id}", dots, "innerMorph")
            + partial_for(f"#row_typing_{interaction.id}", words, "innerMorph")
        )

    async def interaction(self, signal: Signal) -> bytes:
        """The row in the list, and header and composer where the interaction is open."""
        interaction_id, agent_id = signal.ids["interaction"], signal.topic.id
        return frames.html(
            await self._row(interaction_id, agent_id)
            + await self.head(interaction_id, agent_id)
            + await self.status_partial(agent_id)
        )

    async def visitor(self, signal: Signal) -> bytes:
        """Where the visitor is: in the row, and in header and pages where it is open."""
        interaction_id, agent_id = signal.ids["interaction"], signal.topic.id
        interaction = await queries.overview(interaction_id)
        if interaction is None:
            return b""
        where = whereabouts(self.presence, interaction.visitor, interaction.page_title)
        supervises = (await agent_with_id(agent_id)).may("supervisor")
        shown = queries.view(interaction, agent_id=agent_id, where=where, supervises=supervises)
        pages = await pages_seen(interaction.visitor, here=where.state == "here")
        row = await workspace.row(interaction, agent_id, self.presence)
        inside = f"[data-interaction='{interaction_id}']"
        return frames.html(
            self._shown(interaction_id, row)
            + partial_for(
                f"{inside} .header", render("interactions/_header.html", interaction=shown)
            )
            + partial_for(f"{inside} #contact_pages", render("contacts/_pages.html", pages=pages))
        )

    async def head(self, interaction_id: int, agent_id: int) -> str:
        """All but the log of an interaction, for a page on which it is open."""
        interaction = await queries.overview(interaction_id)
        if interaction is None:
            return ""
        where = whereabouts(self.presence, interaction.visitor, interaction.page_title)
        agent = await agent_with_id(agent_id)
        supervises = agent.may("supervisor")
        shown = queries.view(interaction, agent_id=agent_id, where=where, supervises=supervises)
        named = await named_in(interaction, audience=notices.AGENT)
        inside = f"[data-interaction='{interaction_id}']"
        return (
            partial_for(f"{inside} .header", render("interactions/_header.html", interaction=shown))
            + partial_for(
                f"{inside} .composer", render("interactions/_composer.html", interaction=shown)
            )
            + self.clocks(await clocks_bar(interaction))
            + partial_for(
                f"{inside} .archive-sentence",
                render("interactions/_archive_sentence.html", interaction=shown),
            )
            + self.marks(interaction)
            + partial_for(
                f"#named_{interaction_id}", render("interactions/_named.html", named=named)
            )
            + await self.contact(interaction, agent, here=where.state == "here")
        )

    def marks(self, interaction: Overview) -> str:
        """How far the visitor is with what the agents wrote."""
        shown = marks_for(interaction, notices.AGENT)
        return partial_for(
            f"#marks_{interaction.id}", render("interactions/_marks.html", marks=shown)
        )

    async def contact(self, interaction: Overview, agent: Agent, *, here: bool) -> str:
        """The contact's panel: what it says of them, unless it is being edited; pages and chats."""
        inside = f"[data-interaction='{interaction.id}']"
        panel = await contact_panel(interaction, agent, here=here)
        facts, pages = panel.facts, panel.pages
        return (
            partial_for(f"{inside} .contact__head", render("contacts/_head.html", facts=facts))
            + partial_for(f"{inside} #contact_facts", render("contacts/_facts.html", facts=facts))
            + partial_for(
                f"{inside} #contact_identity",
                render("contacts/_identity.html", identity=interaction.external_id),
            )
            + partial_for(f"{inside} #contact_pages", render("contacts/_pages.html", pages=pages))
            + partial_for(
                f"{inside} #contact_others", render("contacts/_others.html", contact=panel)
            )
        )

    def clocks(self, bar: ClocksView) -> str:
        """The three clocks of an interaction, for a page on which it is open."""
        shown = render("interactions/_clocks.html", clocks=bar)
        return partial_for(f"[data-interaction='{bar.interaction}'] .clocks", shown)

    def reply_clock(self, bar: ClocksView) -> str:
        """The clock of the reply alone, for a page on which its interaction is open."""
        clock = bar.reply
        shown = render("interactions/_clock.html", clock=clock)
        return partial_for(f"[data-interaction='{bar.interaction}'] #clock_{clock.name}", shown)

    async def taken(self, signal: Signal) -> bytes:
        """The row goes, header and composer close, and a sentence says who has it now.

        Nothing else of it is told: what comes is no longer theirs to see.
        """
        interaction_id, agent_id = signal.ids["interaction"], signal.topic.id
        by = await agent_with_id(signal.ids["by"])
        interaction = await queries.overview(interaction_id)
        if interaction is None:
            return b""
        where = whereabouts(self.presence, interaction.visitor, interaction.page_title)
        shown = queries.view(interaction, agent_id=agent_id, where=where)
        text = N_(
            "{agent} took over the chat with {contact}.", agent=by.name, contact=shown.person.name
        )
        inside = f"[data-interaction='{interaction_id}']"
        return frames.html(
            await self._row(interaction_id, agent_id)
            + partial_for(
                f"{inside} .header", render("interactions/_header.html", interaction=shown)
            )
            + partial_for(
                f"{inside} .composer", render("interactions/_composer.html", interaction=shown)
            )
            + self.toast(text, interaction_id)
        )

    async def offers(self, signal: Signal) -> bytes:
        """All open offers of the agent: always the whole, so order and loss do not matter."""
        return frames.html(await self.offers_partial(signal.topic.id))

    async def offers_partial(self, agent_id: int) -> str:
        """The offers' region."""
        found = await workspace.offers(agent_id, self.presence)
        return partial_for("#offers", render("routing/_offers.html", offers=found))

    async def ring(self, signal: Signal) -> bytes:
        """The signal to ring, for title and sound."""
        return frames.named("ring", offer=signal.ids["offer"])

    async def gone(self, signal: Signal) -> bytes:
        """A sentence: who has it, or that it has ended."""
        interaction = await queries.overview(signal.ids["interaction"])
        if interaction is None:
            return b""
        contact = interaction.person.name
        if not signal.ids["by"]:
            text = N_("The chat with {contact} has ended.", contact=contact)
        else:
            by = await agent_with_id(signal.ids["by"])
            text = N_("{agent} took the chat with {contact}.", agent=by.name, contact=contact)
        return frames.html(self.toast(text, interaction.id))

    def toast(self, text: str, interaction_id: int) -> str:
        """Words beside those that are there: what can be undone stays so."""
        toast_id = f"told_{interaction_id}"
        told = render("shared/_notice.html", text=text, kind="info", id=toast_id)
        return partial_for(f"#{toast_id}", "", "delete") + partial_for("#notice", told, "beforeend")

    async def status(self, signal: Signal) -> bytes:
        """The status menu."""
        return frames.html(await self.status_partial(signal.topic.id))

    async def status_partial(self, agent_id: int) -> str:
        """The status menu, and what the empty page says of the status."""
        agent = await agent_with_id(agent_id)
        shown = await workspace.status(agent)
        text = await workspace.queues_text(agent)
        return partial_for("#status", render("workspace/_status.html", status=shown)) + partial_for(
            "#nothing", render("workspace/_nothing.html", queues_text=text)
        )

    async def everything(self, agent_id: int) -> bytes:
        """What a page needs after any absence, but for the transcript, which asks for itself."""
        return frames.html(await self.everything_partials(agent_id))

    async def everything_partials(self, agent_id: int) -> str:
        """List, status, offers and call."""
        rows = await workspace.rows(agent_id, self.presence)
        return (
            partial_for("#list", render("workspace/_list.html", rows=rows))
            + await self.status_partial(agent_id)
            + await self.offers_partial(agent_id)
            + await agent_partials(agent_id)
        )

    async def close_streams(self, signal: Signal) -> None:
        """End this process's streams of a session that ended."""
        for stream in self.hub.streams_of(Topic(AGENT, signal.topic.id)):
            if session_of(stream) == signal.ids["session"]:
                stream.close(farewell(stream, SIGNED_OUT, state="signed-out"))

    async def check_sessions(self) -> None:
        """End the streams of sessions whose end was not heard."""
        streams = [(session_of(one), one) for one in self.hub.streams(AGENT)]
        valid = await still_valid([session for session, _ in streams])
        for session, stream in streams:
            if session not in valid:
                stream.close(farewell(stream, SIGNED_OUT, state="signed-out"))

    async def _row(self, interaction_id: int, agent_id: int) -> str:
        found = await queries.overview(interaction_id)
        row = await workspace.row(found, agent_id, self.presence) if found else None
        return self._shown(interaction_id, row)

    def _shown(self, interaction_id: int, row: Row | None) -> str:
        if row is None:
            return partial_for(f"#interaction_{interaction_id}", "", "delete")
        return partial_for("#interactions", render("workspace/_row.html", row=row), "upsert")


def session_of(stream: Stream) -> int:
    """The session with which an agent's stream was opened."""
    return int(stream.key)
