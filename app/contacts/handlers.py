"""What agents do with contacts: see and change their details, merge two that are one person."""

from functools import partial
from typing import Any

from litestar import Request, Response, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody

from app.accounts.access import requires_role
from app.agents.tables import Agent
from app.contacts import editing
from app.contacts.access import contact_for
from app.contacts.forms import ContactForm, MergeForm
from app.contacts.queries import ContactFacts, facts_of
from app.contacts.tables import Contact
from app.interactions.access import interaction_for
from app.interactions.queries import urls
from app.problems import Invalid
from app.web.errors import answer_invalid_with
from app.web.responses import html, is_htmx, page, see_other
from app.web.templates import render
from app.workspace.pages import conversation


@get("/workspace/contacts/{contact_id:int}", name="contacts:facts")
async def facts(contact: NamedDependency[Contact]) -> Response[str]:
    """What is known about the contact."""
    return page("contacts/_facts.html", facts=facts_of(contact))


@get("/workspace/contacts/{contact_id:int}/editing", name="contacts:editing")
async def editing_form(contact: NamedDependency[Contact]) -> Response[str]:
    """The same, to be changed."""
    known = facts_of(contact)
    values = {"name": known.name, "email": known.email, "phone": known.phone}
    return html(_form(known, Invalid({}, values)))


@put("/workspace/contacts/{contact_id:int}", name="contacts:change")
async def change(
    request: Request[Any, Any, Any],
    agent: NamedDependency[Agent],
    contact: NamedDependency[Contact],
    data: URLEncodedBody[ContactForm],
) -> Response[str]:
    """Change the contact's details."""
    answer_invalid_with(request, partial(_form, facts_of(contact)))
    await editing.change_details(contact, await data.checked(contact))
    return page("contacts/_facts.html", facts=facts_of(await contact_for(agent, contact.id)))


@get(
    "/workspace/contacts/{contact_id:int}/merging",
    name="contacts:merge_form",
    guards=[requires_role("supervisor")],
)
async def merging_form(
    request: Request[Any, Any, Any],
    contact: NamedDependency[Contact],
    number: FromQuery[str] = "",
    chat: FromQuery[int] = 0,
) -> Response[str]:
    """The number of the other contact; with one, who that is, before it is done."""
    known = facts_of(contact)
    empty = Invalid({}, {"number": number})
    if not number:
        return html(_merge_form(known, chat, None, empty))
    answer_invalid_with(request, partial(_merge_form, known, chat, None))
    other = await MergeForm(number).checked(contact)
    return html(_merge_form(known, chat, facts_of(other), empty))


@post(
    "/workspace/contacts/{contact_id:int}/merging",
    name="contacts:merge",
    guards=[requires_role("supervisor")],
    status_code=200,
)
async def merging(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    contact: NamedDependency[Contact],
    data: URLEncodedBody[MergeForm],
) -> Response[Any]:
    """Merge the contact with this number into the one of the path."""
    known = facts_of(contact)
    answer_invalid_with(request, partial(_merge_form, known, data.chat, None))
    other = await data.checked(contact)
    shown = await interaction_for(agent, data.chat) if data.chat else None
    await editing.merge(other, into=contact, by=agent)
    if not is_htmx(request):
        return see_other(urls(shown.id).page if shown else "/workspace/webchat")
    return await conversation(
        state, agent, await interaction_for(agent, shown.id) if shown else None
    )


def _form(known: ContactFacts, problem: Invalid) -> str:
    return render(
        "contacts/_facts_form.html", facts=known, values=problem.values, errors=problem.errors
    )


def _merge_form(
    known: ContactFacts, chat: int, other: ContactFacts | None, problem: Invalid
) -> str:
    return render(
        "contacts/_merge_form.html",
        facts=known,
        chat=chat,
        other=other,
        values=problem.values,
        errors=problem.errors,
    )


routes = [facts, editing_form, change, merging_form, merging]
