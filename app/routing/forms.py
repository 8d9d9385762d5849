"""What agents send to forward an interaction."""

from dataclasses import dataclass

from app.agents.queries import agent_with_id
from app.agents.tables import Agent
from app.interactions.forms import NOTE_LENGTH, visible
from app.languages import N_, number
from app.problems import Invalid, NotFound
from app.routing.queries import queue_with_id
from app.routing.tables import Queue

CHOOSE = N_("Choose an agent or a queue.")


@dataclass
class ForwardForm:
    """One choice over agents and queues, as `to` ("agent-5", "queue-2") or named by its kind."""

    to: str = ""
    agent: str = ""
    queue: str = ""
    note: str = ""
    ends_call: str = ""

    async def checked(self, *, in_a_call: bool) -> tuple[Agent | Queue, str]:
        """The receiver and the note, or Invalid with what was entered and what ends a call."""
        errors: dict[str, str] = {}
        if in_a_call and self.ends_call != "true":
            errors["ends_call"] = N_("Forwarding ends the call. Say that it may end.")
        if len(self.note) > NOTE_LENGTH:
            errors["note"] = N_("Use at most {most} characters.", most=number(NOTE_LENGTH))
        receiver = await self._receiver()
        if receiver is None:
            errors["to"] = CHOOSE
        if receiver is None or errors:
            raise Invalid(errors, {"to": self._chosen(), "note": self.note})
        return receiver, visible(self.note)

    def _chosen(self) -> str:
        if self.agent or self.queue:
            return f"agent-{self.agent}" if self.agent else f"queue-{self.queue}"
        return self.to

    async def _receiver(self) -> Agent | Queue | None:
        kind, _, number = self._chosen().partition("-")
        if not number.isdecimal() or len(number) > 9:  # noqa: PLR2004 - within 32 bits
            return None
        try:
            if kind == "agent":
                agent = await agent_with_id(int(number))
                return agent if agent.disabled_at is None else None
            return await queue_with_id(int(number)) if kind == "queue" else None
        except NotFound:
            return None
