"""What the visitor's pages show."""

from dataclasses import dataclass, field, replace

from app.contacts.names import Person, person
from app.contacts.tables import Contact, Visitor
from app.interactions import notices
from app.interactions.marks import Marks, marks_for
from app.interactions.queries import Overview, latest_of_visitor
from app.interactions.ratings import Rating, rating_of
from app.interactions.tables import ACTIVE, OFFERED, OPEN, QUEUED
from app.interactions.transcript import EntryView, Named, goes_back, latest_entries, named_in
from app.languages import N_
from app.moments import ago
from app.routing.line import Place, place_of
from app.routing.promises import Promise, Promises
from app.widget.history import EarlierChat, earlier_chats
from app.widget.tables import Widget

SHOWN_AFTER_END = 24 * 3600
NEW, WAITING, TALKING, ENDED = "new", "waiting", "talking", "ended"


@dataclass(frozen=True, slots=True)
class WidgetView:
    """A widget's look and questions; `site` is the origin of the page around the iframe.

    With `offline` the visitor leaves a message instead of beginning a chat.
    """

    key: str
    name: str
    greeting: str
    intro: str
    ask_name: str
    ask_email: str
    privacy_url: str
    answer_hint: str
    site: str
    closed_text: str = ""
    ask_rating: bool = True
    promise: Promise = field(default_factory=Promise)
    offline: bool = False
    ask_phone: str = "no"
    calls: bool = False

    @property
    def asks(self) -> bool:
        """Whether a form comes before the first message."""
        return self.offline or any(how != "no" for how in self.questions.values())

    @property
    def questions(self) -> dict[str, str]:
        """Each field that may come before the first message: no, optional or required."""
        return {"name": self.ask_name, "email": self.ask_email, "phone": self.ask_phone}


@dataclass(frozen=True, slots=True)
class Conversation:
    """The visitor's chat as they see it."""

    id: int
    state: str
    agent: Person | None = None
    entries: list[EntryView] = field(default_factory=list)
    older: bool = False
    last_seq: int = 0
    new_after: int = 0
    marks: Marks = field(default_factory=lambda: Marks(0))
    named: Named = field(default_factory=lambda: Named(0, ""))
    offline: bool = False
    line: Place | None = None
    ended_text: str = ""
    rating: Rating | None = None
    mailable: bool = False
    earlier: list[EarlierChat] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


async def widget_view(
    widget: Widget,
    visitor: Visitor | None,
    promises: Promises,
    *,
    site: str = "",
    offline: bool | None = None,
) -> WidgetView:
    """The widget as its templates take it; a visitor is not asked again what they have told.

    Who leaves a message is asked for an address; without `offline` the queue's hours decide.
    """
    told = await Contact.objects().get(Contact.id == visitor.contact) if visitor else None
    asks = visitor is None or not visitor.external_id
    promise = await promises.of(widget.queue)
    leaves = not promise.is_open if offline is None else offline
    ask_name = "optional" if leaves and widget.ask_name == "no" else widget.ask_name
    return WidgetView(
        key=widget.key,
        name=widget.name,
        greeting=widget.greeting,
        intro=widget.intro,
        ask_name="no" if not asks or (told and told.name) else ask_name,
        ask_email="no"
        if not asks or (told and told.email)
        else "required"
        if leaves
        else widget.ask_email,
        ask_phone="no" if not asks or (told and told.phone) else widget.ask_phone,
        privacy_url=widget.privacy_url,
        answer_hint=widget.answer_hint,
        site=site,
        closed_text=widget.closed_text,
        ask_rating=widget.ask_rating,
        promise=promise,
        offline=leaves,
        calls=widget.calls,
    )


async def current_interaction(visitor: Visitor) -> Overview | None:
    """The visitor's open interaction, else the last one if it ended within a day."""
    found = await latest_of_visitor(visitor.id)
    if found is None or found.state in OPEN or found.last_at > ago(SHOWN_AFTER_END):
        return found
    return None


def state_of(interaction: Overview | None) -> str:
    """The interaction's state in the visitor's terms."""
    if interaction is None:
        return NEW
    if interaction.state in {QUEUED, OFFERED}:
        return WAITING
    return TALKING if interaction.state == ACTIVE and interaction.left_at is None else ENDED


def fresh(
    values: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> Conversation:
    """A chat that has not begun, with what was entered so far."""
    return Conversation(0, NEW, values=values or {}, errors=errors or {})


async def another(visitor: Visitor | None) -> Conversation:
    """A chat that has not begun, below the earlier ones of this visitor."""
    return replace(fresh(), earlier=await earlier_chats(visitor) if visitor else [])


def outline(interaction: Overview) -> Conversation:
    """The chat without its entries, for header and status."""
    state = state_of(interaction)
    agent = interaction.agent
    return Conversation(
        id=interaction.id,
        state=state,
        agent=person(interaction.agent_name or "", agent, interaction.agent_picture)
        if agent
        else None,
        last_seq=interaction.last_seq,
        new_after=interaction.contact_read_seq,
        marks=marks_for(interaction, notices.VISITOR),
        offline=interaction.offline,
        ended_text=_ended_text(interaction),
        rating=rating_of(interaction),
        mailable=state == ENDED and bool(interaction.email and interaction.first_response_at),
    )


async def standing(interaction: Overview) -> Conversation:
    """The chat without its entries, with its place in the line while it waits."""
    shown = outline(interaction)
    if shown.state != WAITING or shown.offline:
        return shown
    return replace(shown, line=await place_of(interaction.id))


async def conversation(visitor: Visitor | None) -> Conversation:
    """The visitor's chat with its last page of entries."""
    if visitor is None:
        return fresh()
    interaction = await current_interaction(visitor)
    if interaction is None:
        return await another(visitor)
    entries = await latest_entries(interaction.id, audience=notices.VISITOR)
    return replace(
        await standing(interaction),
        entries=entries,
        named=await named_in(interaction, audience=notices.VISITOR),
        older=await goes_back(interaction.id, entries, audience=notices.VISITOR),
        earlier=await earlier_chats(visitor, but=interaction.id),
    )


def _ended_text(interaction: Overview) -> str:
    if interaction.state == "missed":
        return N_("You left before somebody could answer. Your messages are kept.")
    return N_("Your messages are kept. If something is left to ask, start a new chat.")
