"""Agents, their availability and presence."""
