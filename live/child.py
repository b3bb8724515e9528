"""A process that the stage has started: the wire to it, and when it fell."""

import contextlib
import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

STOP_LIMIT = 10.0  # seconds for a process to end in good order: killed hands leave notes on
MOST_FALLS = 5  # in FALLS_WITHIN seconds; then it is not tried again
FALLS_WITHIN = 20.0

# A wire, what is done with what comes on it, and what if its other end is gone.
Watched = tuple[Connection, Callable[[Any], None], Callable[[], None]]

_SPAWN = multiprocessing.get_context("spawn")


class Child:
    """target runs in a process of its own, with `before`, its end of the wire, and `after`.

    falls: of the processes before it, which it takes the place of.
    """

    def __init__(
        self,
        target: Callable[..., None],
        before: tuple[Any, ...],
        after: tuple[Any, ...] = (),
        falls: deque[float] | None = None,
    ) -> None:
        self.falls = falls if falls is not None else deque(maxlen=MOST_FALLS)
        self.wire: Connection
        self.wire, its = _SPAWN.Pipe()
        self.process: Any = _SPAWN.Process(
            target=target, args=(*before, its, *after), name=target.__name__, daemon=True
        )
        self.process.start()
        its.close()  # so that its end is noticed here

    def tell(self, *words: Any) -> None:
        with contextlib.suppress(OSError):  # it fell: whoever reads the wire will see
            self.wire.send(words)

    def unread(self) -> Iterator[Any]:
        """What it has said and nobody has read."""
        with contextlib.suppress(EOFError, OSError):
            while self.wire.poll():
                yield self.wire.recv()

    def fell(self) -> bool:
        """It has fallen now; True if that was too often to try again."""
        now = time.monotonic()
        self.falls.append(now)
        return len(self.falls) == MOST_FALLS and now - self.falls[0] < FALLS_WITHIN

    def drop(self) -> None:
        """End it at once: nobody wants it any more."""
        self.process.kill()
        self.process.join()

    def end(self) -> None:
        """Wait for it to end, and end it if it does not."""
        self.process.join(STOP_LIMIT)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
