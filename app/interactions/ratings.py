"""How the visitor found the chat: a number from 1 to 5 and a comment, once it has ended."""

from dataclasses import dataclass, field
from datetime import datetime

from app.contacts.tables import Visitor
from app.database import unit_of_work
from app.interactions import log
from app.interactions.log import notice
from app.interactions.queries import Overview
from app.interactions.tables import ACTIVE, ARCHIVED, Interaction
from app.languages import N_
from app.moments import ago, now
from app.problems import Refused

# The scale in words, as the visitor and the agent read it.
SCALE: dict[int, str] = {
    1: N_("poor"),
    2: N_("fair"),
    3: N_("okay"),
    4: N_("good"),
    5: N_("very good"),
}
CHANGEABLE_SECONDS = 3600
LONGEST_COMMENT = 1000
TOO_LATE = N_("This chat cannot be rated any more, or its rating stands by now.")


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating as its form shows it; a score of 0 means that there is none yet."""

    score: int = 0
    comment: str = ""
    changeable: bool = True
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def scale(self) -> dict[int, str]:
        """The numbers to choose from, with their words."""
        return SCALE

    @property
    def word(self) -> str:
        """The score in words."""
        return SCALE.get(self.score, "")


def rating_of(interaction: Overview) -> Rating | None:
    """The interaction's rating, given or to be given; None for what nobody asks to rate."""
    if not _ended_with_an_agent(interaction.state, interaction.left_at):
        return None
    changeable = interaction.rated_at is None or interaction.rated_at > ago(CHANGEABLE_SECONDS)
    return Rating(interaction.rating, interaction.rating_comment, changeable)


async def rate(visitor: Visitor, interaction_id: int, *, score: int, comment: str) -> None:
    """Rate a chat that has ended; for an hour it can be changed. The same again changes nothing."""
    try:
        async with unit_of_work():
            await log.write(
                interaction_id,
                notice("rated", body=in_words(score, comment)),
                states=(ACTIVE, ARCHIVED),
                refusal=TOO_LATE,
                changes={
                    Interaction.rating: score,
                    Interaction.rating_comment: comment,
                },
                conditions=(
                    Interaction.visitor == visitor.id,
                    (Interaction.state == ARCHIVED) | Interaction.left_at.is_not_null(),
                    Interaction.rated_at.is_null()
                    | (Interaction.rated_at > ago(CHANGEABLE_SECONDS)),
                    (Interaction.rating != score) | (Interaction.rating_comment != comment),
                ),
            )
            # The hour begins with the first one: a change does not renew it.
            await Interaction.update({Interaction.rated_at: now()}).where(
                Interaction.id == interaction_id, Interaction.rated_at.is_null()
            )
    except Refused:
        if not await Interaction.exists().where(
            Interaction.id == interaction_id,
            Interaction.visitor == visitor.id,
            Interaction.rating == score,
            Interaction.rating_comment == comment,
        ):
            raise


def in_words(score: int, comment: str) -> str:
    """A rating as agents read it, on one line."""
    said = " ".join(comment.split())
    return f"{score} of 5: {said}" if said else f"{score} of 5, {SCALE[score]}"


def _ended_with_an_agent(state: str, left_at: datetime | None) -> bool:
    return state == ARCHIVED or (state == ACTIVE and left_at is not None)
