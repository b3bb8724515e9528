"""The demo's session: play a phrase, wait for the answer, and the next."""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from live import midi
from live.demo.keyboard import Keyboard, LoopbackKeyboard, PortKeyboard
from live.demo.phrase import CALLS, messages
from live.demo.song import Timed
from live.hands.config import LOOPBACK, HandsConfig
from live.hands.names import PortError
from live.hands.ports import open_system
from live.models.shelf import DEFAULT, find
from live.settings import Settings
from live.sound.config import SoundConfig
from live.stage import Stage, StageConfig

INPUT, OUTPUT = "Antiphon Demo In", "Antiphon Demo Out"
ANSWER_LIMIT = 30.0  # seconds


@dataclass(frozen=True)
class Demo:
    """phrases: what is played, each after the answer to the one before."""

    model: Path = field(default_factory=lambda: find(DEFAULT))
    settings: Settings = field(default_factory=Settings)
    seed: int = 0
    sound: SoundConfig | None = None
    phrases: Sequence[Sequence[Timed]] = tuple(messages(number) for number in range(len(CALLS)))


@dataclass(frozen=True)
class DemoFigures:
    """ports: what it was played through. thru_ms: key to the same note heard back, both ways
    through the ports, median. late_ms: the machine's notes behind their plan: median, p99 and the
    worst. answer_after_s: from the last key up to the answer's first note, for each phrase.
    hanging: notes that were heard to begin and, when all was over, not to have ended."""

    ports: str
    thru_ms: float
    late_ms: tuple[float, float, float]
    answer_after_s: tuple[float, ...]
    machine_notes: int
    hanging: int


def has_virtual_ports() -> bool:
    try:
        system = open_system()
    except PortError:
        return False
    system.close()
    return system.has_virtual


def play_demo(
    demo: Demo, take: Path, report: Callable[[str], None], show: Callable[[dict[str, Any]], None]
) -> DemoFigures:
    """Play all phrases and record the take. Raises live.errors.UserError."""
    real = has_virtual_ports()
    ours, its = multiprocessing.Pipe()
    hands = HandsConfig(
        input=(INPUT,),
        output=(OUTPUT,),
        virtual_input=INPUT,
        virtual_output=OUTPUT,
    )
    if not real:
        hands = replace(hands, backend=LOOPBACK)
    config = StageConfig(demo.model, demo.settings, demo.seed, hands, take, demo.sound)
    stage = Stage(config, report, its)
    its.close()
    keyboard: Keyboard | None = None
    try:
        stage.wait_ready()
        keyboard = PortKeyboard(INPUT, OUTPUT) if real else LoopbackKeyboard(ours)
        player = _Player(stage, keyboard, show)
        answers = [player.play(phrase) for phrase in demo.phrases]
    finally:
        stage.stop()
        if keyboard is not None:
            keyboard.close()
    late = stage.stats["late_ms_whole"]
    return DemoFigures(
        ports=f"{stage.ports['api']}: {stage.ports['input']} / {stage.ports['output']}",
        thru_ms=statistics.median(player.thru) * 1e3 if player.thru else float("nan"),
        late_ms=(late["median"], late["p99"], late["max"]),
        answer_after_s=tuple(a for a in answers if a is not None),
        machine_notes=stage.stats["sounded"],
        hanging=len(midi.keys_down(message for _, message in keyboard.received)),
    )


class _Player:
    """Plays phrases in time and keeps the stage going meanwhile."""

    def __init__(
        self, stage: Stage, keyboard: Keyboard, show: Callable[[dict[str, Any]], None]
    ) -> None:
        self._stage, self._keyboard, self._show = stage, keyboard, show
        self.thru: list[float] = []

    def play(self, phrase: Sequence[Timed]) -> float | None:
        """Play a phrase, wait for the whole answer; return how long it let us wait (seconds)."""
        start = time.perf_counter() + 0.3
        before = len(self._keyboard.received)
        sent: list[tuple[float, bytes]] = []
        for after, message in phrase:
            self._until(start + after)
            sent.append((time.perf_counter(), message))
            self._keyboard.send(message)
        ended = time.perf_counter()
        self._turns(lambda: self._answer(before, sent) is not None, ANSWER_LIMIT)
        self._turns(self._silent, ANSWER_LIMIT)
        self._note_thru(before, sent)
        first = self._answer(before, sent)
        return None if first is None else first - ended

    def _until(self, at: float) -> None:
        while (left := at - time.perf_counter()) > 0:
            if left > 0.02:
                self._stage.turn(min(0.05, left - 0.01))
                self._show(self._stage.stats)
            else:
                time.sleep(left)

    def _turns(self, done: Callable[[], bool], limit: float) -> None:
        end = time.perf_counter() + limit
        while not done() and time.perf_counter() < end:
            self._until(time.perf_counter() + 0.05)

    def _silent(self) -> bool:
        """Nothing sounds and nothing is planned, for a while."""
        quiet = time.perf_counter() - self._keyboard.received[-1][0] > 1.0
        return quiet and not (self._stage.stats["machine"] or self._stage.stats["planned"])

    def _answer(self, before: int, sent: list[tuple[float, bytes]]) -> float | None:
        """When the machine's first note came; it comes after all of ours."""
        ended = sent[-1][0]
        notes = [
            at
            for at, message in self._keyboard.received[before:]
            if midi.is_note_on(message) and at > ended
        ]
        return notes[0] if notes else None

    def _note_thru(self, before: int, sent: list[tuple[float, bytes]]) -> None:
        waiting = [(at, m) for at, m in self._keyboard.received[before:] if midi.is_note_on(m)]
        for at, message in sent:
            if midi.is_note_on(message):
                back = next((r for r, m in waiting if m == message and r >= at), None)
                if back is not None:
                    self.thru.append(back - at)
