"""Wrap-up codes as admins keep them."""
