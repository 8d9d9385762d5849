"""The delivery canary: a message sent each minute through the public address, and waited for."""
