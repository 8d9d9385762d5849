"""A transcript by e-mail: to the visitor's own address, exactly once, by a real mail server."""

import asyncio
import email
from contextlib import asynccontextmanager
from email import policy

import pytest

from app.contacts.tables import Contact
from app.interactions import messages
from app.interactions.tables import Interaction
from app.mail.service import send_due
from app.mail.smtp import MailServer
from app.mail.tables import OutgoingMail
from app.settings import Settings
from tests.builders import a_nonce, an_interaction
from tests.databases import ON_SQLITE

MAIL = "/widget/shop/transcript"
BASE = "https://chat.example"
# Nobody listens there: what the app's own job would send waits for the test's server.
NOWHERE = {"smtp_url": "smtp://127.0.0.1:1", "smtp_from": "chat@shop.example", "base_url": BASE}
with_mail = pytest.mark.settings(**NOWHERE)
pytestmark = ON_SQLITE


class Mailbox:
    """A mail server that keeps what it takes, and refuses while `refuses` is an answer."""

    def __init__(self):
        self.taken = []
        self.refuses = ""

    @asynccontextmanager
    async def open(self):
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        try:
            port = server.sockets[0].getsockname()[1]
            yield MailServer.of(Settings(**NOWHERE | {"smtp_url": f"smtp://127.0.0.1:{port}"}))
        finally:
            server.close()

    async def _talk(self, reader, writer):
        def say(line):
            writer.write(f"{line}\r\n".encode())

        say("220 mail.test")
        recipients = []
        while line := (await reader.readline()).decode().strip():
            verb = line.upper()
            if verb.startswith("RCPT"):
                say(self.refuses or "250 ok")
                recipients.append(line.partition(":")[2].strip("<>"))
            elif verb == "DATA":
                say("354 go on")
                data = await reader.readuntil(b"\r\n.\r\n")
                message = email.message_from_bytes(data[:-3], policy=policy.default)
                self.taken.append((recipients, message))
                say("250 kept")
            else:
                say("221 bye" if verb == "QUIT" else "250 ok")
        writer.close()


@pytest.fixture
async def ended(vic, bob):
    await Contact.update({Contact.email: "vic@mail.example"}).where(Contact.id == vic.contact)
    chat = await an_interaction(vic, agent=bob, words=["Do you ship to Norway?"])
    await messages.post_from_agent(chat.id, by=bob, body="We do", nonce=a_nonce())
    await messages.add_note(chat.id, by=bob, body="Not for the visitor", nonce=a_nonce())
    await Interaction.update({Interaction.state: "archived"}).where(Interaction.id == chat.id)
    return chat


async def asks(visitor):
    return await visitor.post(MAIL, headers={"Host": "evil.example"})


@with_mail
async def test_it_goes_once_to_the_address_that_the_visitor_gave(as_vic, ended, faults):
    faults.expected = True  # the job of the app finds nobody at its own server
    assert "Send it to my e-mail address" in (await as_vic.get("/widget/shop")).text

    first, again = await asks(as_vic), await asks(as_vic)
    await OutgoingMail.update({OutgoingMail.next_try_at: OutgoingMail.created_at}, force=True)
    mailbox = Mailbox()
    async with mailbox.open() as server:
        await asyncio.gather(send_due(server, BASE), send_due(server, BASE))
        await send_due(server, BASE)

    assert (first.status_code, again.status_code) == (200, 200)
    assert "On its way to your e-mail address." in first.text
    assert "vic@mail.example" not in first.text
    [(recipients, message)] = mailbox.taken
    assert recipients == ["vic@mail.example"]
    assert message["Subject"] == "The transcript of your chat"
    assert message["From"] == "chat@shop.example"
    body = message.get_body().get_content()
    assert BASE in body
    assert "evil" not in message.as_string()
    text, page = [part.get_content() for part in message.iter_attachments()]
    for kept in (text, page):
        assert "Do you ship to Norway?" in kept
        assert "Not for the visitor" not in kept


async def waiting(ended, recipient="vic@mail.example"):
    await OutgoingMail(
        interaction=ended.id,
        recipient=recipient,
        language="en",
        created_at=ended.opened_at,
        next_try_at=ended.opened_at,
    ).save()


async def test_what_fails_is_tried_again_later_also_after_a_restart(ended, clock, db):
    await waiting(ended)
    mailbox = Mailbox()
    async with mailbox.open() as server:
        mailbox.refuses = "451 later"
        await send_due(server, BASE)
        mailbox.refuses = ""
        await send_due(server, BASE)
        early = len(mailbox.taken)
        clock.forward(61)
        await send_due(server, BASE)

    row = await OutgoingMail.objects().first()
    assert (early, len(mailbox.taken), row.attempts) == (0, 1, 2)
    assert row.sent_at is not None


async def test_what_is_refused_for_good_or_for_a_day_is_given_up(ended, clock, db):
    await waiting(ended)
    await waiting(ended)
    await OutgoingMail.update({OutgoingMail.attempts: 6}).where(OutgoingMail.id == 2)
    mailbox = Mailbox()
    async with mailbox.open() as server:
        mailbox.refuses = "550 unknown"
        await send_due(server, BASE)

    rows = await OutgoingMail.select(OutgoingMail.given_up_at, OutgoingMail.sent_at)
    assert all(row["given_up_at"] and not row["sent_at"] for row in rows)


async def test_one_message_has_one_recipient_and_what_cannot_be_written_holds_up_nobody(
    ended, db, faults
):
    faults.expected = True
    for recipient in (
        "=?utf-8?q?a=0D=0AX?=@y.example",
        "=?utf-8?q?v1=40a.example=2Cv2=40b.example=2C?=v4@y.example",
        "vic@mail.example",
    ):
        await waiting(ended, recipient)
    mailbox = Mailbox()
    async with mailbox.open() as server:
        await send_due(server, BASE)

    rows = await OutgoingMail.objects().order_by(OutgoingMail.id)
    assert [len(recipients) for recipients, _ in mailbox.taken] == [1, 1]
    assert mailbox.taken[-1][0] == ["vic@mail.example"]
    assert [row.given_up_at is not None for row in rows] == [True, False, False]
    assert rows[0].fault


async def test_without_a_mail_server_there_is_no_such_thing(as_vic, ended):
    assert "e-mail address" not in (await as_vic.get("/widget/shop")).text
    assert (await asks(as_vic)).status_code == 404


@with_mail
async def test_a_chat_that_nobody_answered_or_that_goes_on_sends_nothing(as_vic, vic, bob, clock):
    await Contact.update({Contact.email: "victim@mail.example"}, force=True)
    await an_interaction(vic, state="missed")
    missed = await asks(as_vic)
    await an_interaction(vic, agent=bob)

    assert (missed.status_code, (await asks(as_vic)).status_code) == (409, 409)
    assert await OutgoingMail.count() == 0


@pytest.mark.settings(**NOWHERE, limit_mails=2)
async def test_it_is_limited_and_nobody_elses(as_vic, as_mallory, as_nobody, ended, faults):
    faults.expected = True
    codes = [(await asks(as_vic)).status_code for _ in range(3)]

    assert codes == [200, 200, 429]
    assert (await asks(as_mallory)).status_code == 404
    assert (await asks(as_nobody)).status_code == 401
