"""Settings that admins keep, and the record of every change."""
