"""Standard responses: list, create, change, archive, import and export.

The same pages serve the settings and an agent's own responses; which of them is the shelf.
"""

from typing import Any

from litestar import Request, Response, Router, get, post, put
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery

from app.administration.fields import Fields, provide_fields
from app.administration.pages import Shell, done_at, provide_shell
from app.administration.queues.queries import names
from app.administration.responses import attached, files, service
from app.administration.responses.forms import ResponseForm, read
from app.administration.responses.shelves import OWN_URL, Shelf, provide_own, provide_shared
from app.attachments.forms import checked_upload_id
from app.attachments.handlers import MANY_FILES
from app.attachments.kinds import kind_of
from app.attachments.names import cleaned
from app.attachments.receiving import announced_size, check_size, received
from app.interactions.formatting import plain
from app.responses.tables import ResponseFile, StandardResponse
from app.web import spreadsheets
from app.web.responses import page

FOLDER = "administration/responses"
PAGE, IMPORT = f"{FOLDER}/page.html", f"{FOLDER}/import.html"
# The file and what a browser puts around it.
LARGEST_IMPORT = files.LARGEST_FILE + 64 * 1024


@get("/")
async def responses(shell: NamedDependency[Shell], shelf: NamedDependency[Shelf]) -> Response[str]:
    """Every response of the shelf."""
    known = await service.responses(shelf)
    previews = {response.id: plain(response.body) for response in known}
    return shell.page(f"{FOLDER}/list.html", shelf=shelf, responses=known, previews=previews)


@get("/new")
async def new_response(
    shell: NamedDependency[Shell], shelf: NamedDependency[Shelf]
) -> Response[str]:
    """The form of a new response."""
    return shell.page(PAGE, **await _context(shelf, None))


@post("/", status_code=303)
async def create(
    shell: NamedDependency[Shell], shelf: NamedDependency[Shelf], fields: NamedDependency[Fields]
) -> Response[None]:
    """Create a response."""
    form = await _form(shell, shelf, fields, None)
    await service.create(form, by=shelf.agent)
    return done_at(shelf.url, "created")


@get("/export")
async def export(shelf: NamedDependency[Shelf]) -> Response[str]:
    """The responses of the shelf as a CSV file."""
    content = files.written(await service.in_use(shelf), await names(archived=True))
    return spreadsheets.download(content, "standard-responses")


@get("/import")
async def import_form(
    shell: NamedDependency[Shell], shelf: NamedDependency[Shelf]
) -> Response[str]:
    """How a file must be, and where to choose it."""
    return shell.page(IMPORT, shelf=shelf, imported=None)


@post("/import", status_code=200, request_max_body_size=LARGEST_IMPORT)
async def import_file(
    request: Request[Any, Any, Any],
    shell: NamedDependency[Shell],
    shelf: NamedDependency[Shelf],
) -> Response[str]:
    """Take in a CSV file, all of it or nothing."""
    shell.ask_again(IMPORT, Fields([]), shelf=shelf, imported=None)
    sent = (await request.form()).get("file")
    content = await sent.read() if isinstance(sent, UploadFile) else b""
    imported = await service.take_in(shelf, files.forms_in(content, shelf))
    return shell.page(IMPORT, shelf=shelf, imported=imported)


@get("/{response_id:int}")
async def one_response(
    shell: NamedDependency[Shell], shelf: NamedDependency[Shelf], response_id: FromPath[int]
) -> Response[str]:
    """One response."""
    response = await service.response_with_id(shelf, response_id)
    values = {
        "title": response.title,
        "shortcut": response.shortcut,
        "folder": response.folder,
        "body": response.body,
        "queue": str(response.queue or ""),
    }
    return shell.page(PAGE, values=values, **await _context(shelf, response))


@post("/{response_id:int}", status_code=303)
async def change(
    shell: NamedDependency[Shell],
    shelf: NamedDependency[Shelf],
    fields: NamedDependency[Fields],
    response_id: FromPath[int],
) -> Response[None]:
    """Change a response."""
    response = await service.response_with_id(shelf, response_id)
    form = await _form(shell, shelf, fields, response)
    await service.change(response, form, by=shelf.agent)
    return done_at(shelf.url, "saved")


@put("/{response_id:int}/uploads/{upload_id:str}", status_code=200, request_max_body_size=None)
async def upload(
    request: Request[Any, Any, Any],
    state: State,
    shelf: NamedDependency[Shelf],
    response_id: FromPath[int],
    upload_id: FromPath[str],
    name: FromQuery[str] = "",
) -> Response[str]:
    """Take a file that comes with the response."""
    response = await service.response_with_id(shelf, response_id)
    state.limits.uploads.spend(("agent", shelf.agent.id), MANY_FILES)
    file = ResponseFile(
        response=response.id, upload_id=checked_upload_id(upload_id), name=cleaned(name)
    )
    kind = kind_of(file.name, request.headers.get("content-type", ""))
    check_size(announced_size(request), state.settings.upload_mb)
    await attached.check_place(response)
    with state.uploads.one((None, shelf.agent.id), MANY_FILES):
        async with received(request, state.settings) as came:
            await attached.add(response, came, file, kind, storage=state.storage, by=shelf.agent)
    return await _files(shelf, response)


@post("/{response_id:int}/files/{file_id:int}/removal", status_code=200)
async def remove_file(
    state: State,
    shelf: NamedDependency[Shelf],
    response_id: FromPath[int],
    file_id: FromPath[int],
) -> Response[str]:
    """Take a file away from the response."""
    response = await service.response_with_id(shelf, response_id)
    await attached.remove(response, file_id, storage=state.storage, by=shelf.agent)
    return await _files(shelf, response)


async def _files(shelf: Shelf, response: StandardResponse) -> Response[str]:
    files_ = await attached.files_of(response)
    return page(f"{FOLDER}/_files.html", shelf=shelf, response=response, files=files_)


@post("/{response_id:int}/archive", status_code=303)
async def archive(shelf: NamedDependency[Shelf], response_id: FromPath[int]) -> Response[None]:
    """Take it away from the agents."""
    await service.archive(await service.response_with_id(shelf, response_id), by=shelf.agent)
    return done_at(shelf.url, "archived")


@post("/{response_id:int}/restoring", status_code=303)
async def restore(shelf: NamedDependency[Shelf], response_id: FromPath[int]) -> Response[None]:
    """Give it back to the agents."""
    await service.restore(await service.response_with_id(shelf, response_id), by=shelf.agent)
    return done_at(shelf.url, "restored")


async def _form(
    shell: Shell, shelf: Shelf, fields: Fields, response: StandardResponse | None
) -> ResponseForm:
    context = await _context(shelf, response)
    shell.ask_again(PAGE, fields, **context)
    form = read(fields, shelf, context["queues"])
    fields.check()
    return form


async def _context(shelf: Shelf, response: StandardResponse | None) -> dict[str, Any]:
    queues = dict(shelf.queues)
    if response is not None and response.queue:
        # An archived queue stays chosen until another one is.
        queues |= {response.queue: (await names(archived=True))[response.queue]}
    return {
        "shelf": shelf,
        "response": response,
        "files": await attached.files_of(response) if response else [],
        "queues": queues,
        "folders": service.folders_in(await service.responses(shelf)),
    }


ROUTES = [
    responses,
    new_response,
    create,
    export,
    import_form,
    import_file,
    one_response,
    change,
    upload,
    remove_file,
    archive,
    restore,
]
routes = [
    Router(
        path="/standard-responses",
        dependencies={"shelf": Provide(provide_shared)},
        route_handlers=ROUTES,
    )
]
own_router = Router(
    path=OWN_URL,
    dependencies={
        "shelf": Provide(provide_own),
        "shell": Provide(provide_shell),
        "fields": Provide(provide_fields),
    },
    route_handlers=ROUTES,
)
