"""Standard responses: list, create, change, archive."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.administration.fields import Fields
from app.administration.pages import Shell, done
from app.administration.queues.queries import names
from app.administration.responses import service
from app.administration.responses.service import ResponseForm
from app.agents.tables import Agent
from app.responses.tables import StandardResponse

PAGE = "administration/responses/page.html"
HOME, LONGEST_TITLE, LONGEST_FOLDER, LONGEST_BODY = "standard-responses", 80, 60, 8000


@get("/standard-responses", name="settings:responses")
async def responses(shell: NamedDependency[Shell]) -> Response[str]:
    """Every response."""
    return shell.page("administration/responses/list.html", responses=await service.responses())


@get("/standard-responses/new", name="settings:responses:new")
async def new_response(shell: NamedDependency[Shell]) -> Response[str]:
    """The form of a new response."""
    return shell.page(PAGE, **await _context(None))


@post("/standard-responses", name="settings:responses:create", status_code=303)
async def create(
    agent: NamedDependency[Agent], shell: NamedDependency[Shell], fields: NamedDependency[Fields]
) -> Response[None]:
    """Create a response."""
    form = await _form(shell, fields, None)
    await service.create(form, by=agent)
    return done(HOME, "created")


@get("/standard-responses/{response_id:int}", name="settings:response")
async def one_response(shell: NamedDependency[Shell], response_id: FromPath[int]) -> Response[str]:
    """One response."""
    response = await service.response_with_id(response_id)
    values = {
        "title": response.title,
        "folder": response.folder,
        "body": response.body,
        "queue": str(response.queue or ""),
    }
    return shell.page(PAGE, values=values, **await _context(response))


@post("/standard-responses/{response_id:int}", name="settings:response:change", status_code=303)
async def change(
    agent: NamedDependency[Agent],
    shell: NamedDependency[Shell],
    fields: NamedDependency[Fields],
    response_id: FromPath[int],
) -> Response[None]:
    """Change a response."""
    response = await service.response_with_id(response_id)
    form = await _form(shell, fields, response)
    await service.change(response, form, by=agent)
    return done(HOME, "saved")


@post(
    "/standard-responses/{response_id:int}/archive",
    name="settings:response:archive",
    status_code=303,
)
async def archive(agent: NamedDependency[Agent], response_id: FromPath[int]) -> Response[None]:
    """Take it away from the agents."""
    await service.archive(await service.response_with_id(response_id), by=agent)
    return done(HOME, "archived")


@post(
    "/standard-responses/{response_id:int}/restoring",
    name="settings:response:restore",
    status_code=303,
)
async def restore(agent: NamedDependency[Agent], response_id: FromPath[int]) -> Response[None]:
    """Give it back to the agents."""
    await service.restore(await service.response_with_id(response_id), by=agent)
    return done(HOME, "restored")


async def _form(shell: Shell, fields: Fields, response: StandardResponse | None) -> ResponseForm:
    context = await _context(response)
    shell.ask_again(PAGE, fields, **context)
    form = ResponseForm(
        title=fields.line("title", LONGEST_TITLE, missing="Enter a title."),
        folder=fields.line("folder", LONGEST_FOLDER),
        body=fields.words("body", LONGEST_BODY, missing="Write the text of the response."),
        queue=fields.one_of("queue", context["queues"]),
    )
    fields.check()
    return form


async def _context(response: StandardResponse | None) -> dict[str, Any]:
    return {
        "response": response,
        "queues": await names(archived=response is not None and response.archived_at is not None),
        "folders": service.folders_in(await service.responses()),
    }


routes = [responses, new_response, create, one_response, change, archive, restore]
