"""Widgets as admins keep them."""
