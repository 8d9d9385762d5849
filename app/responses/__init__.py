"""Standard responses."""
