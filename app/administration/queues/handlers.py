"""Queues: list, create, change, archive."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.administration.fields import YES_NO, Fields
from app.administration.lookups import found
from app.administration.pages import Shell, done
from app.administration.queues import forms, queries, service
from app.administration.queues.forms import Choices, QueueForm
from app.administration.queues.hours import SPANS
from app.agents.tables import Agent
from app.problems import Invalid
from app.routing.tables import Queue

PAGE = "administration/queues/page.html"


@get("/queues", name="settings:queues")
async def queues(shell: NamedDependency[Shell]) -> Response[str]:
    """Every queue."""
    return shell.page("administration/queues/list.html", queues=await queries.queue_lines())


@get("/queues/new", name="settings:queues:new")
async def new_queue(state: State, shell: NamedDependency[Shell]) -> Response[str]:
    """The form of a new queue."""
    return shell.page(PAGE, values=queries.values_of_new(), **await _context(state, None))


@post("/queues", name="settings:queues:create", status_code=303)
async def create(
    state: State,
    agent: NamedDependency[Agent],
    shell: NamedDependency[Shell],
    fields: NamedDependency[Fields],
) -> Response[None]:
    """Create a queue."""
    form = await _form(state, shell, fields, None)
    made = await service.create(form, by=agent)
    return done(f"queues/{made.id}", "created")


@get("/queues/{queue_id:int}", name="settings:queue")
async def one_queue(
    state: State, shell: NamedDependency[Shell], queue_id: FromPath[int]
) -> Response[str]:
    """One queue."""
    queue = await found(Queue, queue_id)
    return shell.page(PAGE, values=await queries.values_of(queue), **await _context(state, queue))


@post("/queues/{queue_id:int}", name="settings:queue:change", status_code=303)
async def change(
    state: State,
    agent: NamedDependency[Agent],
    shell: NamedDependency[Shell],
    fields: NamedDependency[Fields],
    queue_id: FromPath[int],
) -> Response[None]:
    """Set everything of a queue."""
    queue = await found(Queue, queue_id)
    form = await _form(state, shell, fields, queue)
    await service.change(queue, form, by=agent)
    return done(f"queues/{queue.id}", "saved")


@post("/queues/{queue_id:int}/archive", name="settings:queue:archive", status_code=303)
async def archive(
    agent: NamedDependency[Agent],
    fields: NamedDependency[Fields],
    queue_id: FromPath[int],
) -> Response[None]:
    """Take a queue out of use."""
    queue = await found(Queue, queue_id)
    move_to = fields.one_of("move_to", await queries.names(but=queue.id))
    if fields.errors:
        raise Invalid(fields.errors)
    await service.archive(queue, by=agent, move_to=move_to)
    return done(f"queues/{queue.id}", "archived")


@post("/queues/{queue_id:int}/restoring", name="settings:queue:restore", status_code=303)
async def restore(agent: NamedDependency[Agent], queue_id: FromPath[int]) -> Response[None]:
    """Bring a queue back."""
    queue = await found(Queue, queue_id)
    await service.restore(queue, by=agent)
    return done(f"queues/{queue.id}", "restored")


async def _form(state: State, shell: Shell, fields: Fields, queue: Queue | None) -> QueueForm:
    """The form's values; should they be wrong, the page is shown again with them."""
    context = await _context(state, queue)
    shell.ask_again(PAGE, fields, more=forms.kept(fields), **context)
    form = QueueForm.of(fields, context["choices"], calls=state.settings.calls)
    fields.check()
    return form


async def _context(state: State, queue: Queue | None) -> dict[str, Any]:
    id_ = queue.id if queue else 0
    return {
        "queue": queue,
        "use": (await queries.use_of(id_)).sentence,
        "choices": Choices(
            agents=await queries.agent_names(await queries.members_of(id_)),
            queues=await queries.names(but=id_),
            codes=await queries.code_names(queue.after_work_code if queue else None),
        ),
        "modes": queries.MODES,
        "yes_no": YES_NO,
        "calls": state.settings.calls,
        "spans": {value: name for value, (name, _) in SPANS.items()},
        "time_zones": queries.time_zones(),
    }


routes = [queues, new_queue, create, one_queue, change, archive, restore]
