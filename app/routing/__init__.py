"""Queues, offers and who gets what."""
