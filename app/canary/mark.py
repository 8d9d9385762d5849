"""How the canary's own queue, widget and agent are told from everybody's."""

# Begins their unique columns: the widget's key, the queue's name, the agent's e-mail, which is no
# address and so no admin can give it. They are archived and disabled besides: only the canary uses
# them.
MARK = "parley-canary-"
MARKED = f"{MARK}%"


def is_marked(name: str) -> bool:
    """Whether this is the key, name or e-mail of one of them."""
    return name.startswith(MARK)
