"""The verbs with which agents and admins keep standard responses; each is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.administration.audit import ARCHIVED, CHANGED, CREATED, RESTORED, Snapshot, record
from app.administration.fields import LARGEST_ID
from app.administration.lookups import found, set_columns
from app.administration.responses.forms import ResponseForm
from app.administration.responses.shelves import Shelf
from app.agents.tables import Agent
from app.database import unit_of_work
from app.languages import N_
from app.moments import now
from app.problems import Invalid, NotFound
from app.responses.tables import StandardResponse
from app.routing.tables import Queue

KIND = N_("standard response")
TAKEN = N_("There is a response of this title in this folder already, perhaps an archived one.")
SHORTCUT_TAKEN = N_("The response “{title}” has this shortcut already.")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file brought: how many responses were new, changed, and as they were."""

    added: int
    changed: int
    same: int


async def responses(shelf: Shelf) -> list[StandardResponse]:
    """Every response of a shelf, by folder and title, archived ones last."""
    known = (
        await StandardResponse.objects(StandardResponse.queue)
        .where(shelf.holds())
        .order_by(StandardResponse.folder)
        .order_by(StandardResponse.title)
        .order_by(StandardResponse.id)
    )
    return sorted(known, key=lambda one: one.archived_at is not None)


async def in_use(shelf: Shelf) -> list[StandardResponse]:
    """The responses of a shelf that are not archived, by folder and title."""
    return (
        await StandardResponse.objects()
        .where(shelf.holds(), StandardResponse.archived_at.is_null())
        .order_by(StandardResponse.folder)
        .order_by(StandardResponse.title)
        .order_by(StandardResponse.id)
    )


async def response_with_id(shelf: Shelf, response_id: int) -> StandardResponse:
    """A response of the shelf; those of others are NotFound, as unknown ones are."""
    response = (
        await StandardResponse.objects().get((StandardResponse.id == response_id) & shelf.holds())
        if 0 < response_id <= LARGEST_ID
        else None
    )
    if response is None:
        raise NotFound
    return response


def folders_in(known: Sequence[StandardResponse]) -> list[str]:
    """The folders that there are."""
    return sorted({one.folder for one in known if one.folder})


async def create(form: ResponseForm, *, by: Agent) -> StandardResponse:
    """A new response."""
    async with unit_of_work():
        await _check(form)
        return await _insert(form, by=by)


async def change(response: StandardResponse, form: ResponseForm, *, by: Agent) -> None:
    """Other words, another folder or another audience."""
    async with unit_of_work():
        await _check(form, but=response.id)
        await _update(response, form, by=by)


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


async def take_in(shelf: Shelf, lines: Sequence[tuple[int, ResponseForm]]) -> Imported:
    """All responses of a file, or none: what has the same place and title is changed."""
    async with unit_of_work():
        known = {
            entered(one).key: one for one in await StandardResponse.objects().where(shelf.holds())
        }
        _check_file(lines, list(known.values()))
        added = changed = 0
        for _, form in lines:
            response = known.get(form.key)
            if response is None:
                await _insert(form, by=shelf.agent)
                added += 1
            elif response.archived_at or entered(response) != form:
                await _update(response, form, by=shelf.agent)
                await restore(response, by=shelf.agent)
                changed += 1
    return Imported(added, changed, len(lines) - added - changed)


def entered(response: StandardResponse) -> ResponseForm:
    """A response as somebody would enter it."""
    return ResponseForm(
        title=response.title,
        shortcut=response.shortcut,
        folder=response.folder,
        body=response.body,
        queue=response.queue,
        agent=response.agent,
    )


def _check_file(
    lines: Sequence[tuple[int, ResponseForm]], known: Sequence[StandardResponse]
) -> None:
    """Refuse a file that has a response or a shortcut twice, or a shortcut of another response."""
    faults: list[tuple[int, str]] = []
    titles: dict[object, int] = {}
    replaced = {form.key for _, form in lines}
    shortcuts = {
        (form.audience, form.shortcut): form.title
        for form in map(entered, known)
        if form.shortcut and form.key not in replaced
    }
    for line, form in lines:
        first = titles.setdefault(form.key, line)
        if first != line:
            faults.append((line, N_("The same title and folder as in line {line}.", line=first)))
        if form.shortcut:
            other = shortcuts.setdefault((form.audience, form.shortcut), form.title)
            if other != form.title:
                faults.append((line, SHORTCUT_TAKEN.with_values(title=other)))
    refuse_lines(faults)


def refuse_lines(faults: Sequence[tuple[int, str]]) -> None:
    """Refuse a file for what is wrong in its lines."""
    if faults:
        sentence = N_("Nothing was imported. Correct the lines below and choose the file again.")
        raise Invalid({"file": sentence}, {"faults": sorted(faults, key=lambda one: one[0])})


async def _insert(form: ResponseForm, *, by: Agent) -> StandardResponse:
    made = await StandardResponse.insert(StandardResponse(**form.columns())).returning(
        StandardResponse.id
    )
    response = await found(StandardResponse, made[0]["id"])
    await record(by, CREATED, _thing(response), after=await _snapshot(response))
    return response


async def _update(response: StandardResponse, form: ResponseForm, *, by: Agent) -> None:
    before = await _snapshot(response)
    await set_columns(response, form.columns())
    changed = await found(StandardResponse, response.id)
    await record(by, CHANGED, _thing(changed), before=before, after=await _snapshot(changed))


async def _check(form: ResponseForm, *, but: int = 0) -> None:
    """Refuse a title or a shortcut that another response for the same people has."""
    queue, agent = StandardResponse.queue, StandardResponse.agent
    for one in await StandardResponse.objects().where(
        queue == form.queue if form.queue else queue.is_null(),
        agent == form.agent if form.agent else agent.is_null(),
        StandardResponse.id != but,
    ):
        if entered(one).key == form.key:
            raise Invalid({"title": TAKEN})
        if form.shortcut and one.shortcut == form.shortcut:
            raise Invalid({"shortcut": SHORTCUT_TAKEN.with_values(title=one.title)})


async def _snapshot(response: StandardResponse) -> Snapshot:
    return {
        N_("Title"): response.title,
        N_("Shortcut"): f"/{response.shortcut}" if response.shortcut else "",
        N_("Folder"): response.folder,
        N_("For"): await _audience(response),
        N_("Text"): response.body,
    }


async def _audience(response: StandardResponse) -> str:
    if response.queue:
        return (await found(Queue, response.queue)).name
    if response.agent:
        return (await found(Agent, response.agent)).name
    return N_("everybody")


def _thing(response: StandardResponse) -> tuple[str, int, str]:
    return KIND, response.id, response.title
