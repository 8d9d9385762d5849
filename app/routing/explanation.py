"""Why this agent, why nobody: the ledger of offers in words, and who could take it now."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.agents.service import status_in_words
from app.agents.tables import Agent
from app.contacts.names import Person, person
from app.interactions.tables import ACTIVE, OFFERED, QUEUED, Interaction
from app.languages import N_, listed
from app.moments import ago, now
from app.routing import choice, offers
from app.routing.calendars import hours_of
from app.routing.choice import Candidate
from app.routing.choices import closed_text
from app.routing.line import line
from app.routing.service import Rules, candidates
from app.routing.tables import BROADCAST, Offer, Queue

OUTCOMES = {
    "": N_("Open now"),
    offers.ACCEPTED: N_("Accepted"),
    offers.DECLINED: N_("Declined"),
    offers.EXPIRED: N_("Not answered in time"),
    offers.UNSEEN: N_("Never shown by the browser"),
    offers.WITHDRAWN: N_("Withdrawn: taken by somebody else, or ended"),
}


@dataclass(frozen=True, slots=True)
class OfferLine:
    """One offer of the ledger in words; `seconds` from the offer to its outcome."""

    id: int
    person: Person
    at: datetime
    shown: str
    outcome: str
    kind: str
    seconds: int | None
    from_agent: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member of the queue: whether they can take it now, or why not.

    `since` is when the reason began; the time since then follows the words.
    """

    person: Person
    kind: str
    load: int
    capacity: int
    able: bool
    next: bool
    reason: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where it stands in the line of its queue, of how many, and what decides that."""

    number: int
    of: int
    priority: int
    due_at: datetime | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that decides who gets an interaction, and what was decided so far."""

    queue: str
    state: str
    broadcast: bool
    headline: str
    closed: str
    place: Place | None = None
    members: list[MemberLine] = field(default_factory=list)
    ledger: list[OfferLine] = field(default_factory=list)


async def explanation(
    interaction_id: int, *, present: Collection[int], rules: Rules
) -> Explanation | None:
    """Why an interaction is, or is not, with somebody."""
    found: Any = await Interaction.objects(Interaction.queue, Interaction.agent).get(
        Interaction.id == interaction_id
    )
    if found is None:
        return None
    queue: Queue = found.queue
    holder = found.agent.name if found.agent and found.agent.id else ""
    found.queue = queue.id
    ledger = await _ledger(interaction_id)
    closed = closed_text(await hours_of(queue.id), now())
    place = await _place(interaction_id, queue)
    members: list[MemberLine] = []
    if found.state in {QUEUED, OFFERED}:
        crowd = await candidates(found, queue, present=present)
        members = await _members(crowd, passed_before=ago(rules.again_after))
    return Explanation(
        queue=queue.name,
        state=found.state,
        broadcast=queue.mode == BROADCAST,
        headline=_headline(found.state, queue.name, holder, closed, place, members, ledger),
        closed=closed,
        place=place,
        members=members,
        ledger=ledger,
    )


async def _place(interaction_id: int, queue: Queue) -> Place | None:
    """None for what does not wait, or is shown to somebody already."""
    theirs = [one for one in await line() if one.queue.id == queue.id]
    for number, one in enumerate(theirs, start=1):
        if one.interaction.id == interaction_id:
            return Place(number, len(theirs), one.priority, one.due_at, one.interaction.queued_at)
    return None


def reason_in_words(code: str, agent: Agent, one: Candidate) -> tuple[str, datetime | None]:
    """Why somebody cannot take it, and since when if that matters."""
    if code == choice.NOT_AVAILABLE:
        return status_in_words(agent.status), agent.status_since
    if code == choice.NOT_PRESENT:
        return N_("Available, but no open workspace"), None
    if code == choice.IN_A_CALL:
        return N_("In a voice call"), None
    if code == choice.FULL:
        return N_("Full, {count} of {capacity}", count=one.load, capacity=one.capacity), None
    if code == choice.PASSED_IT:
        return N_("Passed it"), one.passed_at
    able = N_("Can take it, {count} of {capacity}")
    return able.with_values(count=one.load, capacity=one.capacity), None


async def _members(crowd: list[Candidate], *, passed_before: datetime) -> list[MemberLine]:
    """Those who can take it in the order in which they are asked, then the others by name."""
    if not crowd:
        return []
    agents = {
        agent.id: agent
        for agent in await Agent.objects().where(Agent.id.is_in([one.agent for one in crowd]))
    }
    able = choice.in_order(crowd, passed_before=passed_before)
    others = [one for one in crowd if one not in able]
    others.sort(key=lambda one: agents[one.agent].name.casefold())
    return [
        _member(one, agents[one.agent], passed_before, first=one is able[0] if able else False)
        for one in [*able, *others]
    ]


def _member(one: Candidate, agent: Agent, passed_before: datetime, *, first: bool) -> MemberLine:
    code = choice.why_not(one, passed_before=passed_before)
    words, since = reason_in_words(code, agent, one)
    return MemberLine(
        person=person(agent.name, agent.id),
        kind=agent.status_kind,
        load=one.load,
        capacity=one.capacity,
        able=not code,
        next=first,
        reason=words,
        since=since,
    )


async def _ledger(interaction_id: int) -> list[OfferLine]:
    """Every offer of an interaction, the newest first."""
    made: Any = (
        await Offer.objects(Offer.agent, Offer.from_agent)
        .where(Offer.interaction == interaction_id)
        .order_by(Offer.id, ascending=False)
    )
    return [_line(one) for one in made]


def _line(made: Any) -> OfferLine:
    seconds = (made.decided_at - made.offered_at).total_seconds() if made.decided_at else None
    return OfferLine(
        id=made.id,
        person=person(made.agent.name, made.agent.id),
        at=made.offered_at,
        shown=_shown(made),
        outcome=OUTCOMES.get(made.outcome, made.outcome),
        kind={"": "open", offers.ACCEPTED: "good"}.get(made.outcome, "plain"),
        seconds=None if seconds is None else max(0, round(seconds)),
        from_agent=made.from_agent.name if made.from_agent and made.from_agent.id else "",
    )


def _shown(made: Any) -> str:
    if made.shown_at is None:
        return N_("not shown") if made.outcome else N_("not shown yet")
    seconds = max(0, (made.shown_at - made.offered_at).total_seconds())
    return N_("shown after {seconds} s", seconds=f"{seconds:.1f}")


def _headline(
    state: str,
    queue: str,
    holder: str,
    closed: str,
    place: Place | None,
    members: list[MemberLine],
    ledger: list[OfferLine],
) -> str:
    """The answer in one sentence."""
    asked = [one.person.name for one in ledger if one.kind == "open"]
    if state == OFFERED and asked:
        return N_("It is offered to {names} now.", names=listed(asked))
    if state in {QUEUED, OFFERED}:
        return _who_is_next(queue, closed, place, members)
    if state == ACTIVE:
        return N_("{agent} has it.", agent=holder)
    return N_("It has ended. The offers are kept.")


def _who_is_next(queue: str, closed: str, place: Place | None, members: list[MemberLine]) -> str:
    if closed:
        return N_("{queue} takes nobody now. {closed}.", queue=queue, closed=closed)
    if not members:
        return N_("{queue} has no members, so nobody can be asked.", queue=queue)
    first = next((one.person.name for one in members if one.next), "")
    if first and place and place.number > 1:
        words = N_("{agent} is asked when its turn comes: it is number {number} in line.")
        return words.with_values(agent=first, number=place.number)
    if first:
        return N_("{agent} is asked next, within a second or two.", agent=first)
    return N_("Nobody of {queue} can take it now. Each one's reason is below.", queue=queue)
