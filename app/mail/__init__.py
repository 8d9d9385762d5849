"""E-mail that Parley sends: transcripts to visitors who ask for theirs."""
