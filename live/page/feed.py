"""The wire to the page, so that the stage never waits for it."""

import contextlib
import queue
import threading
from typing import Any

from live.child import Child
from live.page.known import News


class Feed:
    """A thread that sends, so that the stage never waits: one piece of news at a time."""

    def __init__(self, child: Child) -> None:
        self._waiting: queue.Queue[Any] = queue.Queue(2)
        self._wire = child.wire
        threading.Thread(target=self._send, name="to the page", daemon=True).start()

    @property
    def has_room(self) -> bool:
        return self._waiting.empty()

    def put(self, news: News) -> None:
        """Only where there is room."""
        self._waiting.put_nowait(news)

    def close(self) -> None:
        """What waits is not sent any more; it is told to stop, if it still reads."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        self._waiting.put_nowait(("stop",))

    def _send(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                message = self._waiting.get()
                self._wire.send(message)
                if message == ("stop",):
                    return
