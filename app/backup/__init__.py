"""The embedded shape in one archive: made while Parley serves, put back into an empty folder."""
