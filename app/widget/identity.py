"""Who the site says that its visitor is: checked by signature, never believed without."""

import re
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, Response, delete, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from app.contacts import identity
from app.contacts.names import is_email
from app.contacts.signatures import Claims, is_signed
from app.contacts.tables import LONGEST_EMAIL, LONGEST_EXTERNAL_ID, LONGEST_NAME, Visitor
from app.moments import now
from app.problems import Forbidden, Invalid
from app.web.client import address
from app.web.responses import html
from app.widget import queries
from app.widget.pages import MANY_NEW, browser_of, head_and_body, new_cookie
from app.widget.tables import Widget

# For whoever builds the site, who hears them by a promise or in the console: they stay English.
SLOW_DOWN = "This page asks very often who you are."
NOT_SIGNED = "The signature of this identity is not right."
TOO_LONG = "This identity is valid for too long: exp is at most 24 hours ahead."
LONGEST_VALID = 24 * 3600
EXPIRED = "This identity has expired. Reload the page."
SECONDS = re.compile(r"[1-9][0-9]{0,10}")
SIGNATURE = re.compile(r"[0-9a-f]{64}")


@dataclass
class IdentityForm:
    """An identity and its signature; `begin` says that the chat is open, so that it may start."""

    external_id: str = ""
    name: str = ""
    email: str = ""
    exp: str = ""
    signature: str = ""
    begin: str = ""

    def checked(self, widget: Widget) -> Claims:
        """The claims, if the widget's secret has signed them and they have not expired."""
        errors = {
            "external_id": _line_error("external_id", self.external_id, LONGEST_EXTERNAL_ID),
            "name": _line_error("name", self.name, LONGEST_NAME),
            "email": _line_error("email", self.email, LONGEST_EMAIL),
        }
        if not self.external_id.strip():
            errors["external_id"] = "external_id is missing."
        if self.email and not errors["email"] and not is_email(self.email):
            errors["email"] = "email is no address."
        if not SECONDS.fullmatch(self.exp):
            errors["exp"] = "exp is the time of expiry, in whole seconds since 1970."
        found = {field: text for field, text in errors.items() if text}
        if found:
            raise Invalid(found)
        claims = Claims(self.external_id, self.name, self.email, int(self.exp))
        if not SIGNATURE.fullmatch(self.signature) or not any(
            is_signed(secret, widget.key, claims, self.signature)
            for secret in widget.secrets_at(now())
        ):
            raise Forbidden(NOT_SIGNED)
        if claims.exp <= now().timestamp():
            raise Forbidden(EXPIRED)
        if claims.exp > now().timestamp() + LONGEST_VALID:
            raise Forbidden(TOO_LONG)
        return claims


@put("/widget/{key:str}/identity", name="widget:identity")
async def identify(
    request: Request[Any, Any, Any],
    state: State,
    widget: NamedDependency[Widget],
    visitor: NamedDependency[Visitor | None],
    data: URLEncodedBody[IdentityForm],
) -> Response[str]:
    """Know the visitor as the signed person from now on; nothing is made until the chat opens."""
    state.limits.messages_address.spend(address(request), SLOW_DOWN)
    claims = data.checked(widget)
    known, token = await identity.identified(visitor, claims)
    if known is None and data.begin:
        state.limits.visitors.spend(address(request), MANY_NEW)
        known, token = await identity.mint_identified(widget, claims, browser=browser_of(request))
    headers = new_cookie(request, widget, token) if token else {}
    if visitor is not None and visitor.external_id not in {"", claims.external_id}:
        headers["Parley-Replaced"] = "yes"
    # The site has said who they are: they are not asked.
    view = replace(
        await queries.widget_view(widget, known, state.promises), ask_name="no", ask_email="no"
    )
    shown = await queries.conversation(known)
    headers["Parley-Known"] = "yes" if known else "no"
    return html(head_and_body(view, shown), headers=headers)


@delete("/widget/{key:str}/identity", name="widget:identity:forget", status_code=200)
async def forget(
    state: State, widget: NamedDependency[Widget], visitor: NamedDependency[Visitor | None]
) -> Response[str]:
    """The person has signed out of the site; an unnamed visitor stays who they are."""
    headers = {}
    if visitor is not None and visitor.external_id:
        await identity.replaced(visitor)
        visitor = None
        headers["Parley-Replaced"] = "yes"
    view = await queries.widget_view(widget, visitor, state.promises)
    return html(head_and_body(view, await queries.conversation(visitor)), headers=headers)


def _line_error(field: str, value: str, longest: int) -> str:
    if len(value) > longest:
        return f"{field} has at most {longest} characters."
    if not value.isprintable():
        return f"{field} has a character that cannot be shown."
    return ""


routes = [identify, forget]
