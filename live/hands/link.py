"""The wire to the mind: one at a time, and nothing it does can hold up the hands.

The mind connects (multiprocessing.connection.Client, with the authkey) and says ("from", seq):
the seq of the last Heard it knows, 0 for none. It is sent every Heard after that, every Sounded,
and the Beat of a MIDI clock that comes in; it sends Plans, and Channels when they are others. When
it goes, what it planned is dropped, unless it has said LEAVE first.
"""

import contextlib
import io
import pickle
import threading
import time
from collections.abc import Callable
from multiprocessing import AuthenticationError, current_process
from multiprocessing.connection import Listener
from typing import Any

from live.hands.playing import Playing
from live.plan import LEAVE, Channels, Plan
from live.wire import Wire

AT_ONCE = 16  # events that whoever has one to send may send by itself

_WORDS = {
    "live.plan": {"Plan", "PlannedNote", "Longer", "OnTouch", "Channels"},
    "live.tempo.timeline": {"Timeline"},
}


class _Reader(pickle.Unpickler):
    """Reads plans and plain values only: another class in here would be a fault, or an import."""

    def find_class(self, module: str, name: str) -> Any:
        if name in _WORDS.get(module, ()):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"a plan may not hold a {module}.{name}: use int and float")


def _load(data: bytes) -> Any:
    return _Reader(io.BytesIO(data)).load()


class MindLink:
    """Listens for the mind, in threads of its own.

    on_plan is called after every plan taken in; problem with one line for every fault found.
    """

    def __init__(
        self,
        playing: Playing,
        authkey: bytes | None,
        on_plan: Callable[[], None],
        problem: Callable[[str], None],
    ) -> None:
        self._playing = playing
        self._on_plan = on_plan
        self._problem = problem
        self._closed = False
        self._wire: Wire | None = None  # to the mind that is connected
        self._sending = threading.Lock()
        # A held lock as a bell: the cheapest there is.
        self._bell = threading.Lock()
        self._bell.acquire()
        self._listener = Listener(authkey=authkey or bytes(current_process().authkey))
        self.address = self._listener.address
        self._thread = threading.Thread(target=self._accept, name="mind", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def tell(self) -> None:
        """There is something to send. May be called from any thread; never waits: what cannot be
        sent at once is left to a thread of the link's own."""
        wire = self._wire
        few = self._playing.waits <= AT_ONCE
        if wire is not None and few and self._sending.acquire(blocking=False):
            try:
                with contextlib.suppress(OSError):
                    self._send(wire, wait=False)
            finally:
                self._sending.release()
        if self._playing.waits:
            self._ring()

    def _ring(self) -> None:
        # Rung twice is rung once.
        if self._bell.locked():
            with contextlib.suppress(RuntimeError):
                self._bell.release()

    def flush(self, limit: float) -> None:
        """Let what waits go out, in so many seconds at most: no mind may be there to take it."""
        until = time.monotonic() + limit
        while (left := until - time.monotonic()) > 0 and self._sending.acquire(timeout=left):
            waits = self._playing.waits
            self._sending.release()
            if not waits:
                return
            self.tell()
            time.sleep(0.001)

    def close(self) -> None:
        """Stop listening. A mind that is connected is let go when the process ends."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError, AuthenticationError) as error:
                if not self._closed:
                    self._problem(f"a mind could not connect: {error or type(error).__name__}")
                    time.sleep(0.05)
                continue
            with contextlib.suppress(OSError), Wire(connection, _load) as wire:
                self._serve(wire)

    def _serve(self, wire: Wire) -> None:
        try:
            word, seq = wire.recv()
            if word != "from":
                raise ValueError(word)
        except (EOFError, OSError):
            return
        except Exception as error:
            self._problem(f"a mind said something else than ('from', seq): {error!r}")
            return
        self._playing.replay_after(int(seq))
        gone = threading.Event()
        sender = threading.Thread(
            target=self._send_on, args=(wire, gone), name="to mind", daemon=True
        )
        sender.start()
        left = False
        try:
            left = self._take_plans(wire)
        finally:
            if not left:
                self._playing.mind_gone()
            gone.set()
            self._ring()
            sender.join(1.0)
            self._wire = None

    def _take_plans(self, wire: Wire) -> bool:
        """Until the mind is gone; whether it took its leave."""
        while True:
            try:
                come = wire.come()
            except (EOFError, OSError):
                return False
            for data in come:
                try:
                    plan = wire.read(data)
                    if plan == LEAVE:
                        return True
                    if isinstance(plan, Channels):
                        self._playing.play_on(plan.channels)
                        continue
                    if not isinstance(plan, Plan):
                        raise TypeError(f"not a Plan but a {type(plan).__name__}")
                    self._playing.follow(plan)
                except Exception as error:
                    self._problem(f"a plan could not be followed: {error}")
                self._on_plan()

    def _send_on(self, wire: Wire, gone: threading.Event) -> None:
        """Send what is left to this thread, until the mind is gone."""
        while not gone.is_set():
            with self._sending:
                try:
                    self._send(wire, wait=True)
                except OSError:
                    return
            if not gone.is_set():
                self._wire = wire  # what was missed is sent: from now on each at once
            self._bell.acquire(timeout=0.5)

    def _send(self, wire: Wire, wait: bool) -> None:
        """Send what waits; what is not delivered waits again. Raises OSError when the mind is gone,
        or BlockingIOError when it would have to wait and may not."""
        events = self._playing.waiting_events()
        for done, event in enumerate(events):
            try:
                if not (wait or wire.has_room):
                    raise BlockingIOError
                wire.send(event)
            except OSError:
                self._playing.put_back(events[done:])
                raise
