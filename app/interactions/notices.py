"""System notices: the sentence that each code becomes, for agents and for visitors."""

import re
from typing import Any

from app.languages import N_, _

# What bodies of notices say in English, for whoever reads the log without us.
PASSED = re.compile(r"(.+) passed (\S.*)")
OPENS = re.compile(r"(?:(\w+) )?(\d\d:\d\d)")
RATED = re.compile(r"([1-5]) of 5(?:: (.*)|, (.*))", re.DOTALL)
AGENT, VISITOR = "agent", "visitor"

# For agents, and for visitors; what visitors have no sentence for, they do not see.
SENTENCES = {
    "waiting": (
        N_("Nobody is free right now"),
        N_("Nobody is free right now. You are in line, and you can go on writing: all is kept."),
    ),
    "closed": (
        N_("The visitor was told that we open {body}"),
        N_("We are closed until {body}. Your message is kept, and we answer it then."),
    ),
    "shut": (
        N_("The visitor was told that we are closed"),
        N_("We are closed right now. Your message is kept, and we answer it when we are back."),
    ),
    "joined": (N_("{agent} joined the chat"), N_("{agent} joined the chat")),
    "left": (N_("{contact} ended the chat"), N_("You ended the chat")),
    "missed": (
        N_("Nobody answered in time"),
        N_("Nobody could answer in time. Your messages are kept; please try again."),
    ),
    "archived": (N_("{agent} archived the chat, {body}"), N_("{agent} ended the chat")),
    "wrapped_up": (N_("Wrap-up time ran out, archived as {body}"), N_("The chat has ended")),
    "rated": (N_("Rated {body}"), ""),
    "reopened": (N_("{agent} reopened the chat"), N_("{agent} is here again")),
    "archive_undone": (N_("{agent} undid the archiving"), N_("{agent} is here again")),
    "forwarded": (N_("Forwarded by {agent} to {body}"), N_("You are being connected to {body}")),
    "forward_declined": (N_("{agent} declined it, so it is with you again"), ""),
    "forward_unanswered": (N_("{agent} did not answer, so it is with you again"), ""),
    "taken_over": (N_("{agent} took over the chat"), N_("{agent} joined the chat")),
    "agent_gone": (
        N_("{agent} was gone for too long"),
        N_("You are being connected to somebody else"),
    ),
    "agent_left": (
        N_("The account of {agent} was closed"),
        N_("You are being connected to somebody else"),
    ),
    "offline": (
        N_("Left a message while nobody was there. E-mail: {body}"),
        N_("Your message is kept. We answer here, or to your e-mail address."),
    ),
    "overflow": (N_("Waited too long, now in {body}"), ""),
    "visited": (N_("Visited {body}"), ""),
    "breached": ("{body}", ""),
    "verified": (N_("Verified identity from here on: {body}"), ""),
    "removed": (N_("The words were removed, as the widget's settings say"), ""),
    "call_began": (N_("Voice call began"), N_("Voice call began")),
    "call_ended": (N_("Voice call ended after {body}"), N_("Voice call ended after {body}")),
    "call_lost": (
        N_("Voice call broke off after {body}, as one side was gone"),
        N_("The voice call broke off after {body}. Go on writing, or call again."),
    ),
    "call_failed": (
        N_("Voice call failed after {body}: the browsers found no way to each other"),
        N_("The voice call found no way through. Go on writing here."),
    ),
    "call_cancelled": (N_("{contact} called, and hung up before an answer"), ""),
    "call_declined": (
        N_("{agent} declined a call of {contact}"),
        N_("{agent} cannot take calls right now. Go on writing here."),
    ),
    "call_unanswered": (
        N_("{agent} missed a call of {contact}"),
        N_("Nobody answered your call. Go on writing here."),
    ),
    "invite_cancelled": (N_("{agent} called, and hung up before an answer"), ""),
    "invite_declined": (N_("{contact} declined a call"), N_("You declined a call")),
    "invite_unanswered": (
        N_("{contact} did not answer a call"),
        N_("You missed a call of {agent}"),
    ),
    "merged": (N_("{agent} merged this contact with {body}"), ""),
}
ICONS = {
    "agent_gone": "unplug",
    "agent_left": "unplug",
    "archive_undone": "archive-restore",
    "archived": "archive",
    "breached": "octagon-alert",
    "call_began": "phone",
    "call_cancelled": "phone-missed",
    "call_declined": "phone-off",
    "call_ended": "phone-off",
    "call_failed": "phone-off",
    "call_lost": "phone-off",
    "call_unanswered": "phone-missed",
    "closed": "moon",
    "invite_cancelled": "phone-missed",
    "invite_declined": "phone-off",
    "invite_unanswered": "phone-missed",
    "shut": "moon",
    "forwarded": "forward",
    "left": "log-out",
    "missed": "phone-missed",
    "offline": "mail",
    "overflow": "forward",
    "rated": "star",
    "reopened": "archive-restore",
    "verified": "shield-check",
    "visited": "eye",
    "waiting": "clock",
    "wrapped_up": "archive",
}


def codes_for_visitors() -> list[str]:
    """The notices that visitors have a sentence for; they see no others."""
    return [code for code, (_agents, for_visitors) in SENTENCES.items() if for_visitors]


def sentence(row: dict[str, Any], contact: str, audience: str) -> str:
    """The sentence of a notice in the current language, with the names filled in."""
    for_agents, for_visitors = SENTENCES.get(row["notice"], ("", ""))
    text = for_visitors if audience == VISITOR else for_agents
    if not text:
        return ""
    agent = row["agent_name"] or N_("The agent")
    return _(text, agent=agent, contact=contact, body=_body(row["notice"], row["body"]))


def _body(code: str, body: str) -> str:
    """What follows in a sentence: mostly a name, which stays; else English, which does not."""
    if code == "breached" and (found := PASSED.fullmatch(body)):
        return _("{clock} passed {time}", clock=N_(found[1]), time=found[2])
    if code == "closed" and (found := OPENS.fullmatch(body)) and found[1]:
        return _("{day} {time}", day=N_(found[1]), time=found[2])
    if code == "rated" and (found := RATED.fullmatch(body)):
        score, comment, word = found.groups()
        return (
            _("{score} of 5, {word}", score=score, word=N_(word))
            if word
            else _("{score} of 5: {comment}", score=score, comment=comment)
        )
    return body


def icon(code: str) -> str:
    """The lucide icon before a notice; none for most."""
    return ICONS.get(code, "")
