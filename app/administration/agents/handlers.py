"""Agents: list, invite, change, disable."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.accounts.access import signed_in
from app.administration.agents import queries, service
from app.administration.agents.forms import AgentForm, email_of
from app.administration.fields import Fields
from app.administration.lookups import found
from app.administration.pages import Shell, done
from app.agents import pictures
from app.agents.tables import Agent
from app.contacts.names import person
from app.web.client import base_url

ROOM_FOR_FORM = 64 * 1024
PAGE, LINK = "administration/agents/page.html", "administration/agents/link.html"


@get("/agents", name="settings:agents")
async def agents(shell: NamedDependency[Shell]) -> Response[str]:
    """Everybody of the contact centre."""
    return shell.page("administration/agents/list.html", agents=await queries.agent_lines())


@get("/agents/new", name="settings:agents:new")
async def new_agent(shell: NamedDependency[Shell]) -> Response[str]:
    """The form with which somebody is invited."""
    values = {"role": "agent", "queue": []}
    return shell.page(PAGE, values=values, **await _choices(None))


@post("/agents", name="settings:agents:invite", status_code=200)
async def invite(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    shell: NamedDependency[Shell],
    fields: NamedDependency[Fields],
) -> Response[str]:
    """Make an account, and show its link, this once."""
    choices = await _choices(None)
    shell.ask_again(PAGE, fields, more={"queue": fields.every("queue")}, **choices)
    form, email = AgentForm.of(fields, choices["queues"]), email_of(fields)
    fields.check()
    made, token = await service.invite(form, email=email, by=agent)
    return shell.page(LINK, account=made, link=_link(request, state, token), lost=False)


@get("/agents/{agent_id:int}", name="settings:agent")
async def one_agent(shell: NamedDependency[Shell], agent_id: FromPath[int]) -> Response[str]:
    """One agent."""
    account = await found(Agent, agent_id)
    return shell.page(PAGE, values=await queries.values_of(account), **await _choices(account))


@post("/agents/{agent_id:int}", name="settings:agent:change", status_code=303)
async def change(
    agent: NamedDependency[Agent],
    shell: NamedDependency[Shell],
    fields: NamedDependency[Fields],
    agent_id: FromPath[int],
) -> Response[None]:
    """Set name, role, queues and capacity."""
    account = await found(Agent, agent_id)
    choices = await _choices(account)
    shell.ask_again(PAGE, fields, more={"queue": fields.every("queue")}, **choices)
    form = AgentForm.of(fields, choices["queues"])
    fields.check()
    await service.change(account, form, by=agent)
    return done(f"agents/{account.id}", "saved")


@post("/agents/{agent_id:int}/invitation", name="settings:agent:link", status_code=200)
async def new_link(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    shell: NamedDependency[Shell],
    agent_id: FromPath[int],
) -> Response[str]:
    """Make a link for a lost password, and show it, this once."""
    account = await found(Agent, agent_id)
    session = signed_in(request).session
    token = await service.new_link(account, by=agent, session=session)
    return shell.page(LINK, account=account, link=_link(request, state, token), lost=True)


@post("/agents/{agent_id:int}/disabling", name="settings:agent:disable", status_code=303)
async def disable(agent: NamedDependency[Agent], agent_id: FromPath[int]) -> Response[None]:
    """Close the account."""
    account = await found(Agent, agent_id)
    await service.disable(account, by=agent)
    return done(f"agents/{account.id}", "disabled")


@post("/agents/{agent_id:int}/enabling", name="settings:agent:enable", status_code=303)
async def enable(agent: NamedDependency[Agent], agent_id: FromPath[int]) -> Response[None]:
    """Open the account again."""
    account = await found(Agent, agent_id)
    await service.enable(account, by=agent)
    return done(f"agents/{account.id}", "enabled")


@post(
    "/agents/{agent_id:int}/picture",
    name="settings:agent:picture",
    status_code=303,
    request_max_body_size=pictures.LARGEST + ROOM_FOR_FORM,
)
async def set_picture(
    request: Request[Any, Any, Any],
    agent: NamedDependency[Agent],
    shell: NamedDependency[Shell],
    agent_id: FromPath[int],
) -> Response[None]:
    """Give the agent a picture, which visitors see."""
    account = await found(Agent, agent_id)
    values = await queries.values_of(account)
    shell.ask_again(PAGE, Fields([]), more=values, **await _choices(account))
    sent = (await request.form()).get("picture")
    content = await sent.read() if isinstance(sent, UploadFile) else b""
    await service.set_picture(account, content, by=agent)
    return done(f"agents/{account.id}", "saved")


@post("/agents/{agent_id:int}/picture/removal", name="settings:agent:no_picture", status_code=303)
async def remove_picture(agent: NamedDependency[Agent], agent_id: FromPath[int]) -> Response[None]:
    """Show two letters again."""
    account = await found(Agent, agent_id)
    await service.remove_picture(account, by=agent)
    return done(f"agents/{account.id}", "saved")


async def _choices(account: Agent | None) -> dict[str, Any]:
    """What the form offers, for somebody new or for this account."""
    chosen = await queries.queues_of(account.id) if account else set()
    queues = await queries.queue_choices(chosen)
    shown = person(account.name, account.id, account.picture) if account else None
    return {"account": account, "person": shown, "roles": queries.ROLES, "queues": queues}


def _link(request: Request[Any, Any, Any], state: State, token: str) -> str:
    return f"{base_url(request, state.settings)}/invitation/{token}"


routes = [
    agents,
    new_agent,
    invite,
    one_agent,
    change,
    new_link,
    disable,
    enable,
    set_picture,
    remove_picture,
]
