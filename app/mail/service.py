"""Transcripts by e-mail: put into the outbox at once, sent later, again until it succeeds."""

import asyncio
import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import structlog

from app.database import unit_of_work
from app.interactions import copies, log
from app.interactions.notices import VISITOR
from app.interactions.queries import Overview, overview
from app.interactions.tables import Entry
from app.languages import current, speaking
from app.mail.smtp import MailServer
from app.mail.tables import OutgoingMail
from app.moments import now
from app.web.templates import render

logger = structlog.get_logger()
AT_ONCE = 5
# After the first, second, … attempt; then it is given up, a day after it was asked for.
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 480, 720)]
REFUSED_FOR_GOOD = 500


async def has_answer(interaction: Overview) -> bool:
    """Whether an agent wrote in it: a chat with nobody is not a way to send e-mail to others."""
    found: bool = await Entry.exists().where(
        Entry.interaction == interaction.id,
        Entry.kind == log.MESSAGE,
        Entry.author == log.AGENT,
    )
    return found


async def send_transcript(interaction: Overview) -> None:
    """Put it into the outbox for the contact's own address; one on its way already is enough."""
    async with unit_of_work():
        waits = await OutgoingMail.exists().where(
            OutgoingMail.interaction == interaction.id,
            OutgoingMail.recipient == interaction.email,
            OutgoingMail.sent_at.is_null(),
            OutgoingMail.given_up_at.is_null(),
        )
        if waits:
            return
        at = now()
        await OutgoingMail.insert(
            OutgoingMail(
                interaction=interaction.id,
                recipient=interaction.email,
                language=current(),
                created_at=at,
                next_try_at=at,
            )
        )


async def send_due(server: MailServer, base_url: str) -> None:
    """Send what is due. Each try is claimed first, so that no two processes make the same one."""
    rows = (
        await OutgoingMail.objects()
        .where(
            OutgoingMail.sent_at.is_null(),
            OutgoingMail.given_up_at.is_null(),
            OutgoingMail.next_try_at <= now(),
        )
        .order_by(OutgoingMail.next_try_at)
        .limit(AT_ONCE)
    )
    for mail in rows:
        if await _claim(mail):
            await _try(mail, server, base_url)


async def _claim(mail: OutgoingMail) -> bool:
    pause = PAUSES[min(mail.attempts, len(PAUSES) - 1)]
    claimed = (
        await OutgoingMail.update(
            {
                OutgoingMail.attempts: mail.attempts + 1,
                OutgoingMail.next_try_at: now() + pause,
            }
        )
        .where(OutgoingMail.id == mail.id, OutgoingMail.attempts == mail.attempts)
        .returning(OutgoingMail.id)
    )
    return bool(claimed)


async def _try(mail: OutgoingMail, server: MailServer, base_url: str) -> None:
    interaction = await overview(mail.interaction)
    if interaction is None:
        return
    try:
        with speaking(mail.language):
            message = await _message(mail, interaction, server.sender, base_url)
    except Exception as error:  # whatever it is: another try would build the same
        logger.exception("mail not written", mail=mail.id)
        await _note_fault(mail, error, now())
        return
    try:
        await asyncio.to_thread(server.send, message, mail.recipient)
    except (OSError, smtplib.SMTPException) as error:
        await _failed(mail, error)
    else:
        await OutgoingMail.update({OutgoingMail.sent_at: now()}).where(OutgoingMail.id == mail.id)


async def _failed(mail: OutgoingMail, error: Exception) -> None:
    """Try again later, unless it never will be taken."""
    last = mail.attempts >= len(PAUSES) or _for_good(error)
    logger.warning("mail not sent", mail=mail.id, error=type(error).__name__, given_up=last)
    await _note_fault(mail, error, now() if last else None)


async def _note_fault(mail: OutgoingMail, error: Exception, given_up: datetime | None) -> None:
    await OutgoingMail.update(
        {OutgoingMail.fault: type(error).__name__, OutgoingMail.given_up_at: given_up}
    ).where(OutgoingMail.id == mail.id)


def _for_good(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= REFUSED_FOR_GOOD for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPNotSupportedError)


async def _message(
    mail: OutgoingMail, interaction: Overview, sender: str, base_url: str
) -> EmailMessage:
    """The same few words for everybody, with the transcript attached."""
    copy = await copies.transcript_copy(interaction, audience=VISITOR)
    page, _ = copies.as_html(copy)
    words = render("mail/transcript.txt", site=copy.contact, url=base_url)
    subject, _, body = words.partition("\n")
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = sender
    message["To"] = mail.recipient
    message["Date"] = format_datetime(mail.created_at)
    # Always the same, so that a mailbox can tell a message that was sent twice.
    message["Message-ID"] = (
        f"<transcript-{mail.id}-{mail.created_at:%Y%m%d%H%M%S}@{_domain(sender)}>"
    )
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body.lstrip("\n"))
    message.add_attachment(copies.as_text(copy), filename=f"{copy.file_name}.txt")
    message.add_attachment(page, subtype="html", filename=f"{copy.file_name}.html")
    return message


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2].rstrip(">")
