"""Links with which somebody chooses their password: for a new account, or after a lost one."""

from datetime import timedelta

from app.accounts.service import change_password, check_password, end_all_sessions
from app.accounts.tables import Invitation
from app.agents.tables import Agent
from app.database import unit_of_work
from app.languages import N_
from app.moments import now
from app.problems import NotFound
from app.tokens import new_token, token_hash

DAYS = 7
USELESS = N_(
    "This link has been used, has expired or never existed. Ask your administrator for a new one."
)


async def invite(agent_id: int) -> str:
    """The token of a new link; links before it, and the password, are worth nothing from now on.

    It is stored only as a hash, so it can be shown this once and never again.
    """
    token = new_token()
    at = now()
    async with unit_of_work():
        await _void(agent_id)
        await Agent.update({Agent.password_hash: ""}).where(Agent.id == agent_id)
        await Invitation.insert(
            Invitation(
                token_hash=token_hash(token),
                agent=agent_id,
                created_at=at,
                expires_at=at + timedelta(days=DAYS),
            )
        )
    return token


async def lost_password(agent_id: int, *, keep_session: int) -> str:
    """The token of a new link for somebody who cannot sign in; their sessions end."""
    async with unit_of_work():
        token = await invite(agent_id)
        await end_all_sessions(agent_id, but=keep_session)
    return token


async def invited(token: str) -> Agent:
    """Whom a link is for; the same NotFound for used, expired, withdrawn and unknown ones."""
    found = await Invitation.objects(Invitation.agent).get(
        (Invitation.token_hash == token_hash(token))
        & Invitation.used_at.is_null()
        & (Invitation.expires_at > now())
    )
    if found is None or found.agent.disabled_at is not None:
        raise NotFound(USELESS)
    agent: Agent = found.agent
    return agent


async def accept(token: str, password: str) -> Agent:
    """Set the password that was chosen; of many at once one wins, and the link is used up."""
    check_password(password)
    agent = await invited(token)
    async with unit_of_work():
        used = (
            await Invitation.update({Invitation.used_at: now()})
            .where(Invitation.token_hash == token_hash(token), Invitation.used_at.is_null())
            .returning(Invitation.id)
        )
        if not used:
            raise NotFound(USELESS)
        await change_password(agent.id, password)
    return agent


async def _void(agent_id: int) -> None:
    await Invitation.update({Invitation.used_at: now()}).where(
        Invitation.agent == agent_id, Invitation.used_at.is_null()
    )
