"""What a visitor does meanwhile: whether they look, type, and where on the site they are."""

from litestar import Response, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from app.contacts.tables import Visitor
from app.interactions.tables import OPEN
from app.interactions.typing_signs import TYPING_FAST, visitor_types
from app.interactions.visits import visit
from app.languages import N_
from app.realtime.bus import Topic
from app.web.responses import nothing
from app.widget import queries
from app.widget.forms import PageForm, PresenceForm

TOO_RESTLESS = N_("This page comes and goes very fast.")


@put("/widget/{key:str}/presence", name="widget:presence")
async def presence(
    state: State, visitor: NamedDependency[Visitor], data: URLEncodedBody[PresenceForm]
) -> Response[None]:
    """Note whether the visitor looks at the chat; kept in memory only."""
    told = data.checked()
    state.limits.presence.spend(visitor.id, TOO_RESTLESS)
    await state.announcer.say(Topic("visitor", visitor.id), told)
    return nothing()


@put("/widget/{key:str}/typing", name="widget:typing")
async def typing(state: State, visitor: NamedDependency[Visitor]) -> Response[None]:
    """Tell the agent that the visitor is typing."""
    state.limits.typing.spend(("visitor", visitor.id), TYPING_FAST)
    interaction = await queries.current_interaction(visitor)
    if interaction is not None:
        await visitor_types(state.hub, interaction)
    return nothing()


@put("/widget/{key:str}/page", name="widget:page_change")
async def page_change(
    state: State, visitor: NamedDependency[Visitor], data: URLEncodedBody[PageForm]
) -> Response[None]:
    """Note the page around the chat, while a chat is open."""
    state.limits.pages.spend(visitor.id, TOO_RESTLESS)
    interaction = await queries.current_interaction(visitor)
    if interaction is not None and interaction.state in OPEN:
        await visit(visitor, interaction.id, title=data.title, url=data.url)
    return nothing()


routes = [presence, typing, page_change]
