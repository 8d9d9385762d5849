"""Contacts, visitors and who they are."""
