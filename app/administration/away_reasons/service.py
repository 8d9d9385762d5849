"""The verbs with which admins keep reasons to be away; each is recorded."""

from app.administration.archiving import bring_back, put_away
from app.administration.audit import CHANGED, CREATED, record
from app.administration.lookups import taken
from app.administration.ordering import move
from app.agents.events import AvailabilityChanged
from app.agents.service import AVAILABLE, NOT_RESPONDING, OFFLINE
from app.agents.tables import Agent, AwayReason
from app.contacts.names import likeness
from app.database import tell, unit_of_work
from app.languages import N_
from app.problems import Invalid

KIND = N_("away reason")
# What the system itself calls a status; an away reason of that name would say the opposite.
OURS = {likeness(name) for name in (AVAILABLE, OFFLINE, NOT_RESPONDING, N_("Wrapping up"))}
MOVED = {"up": N_("moved up"), "down": N_("moved down")}
TAKEN = N_("There is an away reason of this name already, perhaps an archived one.")


async def reasons() -> list[AwayReason]:
    """Every away reason in the order of the menu, archived ones last."""
    found = await AwayReason.objects().order_by(AwayReason.position).order_by(AwayReason.id)
    return sorted(found, key=lambda one: one.archived_at is not None)


async def create(name: str, *, by: Agent) -> None:
    """A new away reason, at the end of the menu."""
    async with unit_of_work():
        known = await reasons()
        _check_name(name, known)
        position = max((one.position for one in known), default=-1) + 1
        made = await AwayReason.insert(AwayReason(name=name, position=position)).returning(
            AwayReason.id
        )
        await record(by, CREATED, (KIND, made[0]["id"], name), after={"Name": name})


async def rename(reason: AwayReason, name: str, *, by: Agent) -> None:
    """Another name, for those who are away for it now too; what was recorded keeps the old one."""
    async with unit_of_work():
        _check_name(name, await reasons(), but=reason.id)
        await AwayReason.update({AwayReason.name: name}).where(AwayReason.id == reason.id)
        for row in (
            await Agent.update({Agent.status: name})
            .where(Agent.status == reason.name, Agent.status_kind == "away")
            .returning(Agent.id)
        ):
            tell(AvailabilityChanged(row["id"]))
        await record(
            by,
            CHANGED,
            (KIND, reason.id, name),
            before={"Name": reason.name},
            after={"Name": name},
        )


async def arrange(reason: AwayReason, direction: str, *, by: Agent) -> None:
    """Move it one place up or down in the menu."""
    async with unit_of_work():
        if await move(await reasons(), reason.id, direction):
            await record(by, CHANGED, _thing(reason), after={"Order": MOVED[direction]})


async def archive(reason: AwayReason, *, by: Agent) -> None:
    """Take it out of the menu; who is away for it stays so until they choose again."""
    async with unit_of_work():
        await put_away(reason, _thing(reason), by=by)


async def restore(reason: AwayReason, *, by: Agent) -> None:
    """Put it back into the menu."""
    async with unit_of_work():
        await bring_back(reason, _thing(reason), by=by)


def _check_name(name: str, known: list[AwayReason], *, but: int = 0) -> None:
    if likeness(name) in OURS:
        raise Invalid({"name": N_("The system itself has a status of this name.")})
    if taken(name, {one.id: one.name for one in known}, but):
        raise Invalid({"name": TAKEN})


def _thing(reason: AwayReason) -> tuple[str, int, str]:
    return KIND, reason.id, reason.name
