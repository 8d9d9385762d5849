"""The verbs with which admins keep standard responses; each is recorded."""

from dataclasses import dataclass

from app.administration.audit import ARCHIVED, CHANGED, CREATED, RESTORED, Snapshot, record
from app.administration.fields import LARGEST_ID
from app.agents.tables import Agent
from app.contacts.names import likeness
from app.database import unit_of_work
from app.moments import now
from app.problems import Invalid, NotFound
from app.responses.tables import StandardResponse
from app.routing.tables import Queue

KIND = "standard response"
TAKEN = "There is a response of this title in this folder already, perhaps an archived one."


@dataclass(frozen=True, slots=True)
class ResponseForm:
    """What an admin enters about a response; `queue` is None when it is for everybody."""

    title: str
    folder: str
    body: str
    queue: int | None


async def responses() -> list[StandardResponse]:
    """Every response that is not one agent's own, by folder and title, archived ones last."""
    found = (
        await StandardResponse.objects(StandardResponse.queue)
        .where(StandardResponse.agent.is_null())
        .order_by(StandardResponse.folder)
        .order_by(StandardResponse.title)
    )
    return sorted(found, key=lambda one: one.archived_at is not None)


async def response_with_id(response_id: int) -> StandardResponse:
    """A response that is not one agent's own; those are NotFound, as unknown ones are."""
    known = 0 < response_id <= LARGEST_ID
    response = (
        await StandardResponse.objects().get(
            (StandardResponse.id == response_id) & StandardResponse.agent.is_null()
        )
        if known
        else None
    )
    if response is None:
        raise NotFound
    return response


def folders_in(known: list[StandardResponse]) -> list[str]:
    """The folders that there are."""
    return sorted({one.folder for one in known if one.folder})


async def create(form: ResponseForm, *, by: Agent) -> StandardResponse:
    """A new response."""
    async with unit_of_work():
        await _check_title(form)
        made = await StandardResponse.insert(
            StandardResponse(title=form.title, folder=form.folder, body=form.body, queue=form.queue)
        ).returning(StandardResponse.id)
        response = await response_with_id(made[0]["id"])
        await record(by, CREATED, _thing(response), after=await _snapshot(response))
    return response


async def change(response: StandardResponse, form: ResponseForm, *, by: Agent) -> None:
    """Other words, another folder or queue."""
    async with unit_of_work():
        await _check_title(form, but=response.id)
        before = await _snapshot(response)
        await StandardResponse.update(
            {
                StandardResponse.title: form.title,
                StandardResponse.folder: form.folder,
                StandardResponse.body: form.body,
                StandardResponse.queue: form.queue,
            }
        ).where(StandardResponse.id == response.id)
        changed = await response_with_id(response.id)
        await record(by, CHANGED, _thing(changed), before=before, after=await _snapshot(changed))


async def archive(response: StandardResponse, *, by: Agent) -> None:
    """Take it away from the agents; what was written with it stays."""
    async with unit_of_work():
        archived = (
            await StandardResponse.update({StandardResponse.archived_at: now()})
            .where(StandardResponse.id == response.id, StandardResponse.archived_at.is_null())
            .returning(StandardResponse.id)
        )
        if archived:
            await record(by, ARCHIVED, _thing(response))


async def restore(response: StandardResponse, *, by: Agent) -> None:
    """Give it back to the agents."""
    async with unit_of_work():
        restored = (
            await StandardResponse.update({StandardResponse.archived_at: None})
            .where(StandardResponse.id == response.id, StandardResponse.archived_at.is_not_null())
            .returning(StandardResponse.id)
        )
        if restored:
            await record(by, RESTORED, _thing(response))


async def _check_title(form: ResponseForm, *, but: int = 0) -> None:
    for one in await responses():
        same = likeness(one.title) == likeness(form.title)
        if same and likeness(one.folder) == likeness(form.folder) and one.id != but:
            raise Invalid({"title": TAKEN})


async def _snapshot(response: StandardResponse) -> Snapshot:
    queue = await Queue.objects().get(Queue.id == response.queue) if response.queue else None
    return {
        "Title": response.title,
        "Folder": response.folder,
        "For": queue.name if queue else "everybody",
        "Text": response.body,
    }


def _thing(response: StandardResponse) -> tuple[str, int, str]:
    return KIND, response.id, response.title
