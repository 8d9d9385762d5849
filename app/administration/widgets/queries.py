"""Widgets as the settings show them, and the preview of one that is not saved."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.administration.audit import Snapshot
from app.administration.fields import YES_NO, Fields
from app.administration.queues.queries import names
from app.administration.widgets.forms import ASKED, REMOVALS, SIDES
from app.canary.mark import MARKED
from app.contacts.names import Person, person
from app.interactions import log
from app.interactions.formatting import message_html
from app.interactions.tables import OPEN, Interaction
from app.interactions.transcript import EntryView
from app.languages import N_, _
from app.moments import now
from app.routing.promises import Promise
from app.widget.brand import Rgb, brand_from, contrast, parse
from app.widget.queries import NEW, TALKING, Conversation, WidgetView
from app.widget.tables import Widget

PREVIEWS = {"open": N_("Open"), "before": N_("Before chat"), "closed": N_("Closed")}
AGENT = "Sam Doe"


@dataclass(frozen=True, slots=True)
class WidgetLine:
    """One widget in the list."""

    id: int
    name: str
    queue: str
    colour: str
    sites: int
    archived: bool


@dataclass(frozen=True, slots=True)
class Colour:
    """What a brand colour becomes: its fill, and the text on it with their ratio, in words."""

    fill: str
    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """The widget as a visitor would see it; `colour` is None while it is not a colour."""

    kind: str
    side: str
    widget: WidgetView
    conversation: Conversation
    colour: Colour | None
    colour_fault: str


async def widget_lines() -> list[WidgetLine]:
    """Every widget by name, archived ones last."""
    queues = await names(archived=True)
    lines = [
        WidgetLine(
            id=widget.id,
            name=widget.name,
            queue=queues[widget.queue],
            colour=widget.colour,
            sites=len(widget.allowed_sites.split()),
            archived=widget.archived_at is not None,
        )
        for widget in await Widget.objects().where(Widget.key.not_like(MARKED))
    ]
    return sorted(lines, key=lambda line: (line.archived, line.name.casefold()))


async def open_chats(widget_id: int) -> int:
    """How many chats of a widget are open."""
    count: int = await Interaction.count().where(
        Interaction.widget == widget_id, Interaction.state.is_in(list(OPEN))
    )
    return count


async def snapshot(widget: Widget) -> Snapshot:
    """A widget in words, for the record of changes; the secret is never among them."""
    return {
        N_("Name"): widget.name,
        N_("Queue"): (await names(archived=True)).get(widget.queue, ""),
        N_("Brand colour"): widget.colour,
        N_("Side of the page"): SIDES.get(widget.side, widget.side),
        N_("Greeting"): widget.greeting,
        N_("Introduction"): widget.intro,
        N_("Answer hint"): widget.answer_hint,
        N_("Outside opening hours"): widget.closed_text,
        N_("Ask for the name"): ASKED.get(widget.ask_name, widget.ask_name),
        N_("Ask for the e-mail"): ASKED.get(widget.ask_email, widget.ask_email),
        N_("Ask for the phone number"): ASKED.get(widget.ask_phone, widget.ask_phone),
        N_("Ask for a rating"): YES_NO["yes" if widget.ask_rating else "no"],
        N_("Voice calls"): YES_NO["yes" if widget.calls else "no"],
        N_("Days that chats are kept"): str(widget.keep_days or ""),
        N_("What is removed"): REMOVALS[widget.removal] if widget.keep_days else "",
        N_("Privacy notice"): widget.privacy_url,
        N_("Allowed sites"): widget.allowed_sites,
    }


def colour_of(text: str) -> Colour | None:
    """What a brand colour becomes in light mode; None for what is no colour."""
    try:
        light = brand_from(text).light
    except ValueError:
        return None
    words = N_("White text") if light.text == "#ffffff" else N_("Dark text")
    ratio = contrast(parse(light.text), parse(light.fill))
    return Colour(
        light.fill,
        N_("{words}, {ratio} : 1", words=words, ratio=f"{ratio:.1f}"),
        changed=light.fill != Rgb(*parse(text)).css,
    )


def preview(fields: Fields) -> Preview:
    """The widget that these fields would make, whatever is wrong with some of them."""
    kind = fields.first("preview") if fields.first("preview") in PREVIEWS else "open"
    colour = fields.first("colour").strip().lower()
    colour = colour if colour.startswith("#") else f"#{colour}"
    made = colour_of(colour)
    asked, closed = kind == "before", kind == "closed"
    widget = WidgetView(
        key="preview",
        name=fields.line("name", 60) or _("Name of the widget"),
        greeting=fields.line("greeting", 120),
        intro=fields.line("intro", 300),
        ask_name=_asked(fields, "ask_name") if asked else "optional" if closed else "no",
        ask_email=_asked(fields, "ask_email") if asked else "required" if closed else "no",
        ask_phone=_asked(fields, "ask_phone") if asked or closed else "no",
        privacy_url="#" if fields.first("privacy_url") else "",
        answer_hint=fields.line("answer_hint", 80),
        site="",
        closed_text=fields.line("closed_text", 300),
        promise=Promise(is_open=not closed),
        offline=closed,
        calls=fields.first("calls") == "yes",
    )
    conversation = _talk() if kind == "open" else Conversation(0, NEW)
    fault = "" if made else N_("Write # and six digits or letters from a to f.")
    side = "start" if fields.first("side") == "start" else "end"
    return Preview(kind, side, widget, conversation, made, fault)


def _asked(fields: Fields, name: str) -> str:
    return fields.first(name) if fields.first(name) in ASKED else "no"


def _talk() -> Conversation:
    agent = person(AGENT, 5)
    began = now() - timedelta(minutes=2)
    entries = [
        _message(1, None, _("Does the Alder lamp come with a dimmer?"), began),
        _message(2, agent, _("It does: turn the foot to dim it."), began + timedelta(minutes=1)),
        _message(3, None, _("Then I take two. **Thank you!**"), now()),
    ]
    return Conversation(1, TALKING, agent=agent, entries=entries, last_seq=3)


def _message(seq: int, agent: Person | None, body: str, at: datetime) -> EntryView:
    return EntryView(
        id=f"preview_{seq}",
        seq=seq,
        kind=log.MESSAGE,
        side=log.AGENT if agent else log.CONTACT,
        own=agent is None,
        person=agent,
        html=message_html(body),
        body=body,
        text="",
        icon="",
        at=at,
        first=True,
        nonce="",
    )
