"""The demo: a small shop page with the widget, and the data to try Parley with."""
