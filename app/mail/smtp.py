"""The mail server of the settings."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Self
from urllib.parse import unquote, urlsplit

from app.settings import Settings

SECONDS = 20
PORTS = {"smtp": 587, "smtps": 465}
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mail is handed in, and whom it is from."""

    host: str
    port: int
    user: str
    password: str
    encrypted: bool
    sender: str

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The server of these settings; None when none is set."""
        if not settings.smtp_url:
            return None
        parts = urlsplit(settings.smtp_url)
        return cls(
            host=parts.hostname or "",
            port=parts.port or PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            encrypted=parts.scheme == "smtps",
            sender=settings.smtp_from,
        )

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand in one message for one address, whatever its header says.

        Blocks, so it runs in a thread. A refusal is an SMTPException.
        """
        with self._connected() as smtp:
            if self.user:
                smtp.login(self.user, self.password)
            smtp.send_message(message, to_addrs=[recipient])

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.encrypted:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        smtp = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        smtp.ehlo()
        if smtp.has_extn("starttls"):
            smtp.starttls(context=context)
        elif self.user and self.host not in THIS_MACHINE:
            smtp.close()
            raise smtplib.SMTPNotSupportedError("No encryption, so no password is sent.")
        return smtp
