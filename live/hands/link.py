"""The wire to the mind: one at a time, and nothing it does can hold up the hands.

The mind connects (multiprocessing.connection.Client, with the authkey) and says ("from", seq):
the seq of the last Heard it knows, 0 for none. It is sent every Heard after that, every Sounded,
and the Beat of a MIDI clock that comes in, one object a message; it sends Plans, and Channels when
they are others. When it goes, what it planned is dropped, unless it has said LEAVE first.
"""

import contextlib
import io
import pickle
import threading
import time
from collections.abc import Callable
from multiprocessing import AuthenticationError, current_process
from multiprocessing.connection import Connection, Listener
from typing import Any

from live.hands.playing import Playing
from live.plan import LEAVE, Channels, Plan

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
        self._sending = threading.Lock()
        # A held lock as a bell: rung by the callback for every event, so it must be cheap.
        self._bell = threading.Lock()
        self._bell.acquire()
        self._listener = Listener(authkey=authkey or bytes(current_process().authkey))
        self.address = self._listener.address
        self._thread = threading.Thread(target=self._accept, name="mind", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ring(self) -> None:
        """There is something to send. May be called from any thread; never waits."""
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
            self.ring()
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
            with contextlib.suppress(OSError), connection:
                self._serve(connection)

    def _serve(self, connection: Connection) -> None:
        try:
            word, seq = _Reader(io.BytesIO(connection.recv_bytes())).load()
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
            target=self._send, args=(connection, gone), name="to mind", daemon=True
        )
        sender.start()
        left = False
        try:
            left = self._take_plans(connection)
        finally:
            if not left:
                self._playing.mind_gone()
            gone.set()
            self.ring()
            sender.join(1.0)

    def _take_plans(self, connection: Connection) -> bool:
        """Until the mind is gone; whether it took its leave."""
        while True:
            try:
                data = connection.recv_bytes()
            except (EOFError, OSError):
                return False
            try:
                plan = _Reader(io.BytesIO(data)).load()
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

    def _send(self, connection: Connection, gone: threading.Event) -> None:
        """Send what waits, until the mind is gone; what is not delivered waits again."""
        while not gone.is_set():
            with self._sending:
                events = self._playing.waiting_events()
                for done, event in enumerate(events):
                    try:
                        connection.send_bytes(pickle.dumps(event, pickle.HIGHEST_PROTOCOL))
                    except OSError:
                        self._playing.put_back(events[done:])
                        return
            if not events:
                self._bell.acquire(timeout=0.5)
