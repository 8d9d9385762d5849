"""Signing in and out, and the sessions between."""

from dataclasses import dataclass

from app.accounts import passwords
from app.accounts.events import SessionEnded, SignedIn
from app.accounts.tables import Session
from app.agents.tables import Agent
from app.canary.mark import MARKED, is_marked
from app.database import as_row, fetch, tell, unit_of_work
from app.languages import N_
from app.moments import ago, now
from app.problems import Invalid
from app.tokens import new_token, token_hash

WRONG = N_("E-mail or password is not right. Check both, then try again.")
SEEN_EVERY = 60
SIGNED_IN = """
SELECT s.id AS session, s.last_seen_at, a.*
FROM sessions s JOIN agents a ON a.id = s.agent
WHERE s.token_hash = {} AND s.ended_at IS NULL AND s.last_seen_at > {}
"""


@dataclass(frozen=True, slots=True)
class SignedInAs:
    """Whoever a request comes from: their session's id and the agent."""

    session: int
    agent: Agent


async def sign_in(email: str, password: str) -> tuple[Agent, str]:
    """The agent and the token of a new session; the same refusal for whatever is wrong."""
    agent = await Agent.objects().get(
        (Agent.email == email.strip().lower()) & Agent.disabled_at.is_null()
    )
    if not await passwords.matches(agent.password_hash if agent else None, password) or not agent:
        raise Invalid({"form": WRONG})
    token = new_token()
    async with unit_of_work():
        at = now()
        await Session.insert(
            Session(token_hash=token_hash(token), agent=agent.id, created_at=at, last_seen_at=at)
        )
        tell(SignedIn(agent.id))
    return agent, token


async def signed_in_as(token: str, *, hours: int) -> SignedInAs | None:
    """Who has this token, if their session stands and was used within these hours."""
    found = await fetch(SIGNED_IN, token_hash(token), ago(hours * 3600))
    if not found:
        return None
    session, seen = found[0].pop("session"), found[0].pop("last_seen_at")
    agent = as_row(Agent, found[0])
    if not _may_work(agent):
        return None
    if seen < ago(SEEN_EVERY):
        await Session.update({Session.last_seen_at: now()}).where(Session.id == session)
    return SignedInAs(session, agent)


def _may_work(agent: Agent) -> bool:
    """Whether the account is open; the canary's never is, and only itself makes its sessions."""
    return agent.disabled_at is None or is_marked(agent.email)


async def has_session(agent_id: int, *, hours: int) -> bool:
    """Whether the agent is signed in anywhere, with a session used within these hours."""
    found: bool = await Session.exists().where(
        Session.agent == agent_id,
        Session.ended_at.is_null(),
        Session.last_seen_at > ago(hours * 3600),
    )
    return found


async def end_session(session_id: int) -> None:
    """Sign out: the token is worth nothing from now on, on open streams too."""
    async with unit_of_work():
        ended = (
            await Session.update({Session.ended_at: now()})
            .where(Session.id == session_id, Session.ended_at.is_null())
            .returning(Session.agent)
        )
        for row in ended:
            tell(SessionEnded(session_id, row["agent"]))


async def end_all_sessions(agent_id: int, *, but: int | None = None) -> None:
    """Sign an agent out everywhere, but for one session, after a change of password or role."""
    async with unit_of_work():
        ended = (
            await Session.update({Session.ended_at: now()})
            .where(
                Session.agent == agent_id,
                Session.ended_at.is_null(),
                Session.id != (but or 0),
            )
            .returning(Session.id)
        )
        for row in ended:
            tell(SessionEnded(row["id"], agent_id))


async def disable(agent_id: int) -> None:
    """Close an account: no sign-in and no open session from now on."""
    async with unit_of_work():
        await Agent.update(
            {Agent.disabled_at: now(), Agent.status: "Offline", Agent.status_kind: "offline"}
        ).where(Agent.id == agent_id)
        await end_all_sessions(agent_id)


async def change_password(agent_id: int, password: str, *, keep_session: int | None = None) -> None:
    """Set a new password and end every other session."""
    check_password(password)
    new_hash = passwords.hashed(password)
    async with unit_of_work():
        await Agent.update({Agent.password_hash: new_hash}).where(Agent.id == agent_id)
        await end_all_sessions(agent_id, but=keep_session)


async def still_valid(sessions: list[int]) -> set[int]:
    """Which of these sessions stand; for streams after signals may have been lost."""
    if not sessions:
        return set()
    rows = await Session.select(Session.id).where(
        Session.id.is_in(sessions),
        Session.ended_at.is_null(),
        Session.agent.disabled_at.is_null() | Session.agent.email.like(MARKED),
    )
    return {row["id"] for row in rows}


def check_password(password: str) -> None:
    """Refuse what is too short, or so long that hashing it would be an attack."""
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        words = N_("Choose a password of {least} to {most} characters.")
        span = {"least": passwords.SHORTEST, "most": passwords.LONGEST}
        raise Invalid({"password": words.with_values(**span)})


async def create_agent(*, email: str, name: str, password: str, role: str = "agent") -> Agent:
    """A new account; an e-mail that is taken is refused."""
    check_password(password)
    made = (
        await Agent.insert(
            Agent(
                email=email.strip().lower(),
                name=name.strip(),
                password_hash=passwords.hashed(password),
                role=role,
                created_at=now(),
                status_since=now(),
            )
        )
        .on_conflict(action="DO NOTHING")
        .returning(*Agent.all_columns())
    )
    if not made:
        raise Invalid({"email": N_("There is an account with this e-mail already.")})
    return Agent(**made[0])
