"""Agents as admins keep them."""
