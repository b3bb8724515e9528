"""Antiphon's instrument: everything that runs on stage."""

VERSION = "0.1.0"
