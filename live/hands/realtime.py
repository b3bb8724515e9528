"""What the operating system can do for a thread that must be on time."""

import os
import sys

MIND = 1  # priority of the mind: before all that is no music, and behind the hands
SHARED = 10  # priority of the hands' other threads: none may wait for the mind's
SOUND = 11  # of the thread that fills blocks of sound
SCHEDULE = 12  # of the thread that plays the schedule; JACK's own are above (15 and more)


def ask_realtime(priority: int) -> bool:
    """Real-time priority (FIFO) for the calling thread and those it starts; True if granted.

    Only where the system has it (Linux) and grants it: elsewhere False, and nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError:
        return False
    return True
