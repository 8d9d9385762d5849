"""System notices: the sentence that each code becomes, for agents and for visitors."""

import re
from typing import Any

PLACE = re.compile(r"\{(?:agent|contact|body)\}")
AGENT, VISITOR = "agent", "visitor"

# For agents, and for visitors; what visitors have no sentence for, they do not see.
SENTENCES = {
    "waiting": (
        "Nobody is free right now",
        "Nobody is free right now. You are in line, and you can go on writing: all is kept.",
    ),
    "closed": (
        "The visitor was told that we open {body}",
        "We are closed until {body}. Your message is kept, and we answer it then.",
    ),
    "joined": ("{agent} joined the chat", "{agent} joined the chat"),
    "left": ("{contact} ended the chat", "You ended the chat"),
    "missed": (
        "Nobody answered in time",
        "Nobody could answer in time. Your messages are kept; please try again.",
    ),
    "archived": ("{agent} archived the chat, {body}", "{agent} ended the chat"),
    "wrapped_up": ("Wrap-up time ran out, archived as {body}", "The chat has ended"),
    "rated": ("Rated {body}", ""),
    "reopened": ("{agent} reopened the chat", "{agent} is here again"),
    "archive_undone": ("{agent} undid the archiving", "{agent} is here again"),
    "forwarded": ("Forwarded by {agent} to {body}", "You are being connected to {body}"),
    "forward_declined": ("{agent} declined it, so it is with you again", ""),
    "forward_unanswered": ("{agent} did not answer, so it is with you again", ""),
    "taken_over": ("{agent} took over the chat", "{agent} joined the chat"),
    "agent_gone": ("{agent} was gone for too long", "You are being connected to somebody else"),
    "agent_left": (
        "The account of {agent} was closed",
        "You are being connected to somebody else",
    ),
    "overflow": ("Waited too long, now in {body}", ""),
    "visited": ("Visited {body}", ""),
    "breached": ("{body}", ""),
    "merged": ("{agent} merged this contact with {body}", ""),
}
ICONS = {
    "agent_gone": "unplug",
    "agent_left": "unplug",
    "archive_undone": "archive-restore",
    "archived": "archive",
    "breached": "octagon-alert",
    "closed": "moon",
    "forwarded": "forward",
    "left": "log-out",
    "missed": "phone-missed",
    "overflow": "forward",
    "rated": "star",
    "reopened": "archive-restore",
    "visited": "eye",
    "waiting": "clock",
    "wrapped_up": "archive",
}


def codes_for_visitors() -> list[str]:
    """The notices that visitors have a sentence for; they see no others."""
    return [code for code, (_, for_visitors) in SENTENCES.items() if for_visitors]


def sentence(row: dict[str, Any], contact: str, audience: str) -> str:
    """The sentence of a notice, with the names filled in by substitution."""
    for_agents, for_visitors = SENTENCES.get(row["notice"], ("", ""))
    text = for_visitors if audience == VISITOR else for_agents
    agent = row["agent_name"] or "The agent"
    words = {"{agent}": agent, "{contact}": contact, "{body}": row["body"]}
    return PLACE.sub(lambda found: words[found.group()], text)


def icon(code: str) -> str:
    """The lucide icon before a notice; none for most."""
    return ICONS.get(code, "")
