"""Facts that are counted as they are told."""

from app.interactions.events import EntryWritten
from app.metrics.numbers import MESSAGES, OFFERS
from app.routing.events import OfferEnded


async def entry_written(fact: EntryWritten) -> None:
    """Count messages; notes and notices are none."""
    if fact.message_of:
        MESSAGES.add(fact.message_of)


async def offer_ended(fact: OfferEnded) -> None:
    """Count how offers end."""
    OFFERS.add(fact.outcome)
