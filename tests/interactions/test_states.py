"""Every verb in every state: it does what it says, or is refused and changes nothing."""

import pytest

from app.interactions import marks, messages, service
from app.interactions.tables import Entry, Interaction
from app.problems import Refused
from app.routing import offers
from app.routing.tables import Offer, Queue
from tests.builders import a_nonce, a_wrap_up_code, an_interaction, an_offer
from tests.databases import ON_SQLITE

STATES = ("queued", "offered", "active", "archived", "missed")


class Scene:
    """One interaction of Vic's in some state, and what each verb needs."""

    def __init__(self, interaction, offer, vic, bob, code):
        self.interaction, self.offer = interaction, offer
        self.vic, self.bob, self.code = vic, bob, code

    async def now(self):
        """State and log, as far as a verb changes them."""
        row = await Interaction.objects().get(Interaction.id == self.interaction.id)
        entries = await Entry.select(Entry.seq, Entry.notice, Entry.body).where(
            Entry.interaction == row.id
        )
        made = await Offer.select(Offer.id, Offer.outcome).where(Offer.interaction == row.id)
        return row.to_dict(), sorted(map(str, entries)), sorted(map(str, made))

    async def state(self):
        return (await self.now())[0]["state"]


@pytest.fixture
async def scene(request, vic, bob):
    state = request.param
    interaction = await an_interaction(vic, state=state, agent=bob)
    if state == "offered":
        offer = await Offer.objects().get(Offer.interaction == interaction.id)
    else:
        offer = await an_offer(interaction, to=bob, outcome="withdrawn")
    return Scene(interaction, offer, vic, bob, await a_wrap_up_code())


async def offer(scene):
    queue = await Queue.objects().get(Queue.name == "Sales")
    await offers.offer(scene.interaction, to=scene.bob.id, queue=queue)


async def accept(scene):
    await offers.accept(scene.offer, by=scene.bob)


async def decline(scene):
    await offers.decline(scene.offer)


async def expire(scene):
    await offers.expire(scene.offer)


async def agent_writes(scene):
    await messages.post_from_agent(
        scene.interaction.id, by=scene.bob, body="Hello", nonce=a_nonce()
    )


async def archive(scene):
    await service.archive(scene.interaction.id, by=scene.bob, code=scene.code)


async def leave(scene):
    await service.leave(scene.vic)


ALLOWED = {
    (offer, "queued"): "offered",
    (accept, "offered"): "active",
    (decline, "offered"): "queued",
    (expire, "offered"): "queued",
    (agent_writes, "active"): "active",
    (archive, "active"): "archived",
    (archive, "archived"): "archived",
    (leave, "queued"): "missed",
    (leave, "offered"): "missed",
    (leave, "active"): "active",
}
VERBS = (offer, accept, decline, expire, agent_writes, archive, leave)
REFUSED = [(verb, state) for verb in VERBS for state in STATES if (verb, state) not in ALLOWED]


def named(value):
    return value if isinstance(value, str) else value.__name__


@pytest.mark.parametrize(
    ("verb", "scene", "after"),
    [(verb, state, after) for (verb, state), after in ALLOWED.items()],
    indirect=["scene"],
    ids=named,
)
async def test_a_verb_leads_to_its_state(verb, scene, after):
    await verb(scene)

    assert await scene.state() == after


@pytest.mark.parametrize(("verb", "scene"), REFUSED, indirect=["scene"], ids=named)
@ON_SQLITE
async def test_a_verb_that_the_state_does_not_allow_changes_nothing(verb, scene):
    before = await scene.now()

    with pytest.raises(Refused, match=r"\w.+\."):
        await verb(scene)

    assert await scene.now() == before


@pytest.mark.parametrize("scene", ["queued", "offered", "active"], indirect=True)
async def test_a_visitor_goes_on_writing_while_the_chat_is_open(scene):
    posted = await messages.post_from_visitor(scene.vic, body="And?", nonce=a_nonce())

    assert (posted.interaction, posted.seq) == (scene.interaction.id, 2)


@pytest.mark.parametrize("scene", ["archived", "missed"], indirect=True)
async def test_a_message_after_the_end_opens_another_interaction_of_the_same_contact(scene):
    posted = await messages.post_from_visitor(scene.vic, body="One more", nonce=a_nonce())

    opened = await Interaction.objects().get(Interaction.id == posted.interaction)
    assert opened.id != scene.interaction.id
    assert (opened.state, opened.contact, opened.last_seq) == ("queued", scene.vic.contact, 1)


@pytest.mark.parametrize("scene", ["active"], indirect=True)
async def test_archiving_twice_writes_one_notice_and_keeps_the_first_code(scene):
    other = await a_wrap_up_code("Exchange")

    await archive(scene)
    before = await scene.now()
    await service.archive(scene.interaction.id, by=scene.bob, code=other, note="again")

    assert await scene.now() == before


@pytest.mark.parametrize("scene", ["active"], indirect=True)
async def test_a_visitor_leaves_an_active_chat_once(scene):
    await leave(scene)
    before = await scene.now()

    with pytest.raises(Refused):
        await leave(scene)

    assert await scene.now() == before


@pytest.mark.parametrize("scene", ["active"], indirect=True)
async def test_a_message_after_leaving_an_active_chat_goes_on_with_it(scene):
    await leave(scene)

    posted = await messages.post_from_visitor(scene.vic, body="Still there?", nonce=a_nonce())

    row, _, _ = await scene.now()
    assert (posted.interaction, row["left_at"]) == (scene.interaction.id, None)


@pytest.mark.parametrize("scene", ["active"], indirect=True)
async def test_only_the_agent_who_has_it_writes_and_archives(scene, eve):
    before = await scene.now()

    with pytest.raises(Refused):
        await messages.post_from_agent(scene.interaction.id, by=eve, body="Hi", nonce=a_nonce())
    with pytest.raises(Refused):
        await service.archive(scene.interaction.id, by=eve, code=scene.code)

    assert await scene.now() == before


@pytest.mark.parametrize("scene", ["queued"], indirect=True)
async def test_a_waiting_visitor_is_told_once(scene):
    await Interaction.update({Interaction.told_to_wait: False}, force=True)

    await service.tell_once(scene.interaction.id, "waiting")
    await service.tell_once(scene.interaction.id, "waiting")

    assert await Entry.count().where(Entry.notice == "waiting") == 1


@pytest.mark.parametrize("scene", ["active"], indirect=True)
async def test_reading_marks_never_go_back_nor_beyond_the_log(scene):
    await messages.post_from_visitor(scene.vic, body="Two", nonce=a_nonce())

    for seq in (2, 1, 99):
        await marks.read_by_visitor(scene.vic, scene.interaction.id, seq=seq)

    row, _, _ = await scene.now()
    assert row["contact_read_seq"] == 2


@pytest.mark.parametrize("scene", ["active"], indirect=True)
async def test_unread_counts_the_contacts_words_since_the_agent_read_or_wrote(scene):
    await messages.post_from_visitor(scene.vic, body="Two", nonce=a_nonce())
    assert (await scene.now())[0]["unread"] == 2

    await marks.read_by_agent(scene.interaction.id, seq=1)
    assert (await scene.now())[0]["unread"] == 1  # a second message came while the page showed one

    await marks.read_by_agent(scene.interaction.id, seq=2)
    assert (await scene.now())[0]["unread"] == 0
