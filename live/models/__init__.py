"""Exported models: what a file must be to be played, and how it is played."""
