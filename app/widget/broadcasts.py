"""What visitors' streams carry."""

from app.calls.broadcasts import visitor_partials
from app.contacts.events import VisitorRenewed, VisitorReplaced
from app.contacts.tables import Visitor
from app.interactions import notices
from app.interactions.events import EntryWritten, InteractionChanged, InteractionRead
from app.interactions.marks import marks_for
from app.interactions.queries import Overview, overview, went_on_after_an_end
from app.interactions.recent import RecentEntries
from app.interactions.transcript import entries_after, named_in
from app.interactions.typing_signs import TypingSign
from app.languages import N_
from app.moments import microseconds, now
from app.realtime import frames
from app.realtime.bus import Signal
from app.realtime.hub import Hub, farewell
from app.routing.promises import Promises
from app.web.responses import partial_for
from app.web.templates import render
from app.widget import queries
from app.widget.tables import Widget

VISITOR = "visitor"
INSERT = "upsert sort:true"


class Broadcasts:
    """Tells visitors what concerns their own chat, in the form their own page has."""

    def __init__(self, hub: Hub, promises: Promises, recent: RecentEntries) -> None:
        self.hub = hub
        self.recent = recent
        self.promises = promises
        hub.renders(VISITOR, "entry", self.entry)
        hub.renders(VISITOR, "interaction", self.interaction)
        hub.renders(VISITOR, "seen", self.seen)
        hub.renders(VISITOR, "typing", self.typing)
        hub.reacts("replaced", self.close_streams)
        hub.reacts("renewed", self.close_streams)

    async def entry_written(self, fact: EntryWritten) -> None:
        """The visitor sees the new entry, if it is one that visitors see."""
        ids = {"interaction": fact.interaction, "seq": fact.seq, "at": microseconds()}
        await self.hub.publish(VISITOR, fact.visitor, "entry", **ids)

    async def interaction_changed(self, fact: InteractionChanged) -> None:
        """The visitor sees who is there, and a definite end."""
        await self.hub.publish(VISITOR, fact.visitor, "interaction", interaction=fact.interaction)

    async def interaction_read(self, fact: InteractionRead) -> None:
        """The visitor sees how far the agent is."""
        if fact.by == notices.AGENT:
            await self.hub.publish(VISITOR, fact.visitor, "seen", interaction=fact.interaction)

    async def visitor_replaced(self, fact: VisitorReplaced) -> None:
        """The visitor's streams end everywhere."""
        await self.hub.publish(VISITOR, fact.visitor, "replaced")

    async def visitor_renewed(self, fact: VisitorRenewed) -> None:
        """The visitor's streams come back everywhere, where the new token is known."""
        await self.hub.publish(VISITOR, fact.visitor, "renewed")

    async def close_streams(self, signal: Signal) -> None:
        """End this process's streams of a visitor who has another token, or is nobody any more."""
        for stream in self.hub.streams_of(signal.topic):
            stream.close(farewell(stream, "", state=signal.kind))

    async def entry(self, signal: Signal) -> bytes:
        """The new entry, numbered so that a reader resumes after it."""
        interaction, seq = signal.ids["interaction"], signal.ids["seq"]
        entry = await self.recent.partial(interaction, seq, audience=notices.VISITOR)
        if entry is None:
            return b""
        return frames.html(partial_for(f"#log_{interaction}", entry.html, INSERT), seq)

    async def interaction(self, signal: Signal) -> bytes:
        """Header and status, or the whole end of the chat."""
        return frames.html(await self.state(signal.topic.id, signal.ids["interaction"]))

    async def seen(self, signal: Signal) -> bytes:
        """How far the agent is with what the visitor wrote."""
        interaction = await overview(signal.ids["interaction"])
        theirs = interaction is not None and interaction.visitor == signal.topic.id
        return frames.html(self.marks(interaction)) if interaction and theirs else b""

    async def typing(self, signal: Signal) -> bytes:
        """The agent is typing, at the end of the conversation."""
        interaction = await overview(signal.ids["interaction"])
        if interaction is None or interaction.visitor != signal.topic.id:
            return b""
        shown = TypingSign(interaction.agent_name or N_("The agent"), now())
        dots = render("interactions/_typing.html", typing=shown)
        return frames.html(partial_for(f"#typing_{interaction.id}", dots, "innerMorph"))

    def marks(self, interaction: Overview) -> str:
        """How far the agent is, for the visitor's page."""
        shown = marks_for(interaction, notices.VISITOR)
        return partial_for(
            f"#marks_{interaction.id}", render("interactions/_marks.html", marks=shown)
        )

    async def state(self, visitor_id: int, interaction_id: int) -> str:
        """The parts of the page that show the chat's state."""
        visitor = await Visitor.objects().get(Visitor.id == visitor_id)
        interaction = await overview(interaction_id)
        widget = await Widget.objects().get(Widget.id == visitor.widget) if visitor else None
        if (
            visitor is None
            or widget is None
            or not interaction
            or interaction.visitor != visitor_id
        ):
            return ""
        shown = await queries.standing(interaction)
        view = await queries.widget_view(widget, visitor, self.promises)
        context = {"widget": view, "conversation": shown}
        named = await named_in(interaction, audience=notices.VISITOR)
        head = partial_for("#widget_header", render("widget/_header.html", **context))
        head += partial_for(
            f"#named_{interaction_id}", render("interactions/_named.html", named=named)
        )
        ended = shown.state == queries.ENDED
        if not ended:
            status = partial_for("#widget_status", render("widget/_status.html", **context))
            head += status + self.marks(interaction)
        head += await visitor_partials(visitor_id)
        if not ended and not await went_on_after_an_end(interaction_id):
            return head
        # The whole of it, where it is not shown yet: a comment may be in the making there.
        other = f"#widget_body{':not' if ended else ':is'}(.widget-body--ended)"
        context["conversation"] = await queries.conversation(visitor)
        body = render("widget/_body.html", **context)
        return head + partial_for(f"{other}:has(#log_{interaction_id})", body, "outerHTML")

    async def missed(self, visitor_id: int, interaction: Overview, after: int) -> bytes:
        """What a reader that saw entries up to `after` has not seen: entries, then the state."""
        entries = await entries_after(interaction.id, after, audience=notices.VISITOR)
        told = [
            frames.html(
                partial_for(
                    f"#log_{interaction.id}", render("interactions/_entry.html", entry=one), INSERT
                ),
                one.seq,
            )
            for one in entries
        ]
        return b"".join(told) + frames.html(await self.state(visitor_id, interaction.id))
