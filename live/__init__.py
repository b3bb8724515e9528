"""Antiphon's instrument: everything that runs on stage."""
