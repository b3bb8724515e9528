"""Antiphon's instrument: everything that runs on stage."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("antiphon")
except PackageNotFoundError:  # run from a checkout that is not installed
    VERSION = "0"
