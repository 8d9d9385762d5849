"""Queues as admins keep them."""
