"""Routing as it runs: within two seconds of whatever changes the answer, and by the buttons."""

import asyncio
import re

import pytest

from app.interactions.tables import Entry, Interaction
from app.routing.tables import Offer
from tests.builders import a_nonce, a_session, a_wrap_up_code, an_agent, an_interaction, an_offer
from tests.people import browser
from tests.waiting import eventually

STREAM = "/workspace/stream"
HTMX = {"HX-Request": "true"}
SOON = 2


def offered_to(agent):
    return lambda: Offer.exists().where(Offer.agent == agent.id, Offer.outcome == "")


async def offer_of(interaction):
    return await Offer.objects().get(Offer.interaction == interaction.id)


# What makes it look.


async def test_who_opens_the_workspace_is_offered_what_waits(live, as_bob, bob, vic):
    await an_interaction(vic, state="queued")

    async with live.stream(as_bob, STREAM) as bobs:
        await bobs.named("ring", within=SOON)


async def test_who_becomes_available_is_offered_what_waits(live, app, sales, vic):
    cleo = await an_agent("Cleo", queues=[sales], status="Lunch")
    as_cleo = browser(app, session=await a_session(cleo))
    async with live.stream(as_cleo, STREAM) as cleos:
        await cleos.ready()
        await an_interaction(vic, state="queued")

        await as_cleo.put("/workspace/availability", data={"status": "Available"})

        await cleos.named("ring", within=SOON)


async def test_who_archives_has_room_for_the_next(live, app, sales, shop, vic, mallory):
    cleo = await an_agent("Cleo", queues=[sales], capacity=1)
    as_cleo = browser(app, session=await a_session(cleo))
    busy_with = await an_interaction(mallory, agent=cleo)
    code = await a_wrap_up_code()
    async with live.stream(as_cleo, STREAM) as cleos:
        await cleos.ready()
        await an_interaction(vic, state="queued")

        await as_cleo.post(
            f"/workspace/interactions/{busy_with.id}/archive", data={"wrap_up_code": str(code.id)}
        )

        await cleos.named("ring", within=SOON)


async def test_a_declined_offer_goes_to_the_next_at_once(live, app, as_bob, bob, sales, vic):
    cleo = await an_agent("Cleo", queues=[sales])
    as_cleo = browser(app, session=await a_session(cleo))
    interaction = await an_interaction(vic, state="offered", agent=bob)
    made = await offer_of(interaction)
    async with live.stream(as_bob, STREAM) as bobs, live.stream(as_cleo, STREAM) as cleos:
        await asyncio.gather(bobs.ready(), cleos.ready())

        await as_bob.post(f"/workspace/offers/{made.id}/refusal", headers=HTMX)

        await cleos.named("ring", within=SOON)
        assert "acceptance" not in (await bobs.with_text('id="offers"')).data


async def test_an_offer_nobody_answers_goes_to_the_next(live, app, as_bob, bob, sales, vic, clock):
    cleo = await an_agent("Cleo", queues=[sales])
    as_cleo = browser(app, session=await a_session(cleo))
    await an_interaction(vic, state="offered", agent=bob)
    async with live.stream(as_bob, STREAM) as bobs, live.stream(as_cleo, STREAM) as cleos:
        await asyncio.gather(bobs.ready(), cleos.ready())

        clock.forward(21)

        await cleos.named("ring", within=SOON + 1)  # the sweep comes each second


async def test_nobody_there_is_told_to_the_visitor(live, as_vic, vic):
    async with live.stream(as_vic, "/widget/shop/stream") as vics:
        await vics.ready()
        await as_vic.post("/widget/shop/messages", data={"body": "Hello?", "nonce": a_nonce()})

        await vics.with_text("Nobody is free right now", within=SOON)


async def test_a_visitor_who_leaves_takes_the_offer_along(live, as_bob, as_vic, bob, vic):
    interaction = await an_interaction(vic, state="offered", agent=bob)
    made = await offer_of(interaction)
    async with live.stream(as_bob, STREAM) as bobs:
        await bobs.ready()

        await as_vic.post("/widget/shop/ending", headers=HTMX)

        assert "acceptance" not in (await bobs.with_text('id="offers"')).data
    late = await as_bob.post(f"/workspace/offers/{made.id}/acceptance")
    assert late.status_code == 409
    assert "This offer has ended" in late.text


# The buttons.


async def test_accepting_opens_the_chat(as_bob, bob, vic):
    interaction = await an_interaction(vic, state="offered", agent=bob, words=["Hello Bob"])
    made = await offer_of(interaction)

    answer = await as_bob.post(f"/workspace/offers/{made.id}/acceptance", headers=HTMX)

    assert answer.status_code == 200
    assert answer.headers["hx-push-url"] == f"/workspace/webchat/{interaction.id}"
    assert "Hello Bob" in answer.text
    assert "Bob joined the chat" in answer.text


async def test_a_plain_browser_is_led_to_the_chat(as_bob, bob, vic):
    interaction = await an_interaction(vic, state="offered", agent=bob)
    made = await offer_of(interaction)

    answer = await as_bob.post(f"/workspace/offers/{made.id}/acceptance")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/workspace/webchat/{interaction.id}"


async def test_20_clicks_on_accept_at_once_have_one_winner(as_bob, bob, vic):
    # R2, through the whole app
    interaction = await an_interaction(vic, state="offered", agent=bob)
    made = await offer_of(interaction)

    answers = await asyncio.gather(
        *(as_bob.post(f"/workspace/offers/{made.id}/acceptance") for _ in range(20))
    )

    assert sorted(answer.status_code for answer in answers) == [303] + [409] * 19
    assert await Entry.count().where(Entry.notice == "joined") == 1


async def test_of_two_agents_who_accept_one_gets_it_and_the_other_a_sentence(
    app, as_bob, bob, sales, vic
):
    # R2
    cleo = await an_agent("Cleo", queues=[sales])
    as_cleo = browser(app, session=await a_session(cleo))
    interaction = await an_interaction(vic, state="offered", agent=bob)
    offers = [await offer_of(interaction), await an_offer(interaction, to=cleo)]

    answers = await asyncio.gather(
        *(
            somebody.post(f"/workspace/offers/{made.id}/acceptance", headers=HTMX)
            for somebody, made in zip((as_bob, as_cleo), offers, strict=True)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [loser] = [answer for answer in answers if answer.status_code == 409]
    assert "This offer has ended: it was taken" in loser.text
    after = await Interaction.objects().get(Interaction.id == interaction.id)
    assert after.agent in {bob.id, cleo.id}


async def test_an_offer_is_a_card_on_a_page_opened_afresh(as_bob, bob, vic):
    await an_interaction(vic, state="offered", agent=bob, words=["Is the lamp in stock?"])

    page = (await as_bob.get("/workspace/webchat")).text

    card = page[page.index('id="offers"') :]
    assert "Is the lamp in stock?" in card
    assert re.search(r"<button[^>]+acceptance[^>]+>Accept</button>", card, re.DOTALL)
    assert re.search(r"<button[^>]+refusal[^>]+>Decline</button>", card, re.DOTALL)


@pytest.mark.parametrize("count", [6])
async def test_an_agent_never_has_more_than_their_capacity(live, app, sales, shop, count):
    cleo = await an_agent("Cleo", queues=[sales], capacity=2)
    as_cleo = browser(app, session=await a_session(cleo))
    async with live.stream(as_cleo, STREAM) as cleos:
        await cleos.ready()

        answers = await asyncio.gather(
            *(
                browser(app).post(
                    "/widget/shop/messages", data={"body": f"Hello {n}", "nonce": a_nonce()}
                )
                for n in range(count)
            )
        )
        assert {answer.status_code for answer in answers} == {200}
        await eventually(offered_to(cleo), within=SOON)
        waiting = Entry.count().where(Entry.notice == "waiting")
        await eventually(lambda: told_to(waiting, count - 2), within=SOON)

        assert await Offer.count().where(Offer.outcome == "") == 2


async def told_to(counting, wanted):
    return await counting == wanted
