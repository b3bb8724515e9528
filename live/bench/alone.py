"""A network of its own for a command: Link finds its peers by multicast, and a measurement or a
test may not meet, or change, the session of somebody else in the same house."""

import subprocess
import sys
from collections.abc import Sequence

_INSIDE = """\
ip link set lo up && ip link set lo multicast on && ip route add 224.0.0.0/4 dev lo && exec "$@"
"""
WANTED = "this needs a network of its own (Linux's unshare -rn, and ip of iproute2)"


def alone(command: Sequence[str]) -> list[str]:
    """The command, so that it runs where there is nothing but a loopback that multicasts."""
    return ["unshare", "-rn", "sh", "-c", _INSIDE, "sh", *command]


def why_not() -> str | None:
    """None, or in one line why no command can run alone here."""
    if not sys.platform.startswith("linux"):
        return WANTED
    try:
        done = subprocess.run(alone(["true"]), capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{WANTED}: {error}"
    said = (done.stderr.strip().splitlines() or ["it was refused"])[-1]
    return f"{WANTED}: {said}" if done.returncode else None
