import pytest

from tests.builders import an_interaction


@pytest.fixture
async def chat(vic, bob):
    """Vic talks with Bob."""
    return await an_interaction(vic, agent=bob)


@pytest.fixture
def at_work(chat):
    """Where agents upload for the chat."""
    return f"/workspace?interaction={chat.id}"


@pytest.fixture
def messages(chat):
    """Where agents write in the chat."""
    return f"/workspace/interactions/{chat.id}/messages"
