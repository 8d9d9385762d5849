"""What a process counts of itself, as Prometheus reads it."""
