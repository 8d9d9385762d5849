"""Facts about interactions, told after commit."""

from dataclasses import dataclass

# The clocks that an entry may turn.
ALL, REPLY, NONE = "all", "reply", ""


@dataclass(frozen=True, slots=True)
class EntryWritten:
    """A new line stands in the log; `agent` is 0 while nobody has the interaction.

    `message_of` is who wrote the message, "contact" or "agent"; empty for notes and notices.
    `turns` says which clocks it may start or stop: all, the reply's, or none, as with more words
    of the same side.
    """

    interaction: int
    seq: int
    visitor: int
    agent: int
    message_of: str = ""
    turns: str = ALL


@dataclass(frozen=True, slots=True)
class InteractionChanged:
    """State, agent, contact or page changed; `agent` is whoever's list shows it."""

    interaction: int
    visitor: int
    agent: int


@dataclass(frozen=True, slots=True)
class InteractionRenamed:
    """Somebody named in it is called otherwise now."""

    interaction: int


@dataclass(frozen=True, slots=True)
class InteractionRead:
    """One side, "agent" or "visitor", has got further with what the other wrote."""

    interaction: int
    visitor: int
    agent: int
    by: str


@dataclass(frozen=True, slots=True)
class InteractionBreached:
    """A clock has passed its target, for the first time since it started."""

    interaction: int
    clock: str


@dataclass(frozen=True, slots=True)
class InteractionQueued:
    """Somebody waits for an agent."""

    interaction: int


@dataclass(frozen=True, slots=True)
class InteractionClosed:
    """Archived or missed: capacity may be free, and open offers are void."""

    interaction: int
