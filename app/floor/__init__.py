"""The supervisors' floor: everything that goes on, live."""
