"""The verbs with which admins keep agents; each is recorded."""

from app.accounts import invitations
from app.accounts import service as accounts
from app.administration.agents.forms import AgentForm
from app.administration.agents.queries import queues_of, snapshot
from app.administration.audit import CHANGED, CREATED, DISABLED, ENABLED, record
from app.agents import pictures
from app.agents.events import AvailabilityChanged
from app.agents.queries import agent_with_id
from app.agents.service import OFFLINE, change_status
from app.agents.tables import ROLES, Agent
from app.database import tell, unit_of_work
from app.interactions.service import agent_looks_new
from app.languages import N_
from app.moments import now
from app.problems import Invalid, Refused
from app.routing.departure import give_back_all, withdraw_offers
from app.routing.tables import QueueMember

KIND, CLOSED = N_("agent"), "account disabled"
LAST_ADMIN = N_("Nobody else is an admin, so this account stays one and stays open.")


async def invite(form: AgentForm, *, email: str, by: Agent) -> tuple[Agent, str]:
    """A new account without a password, and the token of the link that sets it."""
    at = now()
    async with unit_of_work():
        made = (
            await Agent.insert(
                Agent(
                    email=email,
                    name=form.name,
                    role=form.role,
                    capacity=form.capacity,
                    created_at=at,
                    status_since=at,
                )
            )
            .on_conflict(action="DO NOTHING")
            .returning(*Agent.all_columns())
        )
        if not made:
            raise Invalid({"email": N_("There is an account with this e-mail already.")})
        agent = Agent(**made[0])
        await _set_queues(agent.id, form.queues)
        token = await invitations.invite(agent.id)
        await record(by, CREATED, _thing(agent), after=await snapshot(agent))
    return agent, token


async def change(agent: Agent, form: AgentForm, *, by: Agent) -> None:
    """Set name, role, queues and capacity; a lower role ends sessions, a lost queue its offers."""
    async with unit_of_work():
        before = await snapshot(agent)
        lost = await _set_queues(agent.id, form.queues)
        await Agent.update(
            {Agent.name: form.name, Agent.role: form.role, Agent.capacity: form.capacity}
        ).where(Agent.id == agent.id)
        await _keep_an_admin()
        if ROLES.index(form.role) < ROLES.index(agent.role):
            await accounts.end_all_sessions(agent.id)
        changed = await agent_with_id(agent.id)
        await record(by, CHANGED, _thing(changed), before=before, after=await snapshot(changed))
        tell(AvailabilityChanged(agent.id))
        if form.name != agent.name:
            await agent_looks_new(agent.id)
    await withdraw_offers(agent.id, queues=lost)


async def new_link(agent: Agent, *, by: Agent, session: int) -> str:
    """The token of a link with which an agent chooses a new password; they are signed out."""
    if agent.disabled_at is not None:
        raise Refused(N_("This account is disabled. Enable it before you make a link."))
    async with unit_of_work():
        token = await invitations.lost_password(agent.id, keep_session=session)
        await record(by, CHANGED, _thing(agent), after={N_("Password"): N_("a new link was made")})
    return token


async def disable(agent: Agent, *, by: Agent) -> None:
    """Close the account; offers and chats of the agent go back to their queues."""
    async with unit_of_work():
        await change_status(agent.id, OFFLINE, why=CLOSED)
        await accounts.disable(agent.id)
        await _keep_an_admin()
        if agent.disabled_at is None:
            await record(by, DISABLED, _thing(agent))
    await withdraw_offers(agent.id)
    await give_back_all(agent)


async def enable(agent: Agent, *, by: Agent) -> None:
    """Open the account again, as it was."""
    async with unit_of_work():
        opened = (
            await Agent.update({Agent.disabled_at: None, Agent.misses: 0})
            .where(Agent.id == agent.id, Agent.disabled_at.is_not_null())
            .returning(Agent.id)
        )
        if opened:
            await record(by, ENABLED, _thing(agent))


async def _set_queues(agent_id: int, queues: set[int]) -> set[int]:
    """Make the agent a member of these queues alone; gives those that they lost."""
    present = await queues_of(agent_id)
    lost, new = present - queues, queues - present
    if lost:
        await QueueMember.delete().where(
            QueueMember.agent == agent_id, QueueMember.queue.is_in(sorted(lost))
        )
    for queue in sorted(new):
        await QueueMember.insert(QueueMember(agent=agent_id, queue=queue)).on_conflict(
            action="DO NOTHING"
        )
    return lost


async def _keep_an_admin() -> None:
    """Refuse what leaves nobody who can administer.

    The rows are written to be locked: two admins who demote each other at once wait for each
    other here, and the second is refused.
    """
    left = (
        await Agent.update({Agent.role: "admin"})
        .where(Agent.role == "admin", Agent.disabled_at.is_null(), Agent.password_hash != "")
        .returning(Agent.id)
    )
    if not left:
        raise Refused(LAST_ADMIN)


async def set_picture(agent: Agent, content: bytes, *, by: Agent) -> None:
    """Give an agent a picture, which visitors see."""
    async with unit_of_work():
        await pictures.set_picture(agent.id, content)
        await agent_looks_new(agent.id)
        await record(by, CHANGED, _thing(agent), after={N_("Picture"): N_("a new one was set")})


async def remove_picture(agent: Agent, *, by: Agent) -> None:
    """Show an agent by two letters again."""
    async with unit_of_work():
        await pictures.remove_picture(agent.id)
        await agent_looks_new(agent.id)
        await record(by, CHANGED, _thing(agent), after={N_("Picture"): N_("it was removed")})


def _thing(agent: Agent) -> tuple[str, int, str]:
    return KIND, agent.id, agent.name
