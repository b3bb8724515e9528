"""JACK's ports, as its own tools list and connect them."""

import subprocess

PATIENCE = 120.0  # seconds


def ports(part=""):
    """The names of those with this in it."""
    listed = subprocess.run(
        ["jack_lsp"], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    return [name for name in listed.stdout.splitlines() if part in name]


def connect(output, input):
    subprocess.run(["jack_connect", output, input], check=True, timeout=PATIENCE)
