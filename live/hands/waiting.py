"""Waiting for a moment: sleep most of it, then watch the clock for the last stretch."""

import contextlib
import select
import threading
import time
from collections.abc import Callable

Clock = Callable[[], float]

# One turn of watching lets the other threads of this process run, or a key struck now would
# wait for our note. A poll of nothing takes half a microsecond and lets go of the interpreter;
# time.sleep(0) takes fifty to two hundred, and now and then milliseconds.
if hasattr(select, "poll"):
    _poll = select.poll().poll

    def let_others_run() -> None:
        """Give the interpreter to whoever waits for it, and come back at once."""
        _poll(0)

else:

    def let_others_run() -> None:
        """Give the interpreter to whoever waits for it, and come back at once."""
        time.sleep(0)


class Waiter:
    """Waits until a moment on `clock` (seconds), unless rung for.

    spin: how long before the moment to stop sleeping (seconds).
    """

    def __init__(self, clock: Clock, spin: float) -> None:
        self._clock = clock
        self._spin = spin
        # A held lock is the cheapest bell: no Condition around it.
        self._bell = threading.Lock()
        self._bell.acquire()

    def ring(self) -> None:
        """End the wait: there is something sooner to do. May be called from any thread."""
        with contextlib.suppress(RuntimeError):  # it rings already
            self._bell.release()

    def until(self, moment: float) -> bool:
        """True when the moment has come, False when rung for before the last stretch."""
        clock = self._clock
        ahead = moment - clock()
        if ahead > self._spin and self._bell.acquire(timeout=min(ahead - self._spin, 1e6)):
            return False
        while clock() < moment:
            let_others_run()
        return True
