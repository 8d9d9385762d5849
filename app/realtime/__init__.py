"""Topics, bus and streams; knows no feature."""
