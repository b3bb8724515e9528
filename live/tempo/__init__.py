"""Where the beat is, whoever keeps it."""
