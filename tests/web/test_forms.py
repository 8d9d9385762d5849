"""Bad input: 422 with the message beside its field and the text kept; nothing is lost, no 500."""

from html.parser import HTMLParser

import pytest

from app.agents.tables import Agent
from app.contacts.tables import Contact, Visitor
from app.interactions.tables import Entry, Interaction
from tests.builders import a_nonce, a_widget, a_wrap_up_code, an_interaction
from tests.databases import ON_POSTGRES
from tests.people import browser

ODD = ["a\x00b", "\ufeff", "%zz", "{{ 7*7 }}", "\r\n\r\n", "🙂" * 200]


class Fields(HTMLParser):
    """The fields of a page: name to what is filled in, and id to the error beside it."""

    def __init__(self, html):
        super().__init__()
        self.values, self.errors, self.described = {}, {}, {}
        self._textarea = self._error = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "input" and (attributes.get("type") != "radio" or "checked" in attributes):
            self.values[attributes.get("name")] = attributes.get("value", "")
        if tag == "textarea":
            self._textarea = attributes["name"]
            self.values[self._textarea] = ""
        if tag in {"input", "textarea"} and attributes.get("aria-invalid") == "true":
            self.described[attributes["name"]] = attributes["aria-describedby"]
        self._error = attributes.get("id") if "error" in attributes.get("id", "") else self._error

    def handle_endtag(self, tag):
        self._textarea = None if tag == "textarea" else self._textarea
        self._error = None if tag in {"p", "div"} else self._error

    def handle_data(self, data):
        if self._textarea:
            self.values[self._textarea] += data
        if self._error and data.strip():
            self.errors[self._error] = self.errors.get(self._error, "") + data

    def error_of(self, name):
        """The sentence that this field points to."""
        return " ".join(
            self.errors[id_].strip() for id_ in self.described[name].split() if id_ in self.errors
        )


@pytest.fixture
async def asking(sales):
    """A widget that asks for name and e-mail before the chat."""
    return await a_widget(sales, key="asking", ask_name="required", ask_email="required")


async def test_the_form_before_the_chat_says_what_is_missing_beside_each_field(app, asking):
    answer = await browser(app).post(
        "/widget/asking/messages", data={"nonce": a_nonce(), "body": "  "}
    )

    fields = Fields(answer.text)
    assert answer.status_code == 422
    assert fields.error_of("name") == "Enter your name."
    assert fields.error_of("email") == "Enter your e-mail address."
    assert fields.error_of("body") == "Write a message first."
    assert await Visitor.count() == await Contact.count() == 0


async def test_a_phone_number_is_asked_for_checked_and_stored_with_the_contact(app, sales):
    await a_widget(sales, key="calls", ask_phone="required")
    vic, form = browser(app), {"nonce": a_nonce(), "body": "Call me"}

    missing = await vic.post("/widget/calls/messages", data=form)
    wrong = await vic.post("/widget/calls/messages", data={**form, "phone": "tomorrow <b>"})
    right = await vic.post("/widget/calls/messages", data={**form, "phone": " +46 40 123 45 67 "})

    assert Fields(missing.text).error_of("phone") == "Enter your phone number."
    assert (missing.status_code, wrong.status_code, right.status_code) == (422, 422, 200)
    assert Fields(wrong.text).error_of("phone").startswith("Enter a number with digits")
    assert Fields(wrong.text).values["phone"] == "tomorrow <b>"
    [contact] = await Contact.objects()
    assert contact.phone == "+46 40 123 45 67"


async def test_a_phone_number_that_is_not_asked_for_is_not_taken(app, asking):
    form = {"nonce": a_nonce(), "body": "Hi", "name": "Vic", "email": "vic@shop.example"}

    await browser(app).post("/widget/asking/messages", data={**form, "phone": "+46 40 123"})

    [contact] = await Contact.objects()
    assert contact.phone == ""


async def test_the_form_before_the_chat_keeps_what_was_written(app, asking):
    form = {"nonce": a_nonce(), "name": "Vic <b>", "email": "vic@", "body": 'My "lamp"\nflickers'}

    answer = await browser(app).post("/widget/asking/messages", data=form)

    fields = Fields(answer.text)
    assert answer.status_code == 422
    assert fields.error_of("email").startswith("Enter a full address")
    assert set(fields.described) == {"email"}
    assert {name: fields.values[name] for name in ("name", "email", "body")} == {
        name: form[name] for name in ("name", "email", "body")
    }


async def test_a_name_of_the_team_is_refused_beside_the_field(app, asking, bob):
    # T6
    form = {"nonce": a_nonce(), "name": "B\u200bob", "email": "v@mail.example", "body": "Hello"}

    answer = await browser(app).post("/widget/asking/messages", data=form)

    assert answer.status_code == 422
    assert "Somebody of the team has this name" in Fields(answer.text).error_of("name")
    assert await Visitor.count() == 0


async def test_who_has_said_their_name_is_not_asked_again(app, asking):
    first = {"nonce": a_nonce(), "name": "Vic", "email": "vic@mail.example", "body": "Hello"}
    minted = await browser(app).post("/widget/asking/messages", data=first)
    vic = browser(app, visitor=minted.headers["parley-visitor"], key="asking")

    answer = await vic.post("/widget/asking/messages", data={"nonce": a_nonce(), "body": "And?"})

    assert answer.status_code == 200
    [contact] = await Contact.objects()
    assert (contact.name, contact.email) == ("Vic", "vic@mail.example")


@pytest.mark.parametrize(
    ("body", "sentence"), [("", "Write a message"), ("x" * 8001, "at most 8,000")]
)
async def test_a_message_that_is_none_is_refused_in_a_sentence_to_both_sides(
    as_bob, as_vic, bob, vic, body, sentence
):
    interaction = await an_interaction(vic, agent=bob)
    form = {"body": body, "nonce": a_nonce()}

    for answer in (
        await as_vic.post("/widget/shop/messages", data=form),
        await as_bob.post(f"/workspace/interactions/{interaction.id}/messages", data=form),
    ):
        assert answer.status_code == 422
        assert sentence in answer.text
    assert await Entry.count() == 1


async def test_a_message_without_a_number_of_its_own_is_refused(as_bob, as_vic, bob, vic):
    # R3: it could be stored twice
    interaction = await an_interaction(vic, agent=bob)

    for nonce in ("", "short", "x" * 65, "nonce of vic", "nonce\x00of-vic", "é" * 9):
        form = {"body": "Hello", "nonce": nonce}
        for answer in (
            await as_vic.post("/widget/shop/messages", data=form),
            await as_bob.post(f"/workspace/interactions/{interaction.id}/messages", data=form),
        ):
            assert answer.status_code == 422, nonce
    assert await Entry.count() == 1


async def test_archiving_without_a_code_says_so_beside_it_and_keeps_the_note(as_bob, bob, vic):
    interaction = await an_interaction(vic, agent=bob)
    await a_wrap_up_code("Refund")

    answer = await as_bob.post(
        f"/workspace/interactions/{interaction.id}/archive", data={"note": "Sent a new one"}
    )

    assert answer.status_code == 422
    assert "Choose a wrap-up code." in answer.text
    assert Fields(answer.text).values["note"] == "Sent a new one"
    assert (await Interaction.objects().first()).state == "active"


async def test_archiving_with_too_long_a_note_keeps_note_and_code(as_bob, bob, vic):
    interaction = await an_interaction(vic, agent=bob)
    code = await a_wrap_up_code("Refund")
    form = {"wrap_up_code": str(code.id), "note": "x" * 2001}

    answer = await as_bob.post(f"/workspace/interactions/{interaction.id}/archive", data=form)

    fields = Fields(answer.text)
    assert answer.status_code == 422
    assert "at most 2,000 characters" in answer.text
    assert fields.values["note"] == form["note"]
    assert fields.values["wrap_up_code"] == form["wrap_up_code"]


async def test_a_code_that_does_not_exist_is_refused(as_bob, bob, vic):
    interaction = await an_interaction(vic, agent=bob)
    await a_wrap_up_code("Refund")

    for code in ("", "0", "-1", "999999999", "9999999999999", "x", "1.0", "٣"):
        answer = await as_bob.post(
            f"/workspace/interactions/{interaction.id}/archive", data={"wrap_up_code": code}
        )
        assert answer.status_code == 422, code


async def test_a_status_that_does_not_exist_is_refused_in_a_sentence(as_bob, bob):
    answer = await as_bob.put("/workspace/availability", data={"status": "Asleep"})

    assert answer.status_code == 422
    assert "There is no such status" in answer.text
    assert (await Agent.objects().get(Agent.id == bob.id)).status == "Available"


async def test_a_refusal_by_state_is_a_409_in_a_plain_sentence(as_bob, as_vic, bob, vic):
    interaction = await an_interaction(vic, state="archived", agent=bob)
    form = {"body": "Hello", "nonce": a_nonce()}

    late = await as_bob.post(f"/workspace/interactions/{interaction.id}/messages", data=form)
    nothing_to_end = await as_vic.post("/widget/shop/ending")

    assert late.status_code == nothing_to_end.status_code == 409
    assert "Your text is kept" in late.text
    assert "This chat has ended" in nothing_to_end.text


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@ON_POSTGRES
async def test_odd_text_in_any_field_is_no_error_of_ours(
    app, as_bob, as_vic, bob, vic, asking, odd
):
    # T6
    interaction = await an_interaction(vic, agent=bob)
    base = f"/workspace/interactions/{interaction.id}"
    code = await a_wrap_up_code()
    visitors = {"body": odd, "name": odd, "email": odd, "page_title": odd, "page_url": odd}
    answers = [
        await as_vic.post("/widget/shop/messages", data={**visitors, "nonce": a_nonce()}),
        await browser(app).post("/widget/asking/messages", data={**visitors, "nonce": odd}),
        await browser(app).post(
            "/widget/asking/messages",
            data={**visitors, "nonce": a_nonce(), "name": "Vic", "email": "v@mail.example"},
        ),
        await as_bob.post(f"{base}/messages", data={"body": odd, "nonce": a_nonce()}),
        await as_bob.put(f"{base}/read", data={"seq": odd}),
        await as_vic.put("/widget/shop/read", data={"seq": odd}),
        await as_bob.put("/workspace/availability", data={"status": odd}),
        await browser(app).post(
            "/sign-in", data={"email": odd, "password": "wrong-password", "next": odd}
        ),
        await browser(app).get("/sign-in", params={"next": odd}),
        await browser(app).get("/widget/shop", params={"site": odd}),
        await as_vic.get("/widget/shop/entries", params={"after": odd}),
        await as_bob.post(f"{base}/archive", data={"wrap_up_code": odd, "note": odd}),
        await as_bob.post(f"{base}/archive", data={"wrap_up_code": code.id, "note": odd}),
    ]

    assert {answer.status_code for answer in answers} <= {200, 204, 303, 400, 403, 422}
    page = await as_bob.get(f"/workspace/webchat/{interaction.id}")
    assert page.status_code == 200


BODIES = [
    (b'{"body": "Hello"}', "application/json"),
    (b"body=Hello&body=again&nonce=nonce-of-vic", "application/x-www-form-urlencoded"),
    (b"body=%ED%A0%80&nonce=nonce-of-vic", "application/x-www-form-urlencoded"),
    (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
    (b"body=Hello", "multipart/form-data"),
    (b"body=Hello", "multipart/form-data; boundary="),
    (b"\x00" * 100, "text/plain"),
    (b"", ""),
]


async def test_a_body_of_another_kind_is_no_error_of_ours(as_vic):
    for content, kind in BODIES:
        answer = await as_vic.post(
            "/widget/shop/messages", content=content, headers={"Content-Type": kind}
        )

        assert answer.status_code in {200, 400, 415, 422}, (content, kind)


async def test_fields_that_a_form_does_not_name_change_nothing(app, as_bob, as_vic, bob, eve, vic):
    # A7
    interaction = await an_interaction(vic, agent=bob)
    code = await a_wrap_up_code()
    more = {
        "state": "archived", "agent": str(eve.id), "author": "agent", "kind": "notice",
        "seq": "99", "role": "admin", "visitor": "1", "contact": "1", "queue": "2",
        "interaction": "1", "id": "1", "created_at": "2000-01-01", "password_hash": "x",
    }  # fmt: skip

    message = {"body": "Hello", "nonce": a_nonce(), **more}
    assert (await as_vic.post("/widget/shop/messages", data=message)).status_code == 200
    await as_bob.put("/workspace/availability", data={"status": "Lunch", **more})

    entry = await Entry.objects().get((Entry.body == "Hello") & (Entry.seq == 2))
    after = await Interaction.objects().get(Interaction.id == interaction.id)
    agent = await Agent.objects().get(Agent.id == bob.id)
    assert (entry.author, entry.kind, entry.agent) == ("contact", "message", None)
    assert (after.state, after.agent, after.queue) == ("active", bob.id, interaction.queue)
    assert (agent.role, agent.status) == ("agent", "Lunch")

    archive = {"wrap_up_code": str(code.id), **more}
    await as_bob.post(f"/workspace/interactions/{interaction.id}/archive", data=archive)

    archived = await Entry.objects().get(Entry.notice == "archived")
    assert archived.agent == bob.id
