"""Voice calls between a visitor and the agent of their interaction."""
