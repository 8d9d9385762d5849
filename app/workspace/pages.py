"""The workspace as a page, and the open conversation as a partial of it."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import State

from app.agents.tables import Agent
from app.calls.queries import call_of_agent, is_offered_chats_in_calls, may_invite
from app.contacts.presence import whereabouts
from app.interactions import queries
from app.interactions.clock_views import clocks_bar
from app.interactions.marks import marks_for
from app.interactions.notices import AGENT
from app.interactions.queries import Overview
from app.interactions.transcript import latest_entries, named_in
from app.web.responses import html, is_htmx, page, partial_for
from app.web.templates import render
from app.workspace import queries as workspace
from app.workspace.contact_panel import contact_panel


async def shown_page(
    request: Request[Any, Any, Any], state: State, agent: Agent, interaction: Overview | None
) -> Response[str]:
    """The whole workspace, or for htmx its open conversation."""
    if is_htmx(request):
        return await conversation(state, agent, interaction)
    calls = state.settings.calls
    return page(
        "workspace/page.html",
        calls=calls,
        call=await call_of_agent(agent.id) if calls else None,
        offers_in_calls=calls and await is_offered_chats_in_calls(agent.id),
        me=workspace.me(agent),
        status=await workspace.status(agent),
        rows=await workspace.rows(
            agent.id, state.presence, selected=interaction.id if interaction else 0
        ),
        offers=await workspace.offers(agent.id, state.presence),
        **await _conversation_context(state, agent, interaction),
    )


async def conversation(
    state: State,
    agent: Agent,
    interaction: Overview | None,
    headers: dict[str, str] | None = None,
    extra: str = "",
) -> Response[str]:
    """The open conversation with its contact, or the empty page; `extra` are partials beside it."""
    context = await _conversation_context(state, agent, interaction)
    title = f"<title>{render('workspace/_title.html', **context)}</title>"
    return html(title + render("workspace/_conversation.html", **context) + extra, headers=headers)


def told_in_toast(words: str) -> str:
    """Rendered words as a partial that htmx puts into the toasts."""
    return partial_for("#notice", words, "innerHTML")


async def _conversation_context(
    state: State, agent: Agent, interaction: Overview | None
) -> dict[str, Any]:
    if interaction is None:
        return {
            "interaction": None,
            "contact": None,
            "marks": None,
            "named": None,
            "clocks": None,
            "invite": "",
            "entries": [],
            "older": False,
            "wrap_up_groups": [],
            "queues_text": await workspace.queues_text(agent),
        }
    where = whereabouts(state.presence, interaction.visitor, interaction.page_title)
    shown = await latest_entries(interaction.id, audience=AGENT)
    return {
        "interaction": queries.view(
            interaction, agent_id=agent.id, where=where, supervises=agent.may("supervisor")
        ),
        "contact": await contact_panel(interaction, agent, here=where.state == "here"),
        "marks": marks_for(interaction, AGENT),
        "named": await named_in(interaction, audience=AGENT),
        "clocks": await clocks_bar(interaction),
        "invite": await _invite(state, interaction),
        "entries": shown,
        "older": bool(shown) and shown[0].seq > 1,
        "wrap_up_groups": await workspace.wrap_up_groups(agent.id),
        "queues_text": "",
    }


async def _invite(state: State, interaction: Overview) -> str:
    """Where the visitor of it is called, if they can be."""
    possible = state.settings.calls and await may_invite(interaction.visitor)
    return f"{queries.urls(interaction.id).base}/calls" if possible else ""
