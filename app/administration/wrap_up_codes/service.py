"""The verbs with which admins keep wrap-up codes; each is recorded."""

from dataclasses import dataclass

from app.administration.archiving import bring_back, put_away
from app.administration.audit import CHANGED, CREATED, Snapshot, record
from app.administration.lookups import taken
from app.administration.ordering import move
from app.agents.tables import Agent
from app.contacts.names import likeness
from app.database import unit_of_work
from app.languages import N_
from app.problems import Invalid, Refused
from app.routing.tables import Queue
from app.wrapup.tables import WrapUpCode

KIND = N_("wrap-up code")
MOVED = {"up": N_("moved up"), "down": N_("moved down")}
TAKEN = N_("There is a code of this name in this group already, perhaps an archived one.")


@dataclass(frozen=True, slots=True)
class CodeForm:
    """What an admin enters about a code."""

    name: str
    group: str


async def codes() -> list[WrapUpCode]:
    """Every code by group and in its order, archived ones last."""
    found = (
        await WrapUpCode.objects()
        .order_by(WrapUpCode.group)
        .order_by(WrapUpCode.position)
        .order_by(WrapUpCode.id)
    )
    return sorted(found, key=lambda one: one.archived_at is not None)


def groups_in(known: list[WrapUpCode]) -> list[str]:
    """The groups that there are."""
    return sorted({one.group for one in known if one.group})


async def create(form: CodeForm, *, by: Agent) -> None:
    """A new code, at the end of its group."""
    async with unit_of_work():
        group = await _of_group(form.group)
        _check_name(form, group)
        position = max((one.position for one in group), default=-1) + 1
        made = await WrapUpCode.insert(
            WrapUpCode(name=form.name, group=form.group, position=position)
        ).returning(WrapUpCode.id)
        await record(by, CREATED, (KIND, made[0]["id"], form.name), after=_snapshot(form))


async def change(code: WrapUpCode, form: CodeForm, *, by: Agent) -> None:
    """Another name or group; the log of each chat keeps the name with which it was archived."""
    async with unit_of_work():
        _check_name(form, await _of_group(form.group), but=code.id)
        await WrapUpCode.update({WrapUpCode.name: form.name, WrapUpCode.group: form.group}).where(
            WrapUpCode.id == code.id
        )
        before = _snapshot(CodeForm(code.name, code.group))
        await record(by, CHANGED, (KIND, code.id, form.name), before=before, after=_snapshot(form))


async def arrange(code: WrapUpCode, direction: str, *, by: Agent) -> None:
    """Move it one place up or down in its group."""
    async with unit_of_work():
        group = [one for one in await _of_group(code.group) if one.archived_at is None]
        if await move(group, code.id, direction):
            await record(by, CHANGED, _thing(code), after={"Order": MOVED[direction]})


async def archive(code: WrapUpCode, *, by: Agent) -> None:
    """Take it out of the dialog; refused while a queue archives with it by itself."""
    async with unit_of_work():
        queue = await Queue.objects().get(
            (Queue.after_work_code == code.id) & Queue.archived_at.is_null()
        )
        if queue:
            raise Refused(
                N_(
                    "The queue {queue} has it as its after-work code. Choose another.",
                    queue=queue.name,
                )
            )
        await put_away(code, _thing(code), by=by)


async def restore(code: WrapUpCode, *, by: Agent) -> None:
    """Put it back into the dialog."""
    async with unit_of_work():
        await bring_back(code, _thing(code), by=by)


async def _of_group(group: str) -> list[WrapUpCode]:
    return [one for one in await codes() if likeness(one.group) == likeness(group)]


def _check_name(form: CodeForm, group: list[WrapUpCode], *, but: int = 0) -> None:
    if taken(form.name, {one.id: one.name for one in group}, but):
        raise Invalid({"name": TAKEN})


def _snapshot(form: CodeForm) -> Snapshot:
    return {N_("Name"): form.name, N_("Group"): form.group}


def _thing(code: WrapUpCode) -> tuple[str, int, str]:
    return KIND, code.id, code.name
