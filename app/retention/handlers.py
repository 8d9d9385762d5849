"""What admins do with all of one contact: take it away as a file, or erase it."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Stream

from app.accounts.access import requires_role
from app.agents.tables import Agent
from app.contacts.queries import facts_of
from app.contacts.tables import Contact
from app.retention.erasure import erase
from app.retention.export import exported
from app.retention.sweep import remove_files
from app.web.responses import is_htmx, page, see_other
from app.workspace.pages import conversation

WORK = "/workspace/webchat"
ADMINS = [requires_role("admin")]


@get("/workspace/contacts/{contact_id:int}/export", name="contacts:export", guards=ADMINS)
async def export(state: State, contact: NamedDependency[Contact]) -> Stream:
    """All that is stored of the contact, as a ZIP."""
    name = f"{facts_of(contact).number}.zip"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Stream(exported(contact, state.storage), media_type="application/zip", headers=headers)


@get("/workspace/contacts/{contact_id:int}/erasure", name="contacts:erasing", guards=ADMINS)
async def erasing(contact: NamedDependency[Contact]) -> Response[str]:
    """Who would be erased, before it is done."""
    return page("contacts/_erase_form.html", facts=facts_of(contact))


@post(
    "/workspace/contacts/{contact_id:int}/erasure",
    name="contacts:erase",
    guards=ADMINS,
    status_code=200,
)
async def erasure(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    contact: NamedDependency[Contact],
) -> Response[Any]:
    """Erase the contact with everything they sent."""
    await remove_files(state.storage, await erase(contact, by=agent))
    if not is_htmx(request):
        return see_other(WORK)
    return await conversation(state, agent, None, headers={"HX-Push-Url": WORK})


routes = [export, erasing, erasure]
