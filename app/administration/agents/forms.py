"""What an admin enters about an agent."""

from dataclasses import dataclass
from typing import Self

from app.administration.agents.queries import ROLES
from app.administration.fields import Fields
from app.contacts.names import is_email
from app.contacts.tables import LONGEST_EMAIL
from app.languages import N_

LONGEST_NAME, MOST_CHATS = 80, 50


@dataclass(frozen=True, slots=True)
class AgentForm:
    """Name, role, queues and capacity; 0 is the capacity of each queue."""

    name: str
    role: str
    capacity: int
    queues: set[int]

    @classmethod
    def of(cls, fields: Fields, queues: dict[int, str]) -> Self:
        """The form's values; what is wrong with them is noted in the fields."""
        return cls(
            name=fields.line("name", LONGEST_NAME, missing=N_("Enter a name.")),
            role=fields.choice("role", ROLES, N_("Choose a role.")),
            capacity=fields.number("capacity", 1, MOST_CHATS, empty=0),
            queues=fields.some_of("queue", queues),
        )


def email_of(fields: Fields) -> str:
    """The address of a new agent, in small letters."""
    email = fields.line("email", LONGEST_EMAIL, missing=N_("Enter an e-mail address.")).lower()
    if email and not is_email(email):
        fields.wrong("email", N_("Enter a full address, such as name@mail.example"))
    return email
