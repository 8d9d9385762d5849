"""Standard responses beside the composer: searched as the agent types, and inserted."""

from litestar import MediaType, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.types import ASGIApp

from app.agents.tables import Agent
from app.attachments.downloads import Download
from app.interactions.access import LARGEST_ID, check_mine
from app.interactions.queries import Overview
from app.problems import NotFound
from app.responses import queries, service
from app.web.responses import page


@get("/workspace/interactions/{interaction_id:int}/responses", name="interactions:responses")
async def responses(
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    q: FromQuery[str] = "",
) -> Response[str]:
    """The responses for what was typed, best first, with their places filled."""
    found = await queries.picker(agent, interaction, q)
    return page("responses/_picker.html", picker=found)


@post(
    "/workspace/interactions/{interaction_id:int}/responses/{response_id:int}/uses",
    name="interactions:responses:use",
    status_code=200,
)
async def uses(
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    response_id: FromPath[int],
) -> Response[str]:
    """Count the use of a response; the answer is its Markdown with the places filled."""
    if not 0 < response_id <= LARGEST_ID:
        raise NotFound
    check_mine(interaction, agent)
    text = await service.use(response_id, by=agent, interaction=interaction)
    return Response(text, media_type=MediaType.TEXT, headers={"Cache-Control": "no-store"})


@get("/workspace/response-files/{file_id:int}", name="responses:file")
async def file(state: State, agent: NamedDependency[Agent], file_id: FromPath[int]) -> ASGIApp:
    """A file that comes with a response, for those who may insert it."""
    found = await queries.file_for(agent, file_id) if 0 < file_id <= LARGEST_ID else None
    if found is None:
        raise NotFound
    return Download(found, state.storage, inline=False)


routes = [responses, uses, file]
