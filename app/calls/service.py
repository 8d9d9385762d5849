"""The verbs of a call; each is one unit of work.

The interaction's row is locked first, as by every verb of an interaction: two that meet wait for
each other in one order.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from piccolo.columns import Column

from app.calls.events import CallChanged, CallEnded, CallRang, CallSignalled
from app.calls.queries import RINGS_FOR, open_call_in
from app.calls.tables import Call, CallSignal
from app.database import UNIQUE_VIOLATIONS, rows_where, tell, unit_of_work
from app.interactions import log
from app.interactions.events import InteractionChanged
from app.interactions.log import AGENT, CONTACT, SYSTEM, notice
from app.interactions.tables import ACTIVE, ARCHIVED, MISSED, OPEN, Interaction
from app.languages import N_
from app.moments import ago, lasted, now
from app.problems import Refused

# How a call ends: by one who talked, by who called before an answer, by who was called, by time,
# because a side was gone, because the browsers found no way to each other, or with its chat.
HUNG_UP, CANCELLED, DECLINED, UNANSWERED = "hung_up", "cancelled", "declined", "unanswered"
LOST, NO_ROUTE, CHAT_ENDED = "lost", "no_route", "chat_ended"

# Seconds without a sign of life. A page gives one every three; both know of the end within ten.
GONE_AFTER = 7
MOST_SIGNALS = 400
ENDED = N_("This call has ended.")
TAKEN = N_("The call was answered elsewhere, or has ended.")
OTHER = {AGENT: CONTACT, CONTACT: AGENT}


@dataclass(frozen=True, slots=True)
class Side:
    """The columns of one side of a call."""

    page: Column
    seen_at: Column
    holds: Column


SIDES = {
    AGENT: Side(Call.agent_page, Call.agent_seen_at, Call.agent_holds),
    CONTACT: Side(Call.contact_page, Call.contact_seen_at, Call.contact_holds),
}


async def ring(interaction_id: int, *, by: str, page: str) -> Call:
    """Call the other side of an active interaction, from this page of the caller's."""
    try:
        async with unit_of_work():
            interaction = await log.write(
                interaction_id,
                states=(ACTIVE,),
                refusal=N_("A call needs a chat that an agent has."),
                conditions=(Interaction.left_at.is_null(),),
            )
            call = Call(
                interaction=interaction.id,
                visitor=interaction.visitor,
                agent=interaction.agent,
                began_by=by,
                rang_at=now(),
            )
            await call.save()
            await _change(call, {SIDES[by].page: page, SIDES[by].seen_at: now()})
            tell(CallRang(call.id, call.visitor, call.agent, OTHER[by]))
    except UNIQUE_VIOLATIONS as error:
        raise Refused(await _why_busy(interaction_id, by)) from error
    return call


async def _why_busy(interaction_id: int, by: str) -> str:
    if await open_call_in(interaction_id):
        return N_("There is a call in this chat already.")
    if by == AGENT:
        return N_("You are in another call.")
    return N_("The agent is in another call. Go on writing, or call later.")


async def answer(call: Call, *, by: str, page: str) -> None:
    """Take a call that rings, in this page: of many tabs the first one has it."""
    async with unit_of_work():
        await _note(call, notice("call_began", agent=call.agent))
        await _change(
            call,
            {
                Call.answered_at: now(),
                SIDES[by].page: page,
                Call.agent_seen_at: now(),
                Call.contact_seen_at: now(),
            },
            (Call.answered_at.is_null(), Call.began_by == OTHER[by]),
            refusal=TAKEN,
        )


async def end(call: Call, *, by: str, how: str = "") -> None:
    """Hang up, decline or take back, or end it for this reason; an ended call stays as it is."""
    for _ in range(3):  # it may be answered in the meantime
        current = await Call.objects().get(Call.id == call.id)
        if current is None or current.ended_at:
            return
        with suppress(Refused):
            await _end(current, by, how or _how(current, by))


def _how(call: Call, by: str) -> str:
    if call.answered_at:
        return HUNG_UP
    return CANCELLED if by == call.began_by else DECLINED


async def _end(call: Call, by: str, how: str) -> None:
    answered = Call.answered_at.is_not_null() if call.answered_at else Call.answered_at.is_null()
    at = now()
    async with unit_of_work():
        if call.answered_at:
            code = {LOST: "call_lost", NO_ROUTE: "call_failed"}.get(how, "call_ended")
            length = lasted((at - call.answered_at).total_seconds())
            await _note(call, notice(code, agent=call.agent, body=length))
        else:
            who = "call" if call.began_by == CONTACT else "invite"
            await _note(call, notice(f"{who}_{how}", agent=call.agent))
        await _change(
            call,
            {
                Call.ended_at: at,
                Call.ended_by: by,
                Call.how: how,
                Call.agent_holds: False,
                Call.contact_holds: False,
            },
            (answered,),
        )
        await CallSignal.delete().where(CallSignal.call == call.id)
        tell(CallEnded(call.id, how))


async def hold(call: Call, *, by: str, held: bool) -> None:
    """Hold the call, or go on with it; both sides see it."""
    async with unit_of_work():
        await _change(call, {SIDES[by].holds: held}, (Call.answered_at.is_not_null(),))


async def is_there(call: Call, *, by: str, page: str) -> None:
    """A sign of life of the page that takes part; refused when the call is over, or elsewhere."""
    known = (
        await Call.update({SIDES[by].seen_at: now()})
        .where(Call.id == call.id, Call.ended_at.is_null(), SIDES[by].page == page)
        .returning(Call.id)
    )
    if not known:
        raise Refused(ENDED)


async def come_back(call: Call, *, by: str, page: str) -> int:
    """Take part in another page, after a reload: the two connect anew; gives the round."""
    async with unit_of_work():
        begun = await _change(
            call,
            {
                SIDES[by].page: page,
                SIDES[by].seen_at: now(),
                SIDES[by].holds: False,
                Call.round: Call.round + 1,
            },
        )
        await CallSignal.delete().where(CallSignal.call == call.id)
    return begun


async def signal(call: Call, *, by: str, page: str, of_round: int, kind: str, body: str) -> None:
    """Leave something for the other browser; what belongs to an earlier round is dropped."""
    async with unit_of_work():
        current = (
            await Call.select(Call.round)
            .where(Call.id == call.id, Call.ended_at.is_null(), SIDES[by].page == page)
            .first()
        )
        if not current:
            raise Refused(ENDED)
        if current["round"] != of_round:
            return
        if await CallSignal.count().where(CallSignal.call == call.id) >= MOST_SIGNALS:
            raise Refused(N_("The two browsers do not find a way to each other. Call again."))
        await CallSignal(call=call.id, side=by, round=of_round, kind=kind, body=body).save()
        tell(CallSignalled(call.id, call.visitor, call.agent, OTHER[by]))


async def signals(call: Call, *, to: str, after: int) -> list[CallSignal]:
    """What the other browser has left since, in its order."""
    return (
        await CallSignal.objects()
        .where(
            CallSignal.call == call.id,
            CallSignal.side == OTHER[to],
            CallSignal.round == call.round,
            CallSignal.id > after,
        )
        .order_by(CallSignal.id)
    )


async def sweep() -> None:
    """End what nobody answers, and what one side has vanished from."""
    for call in await rows_where(Call, "ended_at IS NULL"):
        if not call.answered_at and call.rang_at <= ago(RINGS_FOR):
            await end(call, by=SYSTEM, how=UNANSWERED)
        elif _has_lost_a_side(call):
            await end(call, by=SYSTEM, how=LOST if call.answered_at else CANCELLED)


def _has_lost_a_side(call: Call) -> bool:
    seen = {AGENT: call.agent_seen_at, CONTACT: call.contact_seen_at}
    sides = (AGENT, CONTACT) if call.answered_at else (call.began_by,)
    return any(seen[side] <= ago(GONE_AFTER) for side in sides)


async def end_without_chat(fact: InteractionChanged) -> None:
    """A call ends when its chat does, and when the chat is somebody else's."""
    call = await open_call_in(fact.interaction)
    if call is None:
        return
    still = await Interaction.exists().where(
        Interaction.id == fact.interaction,
        Interaction.state == ACTIVE,
        Interaction.agent == call.agent,
        Interaction.left_at.is_null(),
    )
    if not still:
        await end(call, by=SYSTEM, how=CHAT_ENDED if call.answered_at else CANCELLED)


async def _change(
    call: Call,
    changes: Mapping[Any, Any],
    conditions: tuple[Any, ...] = (),
    *,
    refusal: str = ENDED,
) -> int:
    """Change an open call; Refused when it is not as these conditions say; gives its round."""
    rows = (
        await Call.update(dict(changes))
        .where(Call.id == call.id, Call.ended_at.is_null(), *conditions)
        .returning(Call.round)
    )
    if not rows:
        raise Refused(refusal)
    tell(CallChanged(call.id, call.visitor, call.agent))
    return int(rows[0]["round"])


async def _note(call: Call, entry: log.NewEntry) -> None:
    await log.write(call.interaction, entry, states=(*OPEN, ARCHIVED, MISSED), refusal=ENDED)
