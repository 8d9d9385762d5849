"""The verbs with which admins keep queues; each is recorded."""

from app.administration.archiving import bring_back, put_away
from app.administration.audit import CHANGED, CREATED, record
from app.administration.lookups import found, set_columns, taken
from app.administration.queues.forms import QueueForm
from app.administration.queues.queries import members_of, names, snapshot, use_of
from app.agents.events import AvailabilityChanged
from app.agents.tables import Agent
from app.database import tell, unit_of_work
from app.interactions import log
from app.interactions.events import InteractionChanged, InteractionQueued
from app.interactions.tables import OPEN, QUEUED, Interaction
from app.languages import N_
from app.problems import Invalid, Refused
from app.routing.departure import withdraw_offers
from app.routing.tables import Queue, QueueHoliday, QueueMember, QueuePeriod
from app.widget.tables import Widget

KIND = N_("queue")
OPEN_CHATS = N_("Open chats")
TAKEN = N_("There is a queue of this name already, perhaps an archived one.")


async def create(form: QueueForm, *, by: Agent) -> Queue:
    """A new queue."""
    async with unit_of_work():
        await _check_name(form.name)
        made = await Queue.insert(Queue(**form.columns)).returning(Queue.id)
        queue = await found(Queue, made[0]["id"])
        await _fill(queue.id, form)
        await record(by, CREATED, _thing(queue), after=await snapshot(queue))
    return queue


async def change(queue: Queue, form: QueueForm, *, by: Agent) -> None:
    """Set everything of a queue; who is no longer a member loses its offers."""
    async with unit_of_work():
        await _check_name(form.name, but=queue.id)
        before = await snapshot(queue)
        await set_columns(queue, form.columns)
        lost = await _fill(queue.id, form)
        changed = await found(Queue, queue.id)
        await record(by, CHANGED, _thing(changed), before=before, after=await snapshot(changed))
    for agent in lost:
        await withdraw_offers(agent, queues=[queue.id])


async def archive(queue: Queue, *, by: Agent, move_to: int | None) -> None:
    """Take a queue out of use; what still needs it moves to another, or the verb is refused."""
    async with unit_of_work():
        if move_to:
            await _move(queue, await found(Queue, move_to), by=by)
        use = await use_of(queue.id)
        if use.sentence:
            raise Refused(
                N_("{use} Choose a queue to move them to, then archive.", use=use.sentence)
            )
        await put_away(queue, _thing(queue), by=by)


async def restore(queue: Queue, *, by: Agent) -> None:
    """Bring an archived queue back."""
    async with unit_of_work():
        await bring_back(queue, _thing(queue), by=by)


async def _move(queue: Queue, to: Queue, *, by: Agent) -> None:
    """Let another queue have the widgets, the overflow and the open chats of this one."""
    for widget in await Widget.objects().where(Widget.queue == queue.id).order_by(Widget.id):
        await set_columns(widget, {"queue": to.id})
        await record(
            by,
            CHANGED,
            (N_("widget"), widget.id, widget.name),
            before={N_("Queue"): queue.name},
            after={N_("Queue"): to.name},
        )
    for other in await Queue.objects().where(Queue.overflow_queue == queue.id).order_by(Queue.id):
        await _overflow_to(other, to, by=by)
    chats = await Interaction.select(Interaction.id).where(
        Interaction.queue == queue.id, Interaction.state.is_in(list(OPEN))
    )
    for row in chats:
        moved = await log.write(
            row["id"],
            states=OPEN,
            refusal=N_("A chat ended just now. Try again."),
            changes={Interaction.queue: to.id},
        )
        tell(InteractionChanged(moved.id, moved.visitor, moved.agent or 0))
        if moved.state == QUEUED:
            tell(InteractionQueued(moved.id))
    if chats:
        count = len(chats)
        await record(
            by,
            CHANGED,
            _thing(queue),
            before={OPEN_CHATS: f"{count}, {queue.name}"},
            after={OPEN_CHATS: f"{count}, {to.name}"},
        )


async def _overflow_to(queue: Queue, to: Queue, *, by: Agent) -> None:
    """The overflow goes to the other queue now; to none, if it is that one itself."""
    before = await snapshot(queue)
    none = queue.id == to.id
    await set_columns(
        queue, {"overflow_queue": None, "overflow_after": 0} if none else {"overflow_queue": to.id}
    )
    changed = await found(Queue, queue.id)
    await record(by, CHANGED, _thing(changed), before=before, after=await snapshot(changed))


async def _fill(queue_id: int, form: QueueForm) -> set[int]:
    """Set members and hours; gives the members that the queue lost."""
    await QueuePeriod.delete().where(QueuePeriod.queue == queue_id)
    for one in form.periods:
        await QueuePeriod.insert(
            QueuePeriod(queue=queue_id, weekday=one.weekday, opens=one.opens, closes=one.closes)
        )
    await QueueHoliday.delete().where(QueueHoliday.queue == queue_id)
    for day, name in form.holidays.items():
        await QueueHoliday.insert(QueueHoliday(queue=queue_id, day=day, name=name))
    present = await members_of(queue_id)
    lost = present - form.members
    if lost:
        await QueueMember.delete().where(
            QueueMember.queue == queue_id, QueueMember.agent.is_in(sorted(lost))
        )
    for agent in sorted(form.members - present):
        await QueueMember.insert(QueueMember(queue=queue_id, agent=agent)).on_conflict(
            action="DO NOTHING"
        )
    for agent in sorted(lost | (form.members - present)):
        tell(AvailabilityChanged(agent))
    return lost


async def _check_name(name: str, *, but: int = 0) -> None:
    if taken(name, await names(archived=True), but):
        raise Invalid({"name": TAKEN})


def _thing(queue: Queue) -> tuple[str, int, str]:
    return KIND, queue.id, queue.name
