"""Reasons to be away, as admins keep them."""
