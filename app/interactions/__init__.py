"""The heart: the log of an interaction and its verbs."""
