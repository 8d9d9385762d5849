"""Migrations in the order of their names."""
