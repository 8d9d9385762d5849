"""Parley: a self-hosted webchat for contact centres."""
