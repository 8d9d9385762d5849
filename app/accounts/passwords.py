"""Passwords: argon2, a few at a time, and the same time for accounts that do not exist."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200
_hasher = PasswordHasher()
# Each verification takes 64 MiB and a core; more at once would starve the chats.
_turns = asyncio.Semaphore(2)
# Verified for accounts that do not exist, so that they take as long as those that do: the hash,
# at the hasher's costs, of a password that was thrown away.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$3yT1JuEbbRPAZ63G7Cr1Xg$"
    "/4yBwB10wbExwM3YNc0PSrfUus+RfAkZOOhmc1EWoSM"
)


def hashed(password: str) -> str:
    """The argon2id hash of a password, with its salt and costs."""
    return _hasher.hash(password)


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; without a hash it takes as long and is False."""
    async with _turns:
        return await asyncio.to_thread(_verify, password_hash or _NOBODY, password) and bool(
            password_hash
        )


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
