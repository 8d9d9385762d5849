"""What an agent does in an interaction: write, read on, archive."""

from typing import Any

from litestar import Request, Response, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody

from app.agents.tables import Agent
from app.interactions import queries
from app.interactions import service as interactions
from app.interactions.access import check_mine, interaction_for
from app.interactions.forms import ArchiveForm, MessageForm, ReadForm
from app.interactions.notices import AGENT
from app.interactions.queries import Overview
from app.interactions.transcript import LAST, entries_after, entries_before, entry_at
from app.problems import Invalid
from app.web.errors import answer_invalid_with
from app.web.responses import html, is_htmx, nothing, page, see_other
from app.web.templates import render
from app.workspace import queries as workspace
from app.workspace.pages import conversation


@post(
    "/workspace/interactions/{interaction_id:int}/messages",
    name="interactions:messages",
    status_code=200,
)
async def post_message(
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    data: URLEncodedBody[MessageForm],
) -> Response[Any]:
    """Store an agent's message."""
    body, nonce = data.checked(state.settings.message_length)
    check_mine(interaction, agent)
    posted = await interactions.post_from_agent(interaction.id, by=agent, body=body, nonce=nonce)
    entry = await entry_at(posted.interaction, posted.seq, audience=AGENT)
    return page("interactions/_entry.html", entry=entry)


@get("/workspace/interactions/{interaction_id:int}/entries", name="interactions:entries")
async def entries(
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    after: FromQuery[int | None] = None,
    before: FromQuery[int | None] = None,
) -> Response[str]:
    """The log after a number, with the interaction's state; or the page before one."""
    if before is not None:
        number = max(1, min(before, LAST))
        found = await entries_before(interaction.id, number, audience=AGENT)
        told = ""
    else:
        number = max(0, min(after or 0, LAST))
        found = await entries_after(interaction.id, number, audience=AGENT)
        told = await state.agent_broadcasts.head(interaction.id, agent.id)
    shown = "".join(render("interactions/_entry.html", entry=one) for one in found)
    headers = {"Parley-Log": f"log_{interaction.id}"}
    if before is not None and (not found or found[0].seq == 1):
        headers["Parley-First"] = "true"
    return html(shown + told, headers=headers)


@post(
    "/workspace/interactions/{interaction_id:int}/archive",
    name="interactions:archive",
    status_code=200,
)
async def archive(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    data: URLEncodedBody[ArchiveForm],
) -> Response[Any]:
    """Complete the interaction with a wrap-up code."""
    groups = await workspace.wrap_up_groups(agent.id)
    shown = queries.view(interaction, agent_id=agent.id, here=True)
    answer_invalid_with(request, lambda problem: _archive_form(shown, groups, problem))
    code, note = await data.checked()
    check_mine(interaction, agent)
    await interactions.archive(interaction.id, by=agent, code=code, note=note)
    if not is_htmx(request):
        return see_other(queries.urls(interaction.id).page)
    return await conversation(state, agent, await interaction_for(agent, interaction.id))


@put(
    "/workspace/interactions/{interaction_id:int}/read",
    name="interactions:read",
)
async def read(
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    data: URLEncodedBody[ReadForm],
) -> Response[None]:
    """Note how far the agent who has the interaction has read; others leave no mark."""
    if interaction.agent == agent.id:
        await interactions.read_by_agent(interaction.id, seq=max(0, min(data.seq, LAST)))
    return nothing()


def _archive_form(interaction: Any, groups: list[Any], problem: Invalid) -> str:
    return render(
        "interactions/_archive_form.html",
        interaction=interaction,
        wrap_up_groups=groups,
        values=problem.values,
        errors=problem.errors,
    )


routes = [post_message, entries, archive, read]
