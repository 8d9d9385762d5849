"""Standard responses as admins keep them."""
