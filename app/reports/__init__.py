"""Reports: how many chats there were, how fast they were answered, and by whom."""
