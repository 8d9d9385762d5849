"""System notices: the sentence that each code becomes, for agents and for visitors."""

import re
from typing import Any

PLACE = re.compile(r"\{(?:agent|contact|body)\}")
AGENT, VISITOR = "agent", "visitor"

SENTENCES = {
    "waiting": (
        "Nobody is free right now",
        "Nobody is free right now. You are in line, and you can go on writing: all is kept.",
    ),
    "joined": ("{agent} joined the chat", "{agent} joined the chat"),
    "left": ("{contact} ended the chat", "You ended the chat"),
    "archived": ("{agent} archived the chat, {body}", "{agent} ended the chat"),
}
ICONS = {"waiting": "clock", "left": "log-out", "archived": "archive"}


def seen_by(audience: str, code: str) -> bool:
    """Whether this audience sees entries with this code; messages have none."""
    return not code or audience == AGENT or code in SENTENCES


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
