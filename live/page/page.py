"""The page as the session has it: its process, what it is told, and what its browsers order.

The session never waits for it. What it is to know is merged until its wire takes more; if it falls
it is started anew, and the music goes on without it.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from live.child import FALLS_WITHIN, MOST_FALLS, Child, Watched
from live.controls.desk import Desk
from live.controls.steering import Steering
from live.errors import UserError
from live.page.feed import Feed
from live.page.held import Held
from live.page.known import State
from live.page.orders import ASK, GONE, PANIC, PLAY, RECORD, TAKE, Order
from live.page.playback import Playback, Row
from live.page.process import PageConfig, run_page
from live.page.serving import PageError
from live.page.shown import Shown
from live.page.takes import take_id
from live.page.token import new_token
from live.settings import parse_hold
from live.stage import Stage

EVERY = 1 / 30  # seconds between two messages to the page
_SOUND = ("device", "rate", "block", "font")
_STATS = ("heard", "sounded", "yields", "planned", "late_ms", "thru_us", "late_offs")


@dataclass(frozen=True)
class Place:
    """Where the page is to be. port: None for the usual one, or another where that is taken.
    take: the file of the session's take, None for none; folder: of all takes. entrance: a word that
    lets in one browser, once, by enter/WORD."""

    token: str
    folder: Path
    take: Path | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    entrance: str = field(default_factory=new_token)


class Page:
    """One page beside one session. shown: what the stage has been given to tell; ready: called
    with the address when browsers may come, once."""

    def __init__(
        self,
        place: Place,
        stage: Stage,
        desk: Desk,
        steering: Steering,
        shown: Shown,
        say: Callable[[str], None],
        ready: Callable[[str], None],
    ) -> None:
        running = place.take.name if place.take is not None else None
        self._config = PageConfig(
            place.token,
            place.entrance,
            secrets.token_hex(8),
            stage.epoch,
            place.folder,
            running,
            place.host,
            place.port,
        )
        self._stage, self._desk, self._steering = stage, desk, steering
        self._shown, self._say, self._ready = shown, say, ready
        self._orders: Mapping[str, Callable[..., None]] = {
            ASK: steering.ask,
            PANIC: stage.panic,
            RECORD: self._record,
            TAKE: self._take,
        }
        self._held: dict[int, Held] = {}
        self._passages = 0
        self._recording: str | None = None
        self._playback: Playback | None = None
        self._numbers = 0  # of the notes played back, downwards
        self._rested: Any = None  # what `rest` was before a take was played
        self._struck = 0  # keys that the player had struck by then
        self._told = float("-inf")
        self._address: str | None = None
        self._child: Child | None = Child(run_page, (self._config,))
        self._feed = Feed(self._child)
        stage.attend(self.wires)

    def wires(self) -> list[Watched]:
        """For the stage to wait for."""
        return [] if self._child is None else [(self._child.wire, self._hear, self._fell)]

    @property
    def pid(self) -> int:
        """Its process; 0 when there is none."""
        return 0 if self._child is None else int(self._child.process.pid)

    def turn(self, now: float) -> None:
        """Tell the page what has happened until `now` (seconds), if there is room."""
        self._play_on(now)
        if self._child is not None and now - self._told >= EVERY and self._feed.has_room:
            news = self._shown.news(now, self._state)
            if news is not None:
                self._told = now
                self._feed.put(news)

    def stop(self) -> None:
        """End it, and what its browsers hold. May be called twice."""
        if self._child is not None:
            self._end_child()

    def _end_child(self) -> Child:
        assert self._child is not None
        for browser in list(self._held):
            self._let_go(browser)
        child, self._child = self._child, None
        self._feed.close()
        child.end()
        return child

    # ---- what it says

    def _hear(self, message: Any) -> None:
        first, second = message
        if first == "ready":
            if self._address is None:
                self._ready(second)
            self._address = second
        elif first == "refused":
            self._end_child()
            if self._address is None:
                raise PageError(second)
            self._say(f"{second}; the music goes on without it")
        else:
            self._obey(first, second)

    def _obey(self, browser: int, order: Order) -> None:
        try:
            if order.word == PLAY:
                self._play(browser, *order.given)
            elif order.word == GONE:
                self._let_go(browser)
            else:
                self._orders[order.word](*order.given)
        except UserError as error:
            self._say(str(error))

    def _play(self, browser: int, message: bytes) -> None:
        self._held.setdefault(browser, Held()).hear(message)
        self._stage.play(message)

    def _let_go(self, browser: int) -> None:
        """It is gone: nobody will lift its keys."""
        for message in self._held.pop(browser, Held()).let_go():
            self._stage.play(message)

    def _fell(self) -> None:
        child = self._end_child()
        if child.fell():
            self._say(
                f"the page fell {MOST_FALLS} times in {FALLS_WITHIN:.0f} seconds: "
                "the music goes on without it"
            )
            return
        self._say("the page fell: starting anew")
        if self._address is not None:  # where the browsers look for it
            port = int(self._address.rstrip("/").rpartition(":")[2])
            self._config = replace(self._config, port=port)
        self._shown.again()
        self._child = Child(run_page, (self._config,), falls=child.falls)
        self._feed = Feed(self._child)

    # ---- takes

    def _record(self, on: bool) -> None:
        if self._config.running is None:
            raise PageError("this session is not recorded: it was started with --no-take")
        if not self._stage.records:
            raise PageError("nothing is being recorded now")
        if on == (self._recording is not None):
            return
        self._stage.mark(on)
        self._passages += on
        running = self._config.running or ""
        self._recording = take_id(running, self._passages) if on else None

    def _take(self, number: str | None, rows: Sequence[Row] = ()) -> None:
        self._break_off()
        if number is not None:
            self._rested = self._stage.values["rest"]
            self._struck = self._shown.roll.struck
            self._steering.ask("rest", True)
            self._stage.hush()
            self._playback = Playback(number, rows, self._numbers)

    def _play_on(self, now: float) -> None:
        its = self._playback
        if its is None:
            return
        roll = self._shown.roll
        if roll.struck > self._struck or roll.floor in ("you", "both"):  # however short it was
            self._break_off()
            return
        if its.is_over(now):
            self._end_playback()
            return
        if not its.begun and self._stage.values["rest"]:  # the machine plays no more
            its.begin(now)
        due = its.due(now)
        for side, note in due:
            self._shown.roll.plan([note], side)
        if due:
            self._stage.perform([note for _, note in due])

    def _break_off(self) -> None:
        """What is played back ends here, if anything is."""
        if self._playback is not None:
            self._end_playback()
            self._stage.hush()
            self._shown.roll.drop()

    def _end_playback(self) -> None:
        if self._playback is not None:
            self._numbers = self._playback.number
            self._playback = None
            self._steering.ask("rest", self._rested)

    # ---- the state

    def _state(self) -> State:
        stage = self._stage
        values, stats, model = stage.values, stage.stats, stage.model
        hold = parse_hold(values["hold"])
        self._shown.roll.mute = hold[1] if hold is not None and hold[0] == "key" else None
        self._shown.roll.split = values["split"]
        thru = stats.get("thru_us", {})
        return {
            "values": values,
            "bindings": {name: str(knob) for name, knob in self._desk.bindings},
            "learning": self._desk.learning,
            "preset": self._steering.preset,
            "model": Path(model.get("model", "")).stem,
            "mode": values["mode"] or next(iter(model.get("modes", ())), ""),
            "ports": {name: stage.ports.get(name, []) for name in ("inputs", "outputs", "api")},
            "sound": {n: v for n, v in stage.sound.items() if n in _SOUND} or None,
            "floor": self._shown.roll.floor,
            "session": take_id(self._config.running) if self._config.running else None,
            "recording": self._recording,
            "playing": None if self._playback is None else self._playback.take,
            "stats": {name: stats[name] for name in _STATS if name in stats},
            "latency": {
                "p50": round(thru.get("median", 0.0) / 1e3, 3),
                "p99": round(thru.get("p99", 0.0) / 1e3, 3),
            },
        }
