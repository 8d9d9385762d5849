"""Facts that are counted as they are told."""

from app.calls.events import CallEnded
from app.interactions.events import EntryWritten
from app.metrics.numbers import CALLS, MESSAGES, OFFERS
from app.routing.events import OfferEnded


async def entry_written(fact: EntryWritten) -> None:
    """Count messages; notes and notices are none."""
    if fact.message_of:
        MESSAGES.add(fact.message_of)


async def offer_ended(fact: OfferEnded) -> None:
    """Count how offers end."""
    OFFERS.add(fact.outcome)


async def call_ended(fact: CallEnded) -> None:
    """Count how calls end."""
    CALLS.add(fact.how)
