"""Which offers a request may answer: the lookup is the permission."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from app.accounts.access import signed_in
from app.problems import NotFound
from app.routing.queries import offer_of
from app.routing.tables import Offer


async def provide_offer(request: Request[Any, Any, Any], offer_id: FromPath[int]) -> Offer:
    """The offer of the path, if it was made to the agent of the request."""
    known = 0 < offer_id < 2**31
    offer = await offer_of(offer_id, signed_in(request).agent.id) if known else None
    if offer is None:
        raise NotFound
    return offer
