"""The pages of the site that a visitor looks at while they chat."""

from app.contacts.service import saw_page
from app.contacts.tables import Visitor
from app.database import tell, unit_of_work
from app.interactions import log
from app.interactions.events import InteractionChanged
from app.interactions.log import notice
from app.interactions.tables import OPEN
from app.problems import Refused


async def visit(visitor: Visitor, interaction_id: int, *, title: str, url: str) -> None:
    """Note the page in an open interaction, for agents; the same page again changes nothing."""
    async with unit_of_work():
        page = await saw_page(visitor, title=title, url=url)
        if not page:
            return
        try:
            interaction = await log.write(
                interaction_id, notice("visited", body=page), states=OPEN, refusal=""
            )
        except Refused:
            return  # it has just ended: the page is remembered, and nobody has to be told
        tell(InteractionChanged(interaction.id, interaction.visitor, interaction.agent or 0))
