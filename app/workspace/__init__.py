"""The agent's shell: lists, stream and notifications."""
