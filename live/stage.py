"""A session: the hands, the mind and the synth, each in a process of its own, and the take.

What falls is started anew: the mind from the window, the hands to end what was left sounding. The
stage itself plays nothing: if it is slow, nothing is late.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from live import VERSION
from live.child import Watched
from live.errors import UserError
from live.hands.config import HandsConfig
from live.hands.keeper import START_LIMIT, Hands
from live.hands.programs import SOUND
from live.link import LinkKeeper, check
from live.mind import MindConfig
from live.minds import Hears, Minds
from live.plan import Beat, PlannedNote
from live.settings import Settings, parse_hold
from live.sound.config import SoundConfig
from live.sound.keeper import Sound
from live.sound.ring import shared_ring
from live.take.entries import Entry, Header, Mark
from live.take.entries import Sound as Sounds
from live.take.recording import Recording


class StageError(UserError):
    """The session cannot start or go on; the message is one line."""


@dataclass(frozen=True)
class StageConfig:
    """A session. take: where to record, None not to. hands: epoch and authkey are filled in.
    sound: the built-in synth, None for none."""

    model: Path
    settings: Settings
    seed: int
    hands: HandsConfig = field(default_factory=HandsConfig)
    take: Path | None = None
    sound: SoundConfig | None = None


SHARED = ("latency",)  # settings of the hands that the mind knows too


def _of(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _mute_key(settings: Settings) -> int | None:
    """The key that gives the machine the floor is a control: it is not to sound."""
    hold = parse_hold(settings.hold)
    return hold[1] if hold is not None and hold[0] == "key" else None


class Stage:
    """One session, driven by calling turn() until it is over.

    report is called with one line for everything the player should know. loopback: the wire that
    hands of backend "loopback" play on. heard: called with every message of the player's; watch:
    with every entry of the take. Raises live.link.LinkError where Link keeps the beat and is not
    installed.
    """

    def __init__(
        self,
        config: StageConfig,
        report: Callable[[str], None],
        loopback: Connection | None = None,
        heard: Callable[[bytes], None] = lambda _: None,
        watch: Callable[[Entry], None] = lambda _: None,
    ) -> None:
        check(config.settings)
        self.epoch = time.perf_counter()
        authkey = os.urandom(16)
        hands = replace(
            config.hands,
            epoch=self.epoch,
            authkey=authkey,
            mute_key=_mute_key(config.settings),
            split=config.settings.split,
            synth=config.sound is not None,
            alone=config.hands.alone or config.sound is not None,
        )
        self._seed = config.seed
        self._recording = Recording(config.take, report, watch)
        self._guests: list[Callable[[], list[Watched]]] = []
        self._fatal: str | None = None
        self._link = LinkKeeper(self.now, report)
        ring = shared_ring()
        self._sound = Sound(config.sound, ring, report, self._synth_begins)
        self._hands = Hands(hands, ring, loopback, report, self._met, self._cannot)
        self._minds = Minds(
            MindConfig(config.model, config.seed, self.epoch, authkey, config.hands.realtime),
            config.settings.with_values(_of(config.hands.settings.to_dict(), SHARED)),
            self._recording,
            Hears(report, self._began, heard, self._changed, self._cannot),
        )

    def now(self) -> float:
        """Seconds on the session's clock."""
        return time.perf_counter() - self.epoch

    # ---- the life of a session

    def wait_ready(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Return when both processes are ready, or it was given up.

        Raises StageError when one cannot be.
        """
        limit = time.monotonic() + START_LIMIT
        while not (self.ready and self._sound.settled) and not given_up():
            self.turn(0.1)
            if time.monotonic() > limit:
                self.stop()
                raise StageError(f"not ready after {START_LIMIT:.0f} seconds: is the system busy?")

    @property
    def ready(self) -> bool:
        """Whether the hands and a mind are there."""
        return bool(self.ports) and self._minds.ready

    @property
    def ports(self) -> dict[str, Any]:
        """What the hands said when they were ready, see live.hands.process; empty before."""
        return self._hands.ports

    @property
    def stats(self) -> dict[str, Any]:
        """What the hands said last, see live.hands.playing.Playing.stats."""
        return self._hands.stats

    def turn(self, limit: float = 0.1) -> None:
        """Handle what has happened, waiting for it at most `limit` seconds.

        Raises StageError when the session cannot go on; everything has been ended by then.
        """
        wires = [
            *self._hands.wires(),
            *self._minds.wires(),
            *self._sound.wires(),
            *(wire for wires_of in self._guests for wire in wires_of()),
        ]
        ready = wait([wire for wire, _, _ in wires], limit)
        for wire, take_in, fell in wires:
            try:
                while wire in ready and wire.poll():
                    take_in(wire.recv())
            except (EOFError, OSError):
                fell()
        self._minds.may_hand_over()
        if self._minds.ready and (beat := self._link.look(self._minds.settings)) is not None:
            self.beat(beat)
        self._hands.look()
        if self._fatal:
            self.stop()
            raise StageError(self._fatal)

    def stop(self) -> None:
        """End every note, all processes and the take, in good order. May be called twice."""
        self._link.close()
        self._hands.tell("stop")
        self._minds.stop()
        self._hands.stop()
        self._sound.stop()  # after what ends the notes
        self._recording.close(self.now())

    def attend(self, wires: Callable[[], list[Watched]]) -> None:
        """Wait for these wires, too, in every turn: asked for anew each time."""
        self._guests.append(wires)

    # ---- orders

    @property
    def values(self) -> dict[str, Any]:
        """Every setting of the mind and of the hands, as it is now."""
        return self._hands.config.settings.to_dict() | self._minds.settings.to_dict()

    def change(self, values: dict[str, Any]) -> None:
        """Change settings. Raises live.settings.SettingError for values that no model takes."""
        check(self._minds.settings.with_values(values))
        self._minds.change(values)

    def beat(self, beat: Beat) -> None:
        """A keeper of the beat outside says where it is."""
        self._minds.beat(beat)

    def load(self, model: Path, values: Mapping[str, Any]) -> bool:
        """Load another model beside the one that plays. It takes over at the next bar line, with
        the notes played so far, and with these settings. False if it plays already. Raises
        live.settings.SettingError."""
        check(self._minds.settings.with_values(values))
        return self._minds.load(model, values)

    def set_hands(self, values: dict[str, Any]) -> None:
        """Change settings of the hands. Raises live.settings.SettingError."""
        self._hands.set(values)
        if shared := _of(values, SHARED):
            self._minds.change(shared)
        now = self._hands.config.settings.to_dict()
        if heard := _of(now, [name for name in SOUND if name in values]):
            self._recording.write(Sounds(self.now(), heard))

    def panic(self) -> None:
        """End what sounds; called again within two seconds, All Notes Off everywhere."""
        self._hands.tell("panic")

    def play(self, message: bytes) -> None:
        """A channel message of the player's that comes from the page: as if it had come in at a
        port. What is none is ignored."""
        self._hands.tell("heard", message)

    def perform(self, notes: Sequence[PlannedNote]) -> None:
        """Play notes that no mind has planned; their numbers are to be below 0."""
        self._hands.tell("perform", tuple(notes))

    def hush(self) -> None:
        """End what the machine sounds, and drop what is planned."""
        self._hands.tell("hush")

    @property
    def records(self) -> bool:
        """Whether a take is being written."""
        return self._recording.writes

    def mark(self, on: bool) -> None:
        """A passage of the take begins here, or ends."""
        self._recording.write(Mark(self.now(), on))

    @property
    def told(self) -> Beat | None:
        """What a keeper of the beat outside said last."""
        return self._minds.told

    @property
    def sound(self) -> dict[str, Any]:
        """What the built-in synth says of itself and its sound card, see live.sound.process; empty
        where there is none."""
        return self._sound.about | self._sound.stats if self._sound.about else {}

    @property
    def pids(self) -> tuple[int, int]:
        """The processes of the hands and of the mind."""
        return self._hands.pid, self._minds.pid

    # ---- what they tell of each other

    @property
    def model(self) -> dict[str, Any]:
        """What the model that plays says of itself; empty until it is loaded."""
        return self._minds.model

    def _began(self) -> None:
        if not self._recording.begun:
            self._recording.begin(self._header())

    def _changed(self, values: Mapping[str, Any], settings: Settings) -> None:
        self._hands.set_keys(_mute_key(settings), settings.split)
        self._link.changed(values, settings)

    def _met(self, address: Any) -> None:
        self._minds.meet(address)

    def _synth_begins(self) -> None:
        self._hands.tell("synth")

    def _cannot(self, why: str) -> None:
        self._fatal = self._fatal or why  # what came first is the reason

    # ---- the take

    def _header(self) -> Header:
        started = datetime.now().astimezone().isoformat(timespec="seconds")
        sound = _of(self._hands.config.settings.to_dict(), SOUND)
        minds = self._minds
        settings = minds.settings.to_dict()
        return Header(VERSION, started, self._seed, minds.model_name, settings, sound)
