"""The sign-in form."""

from dataclasses import dataclass

from app.accounts.passwords import LONGEST
from app.languages import N_
from app.problems import Invalid


@dataclass
class SignInForm:
    """E-mail, password, and where to go afterwards."""

    email: str = ""
    password: str = ""
    next: str = ""

    def checked(self) -> tuple[str, str]:
        """E-mail, in small letters, and password; Invalid when one is missing."""
        email = self.email.strip().lower()
        errors: dict[str, str] = {}
        if not email or not email.isprintable():
            errors["email"] = N_("Enter your e-mail address.")
        if not self.password or len(self.password) > LONGEST:
            errors["password"] = N_("Enter your password.")
        if errors:
            raise Invalid(errors)
        return email, self.password

    def kept(self) -> dict[str, str]:
        """What the form shows again; never the password."""
        return {"email": self.email, "next": self.next}


@dataclass
class InvitationForm:
    """The password that somebody chooses."""

    password: str = ""
