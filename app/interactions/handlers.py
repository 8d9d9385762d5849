"""What an agent does in an interaction: write, read on, archive, take a copy."""

from typing import Annotated, Any

from litestar import MediaType, Request, Response, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody

from app.agents.tables import Agent
from app.contacts.presence import UNKNOWN
from app.interactions import copies, marks, messages, queries
from app.interactions import service as interactions
from app.interactions.access import check_mine, check_own, interaction_for, known_id
from app.interactions.forms import ArchiveForm, MessageForm, NoteForm, ReadForm
from app.interactions.notices import AGENT
from app.interactions.queries import Overview
from app.interactions.transcript import LAST, entries_after, entries_before
from app.interactions.typing_signs import TYPING_FAST, agent_types
from app.problems import Invalid, Refused
from app.web.errors import answer_invalid_with
from app.web.responses import html, is_htmx, nothing, see_other
from app.web.templates import render
from app.workspace import queries as workspace
from app.workspace.pages import conversation, told_in_toast


@post(
    "/workspace/interactions/{interaction_id:int}/messages",
    name="interactions:messages",
    status_code=200,
)
async def post_message(
    state: State,
    agent: NamedDependency[Agent],
    interaction_id: FromPath[int],
    data: URLEncodedBody[MessageForm],
) -> Response[Any]:
    """Store an agent's message.

    The write itself finds the interaction through the agent; only a refusal asks what it was.
    """
    try:
        number = known_id(interaction_id)
        body, nonce, uploads = data.checked(state.settings.message_length)
        posted = await messages.post_from_agent(
            number, by=agent, body=body, nonce=nonce, uploads=uploads
        )
    except (Invalid, Refused):
        await check_own(agent, interaction_id)
        raise
    entry = await state.recent.partial(posted.interaction, posted.seq, audience=AGENT)
    return html(entry.html)


@post(
    "/workspace/interactions/{interaction_id:int}/notes",
    name="interactions:notes",
    status_code=200,
)
async def post_note(
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    data: URLEncodedBody[NoteForm],
) -> Response[Any]:
    """Store an internal note of the agent who has the interaction, or of a supervisor."""
    body, nonce = data.checked()
    if not agent.may("supervisor"):
        check_mine(interaction, agent)
    posted = await messages.add_note(interaction.id, by=agent, body=body, nonce=nonce)
    entry = await state.recent.partial(posted.interaction, posted.seq, audience=AGENT)
    return html(entry.html)


@put("/workspace/interactions/{interaction_id:int}/typing", name="interactions:typing")
async def typing(
    state: State, agent: NamedDependency[Agent], interaction: NamedDependency[Overview]
) -> Response[None]:
    """Tell the visitor that the agent is typing; of somebody who looks on, nothing is told."""
    if interaction.agent == agent.id:
        state.limits.typing.spend(("agent", agent.id, interaction.id), TYPING_FAST)
        await agent_types(state.hub, interaction)
    return nothing()


@get("/workspace/interactions/{interaction_id:int}/entries", name="interactions:entries")
async def entries(
    state: State,
    agent: NamedDependency[Agent],
    readable: NamedDependency[Overview],
    after: FromQuery[int | None] = None,
    before: FromQuery[int | None] = None,
) -> Response[str]:
    """The log after a number, with the interaction's state; or the page before one."""
    if before is not None:
        number = max(1, min(before, LAST))
        found = await entries_before(readable.id, number, audience=AGENT)
        told = ""
    else:
        number = max(0, min(after or 0, LAST))
        found = await entries_after(readable.id, number, audience=AGENT)
        told = await state.agent_broadcasts.head(readable.id, agent.id)
    shown = "".join(render("interactions/_entry.html", entry=one) for one in found)
    headers = {"Parley-Log": f"log_{readable.id}", "Parley-Last": str(readable.last_seq)}
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
    shown = queries.view(interaction, agent_id=agent.id, where=UNKNOWN)
    answer_invalid_with(request, lambda problem: _archive_form(shown, groups, problem))
    code, note = await data.checked()
    check_mine(interaction, agent)
    await interactions.archive(interaction.id, by=agent, code=code, note=note)
    if not is_htmx(request):
        return see_other(queries.urls(interaction.id).page)
    told = render("interactions/_archived.html", wrap_up=code.name, base=shown.urls.base)
    archived = await interaction_for(agent, interaction.id)
    return await conversation(state, agent, archived, extra=told_in_toast(told))


@post(
    "/workspace/interactions/{interaction_id:int}/reopening",
    name="interactions:reopen",
    status_code=200,
)
async def reopening(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
) -> Response[Any]:
    """Undo an archive, or take an interaction of the last day up again."""
    check_mine(interaction, agent)
    await interactions.reopen(interaction.id, by=agent)
    url = queries.urls(interaction.id).page
    if not is_htmx(request):
        return see_other(url)
    reopened = await interaction_for(agent, interaction.id)
    gone = told_in_toast("")
    return await conversation(state, agent, reopened, {"HX-Push-Url": url}, extra=gone)


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
        await marks.read_by_agent(interaction.id, seq=max(0, min(data.seq, LAST)))
    return nothing()


@get("/workspace/interactions/{interaction_id:int}/transcript", name="interactions:transcript")
async def transcript(
    readable: NamedDependency[Overview],
    as_: Annotated[str, QueryParameter(name="format")] = "text",
) -> Response[str]:
    """The whole transcript to keep, as text or as a page that stands alone."""
    copy = await copies.transcript_copy(readable)
    if as_ == "html":
        text, policy = copies.as_html(copy)
        return html(text, headers=_kept_as(f"{copy.file_name}.html", policy))
    headers = _kept_as(f"{copy.file_name}.txt", copies.TEXT_POLICY)
    return Response(
        copies.as_text(copy),
        media_type=MediaType.TEXT,
        headers={"Cache-Control": "no-store", **headers},
    )


def _kept_as(name: str, policy: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'inline; filename="{name}"',
        "Content-Security-Policy": policy,
    }


def _archive_form(interaction: Any, groups: list[Any], problem: Invalid) -> str:
    return render(
        "interactions/_archive_form.html",
        interaction=interaction,
        wrap_up_groups=groups,
        values=problem.values,
        errors=problem.errors,
    )


routes = [post_message, post_note, typing, entries, archive, reopening, read, transcript]
