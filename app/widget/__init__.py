"""The visitor's side: loader, iframe pages and stream."""
