"""Wrap-up codes."""
