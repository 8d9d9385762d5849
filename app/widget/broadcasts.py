"""What visitors' streams carry."""

from app.contacts.tables import Visitor
from app.interactions import notices
from app.interactions.events import EntryWritten, InteractionChanged
from app.interactions.queries import Overview, overview
from app.interactions.transcript import entries_after, entry_at
from app.realtime import frames
from app.realtime.bus import Signal
from app.realtime.hub import Hub
from app.web.responses import partial_for
from app.web.templates import render
from app.widget import queries
from app.widget.tables import Widget

VISITOR = "visitor"
INSERT = "upsert sort:true"


class Broadcasts:
    """Tells visitors what concerns their own chat, in the form their own page has."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        hub.renders(VISITOR, "entry", self.entry)
        hub.renders(VISITOR, "interaction", self.interaction)

    async def entry_written(self, fact: EntryWritten) -> None:
        """The visitor sees the new entry, if it is one that visitors see."""
        ids = {"interaction": fact.interaction, "seq": fact.seq}
        await self.hub.publish(VISITOR, fact.visitor, "entry", **ids)

    async def interaction_changed(self, fact: InteractionChanged) -> None:
        """The visitor sees who is there, and a definite end."""
        await self.hub.publish(VISITOR, fact.visitor, "interaction", interaction=fact.interaction)

    async def entry(self, signal: Signal) -> bytes:
        """The new entry, numbered so that a reader resumes after it."""
        interaction, seq = signal.ids["interaction"], signal.ids["seq"]
        shown = await entry_at(interaction, seq, audience=notices.VISITOR)
        if shown is None:
            return b""
        text = render("interactions/_entry.html", entry=shown)
        return frames.html(partial_for(f"#log_{interaction}", text, INSERT), seq)

    async def interaction(self, signal: Signal) -> bytes:
        """Header and status, or the whole end of the chat."""
        return frames.html(await self.state(signal.topic.id, signal.ids["interaction"]))

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
        shown = queries.outline(interaction)
        context = {"widget": await queries.widget_view(widget, visitor), "conversation": shown}
        head = partial_for("#widget_header", render("widget/_header.html", **context))
        if shown.state != queries.ENDED:
            return head + partial_for("#widget_status", render("widget/_status.html", **context))
        context["conversation"] = await queries.conversation(visitor)
        return head + partial_for(
            f"#widget_body:has(#log_{interaction_id})",
            render("widget/_body.html", **context),
            "outerHTML",
        )

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
