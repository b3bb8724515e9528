"""Ableton Link: how well a whole session agrees with another peer about where the beat is.

Both are processes of one machine in a network of their own. The other peer is the package's, bare,
and writes down what it reads. Ours is a session with ports of no system that plays the metronome's
click; compared are where it says that the beat is, and when the click is sent. Tempo changes come
from either side by turns; at the end each side stops and starts.
"""

import json
import subprocess
import sys
import time
from bisect import bisect
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from live.bench.alone import alone, why_not
from live.bench.figures import spread
from live.bench.link_peers import Bare, Ours, bare_peer, off, session
from live.errors import UserError
from live.link import check
from live.settings import Settings

TEMPOS = (90.0, 140.0, 121.3, 60.0, 180.0, 100.0, 75.5, 128.0)
STEP = 10.0  # seconds of each
SETTLE = 5.0  # seconds after a change, when both should agree
NEAR = 0.002  # seconds: the bar
PATIENCE = 10.0  # seconds for what was asked of one side to reach the other


def bench_link(model: Path, seconds: float = 300.0) -> dict[str, Any]:
    """Figures of `seconds` of tempo steps, and of stops and starts. Raises UserError."""
    check(Settings(clock="link"))
    if (reason := why_not()) is not None:
        raise UserError(reason)
    inside = [sys.executable, "-m", __name__, str(Path(model).resolve()), str(seconds)]
    done = subprocess.run(alone(inside), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise UserError("the session or the other peer ended before it was measured")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _measure(model: Path, seconds: float) -> dict[str, Any]:
    with bare_peer(111.0) as bare, session(model, bare) as ours:
        if not ours.play(PATIENCE, lambda: ours.stage.told and bare.peers):
            raise UserError("the two peers did not find each other")
        ours.play(SETTLE)
        changes = []
        for number in range(max(1, round(seconds / STEP))):
            bpm = TEMPOS[number % len(TEMPOS)]
            changes.append((time.perf_counter(), bpm))
            _change_tempo(ours, bare, bpm, by_peer=number % 2 == 0)
            ours.play(STEP)
        end = time.perf_counter()
        followed = _stops_and_starts(ours, bare)
    return _figures(ours, bare, changes, end) | {"stops and starts": followed}


def _change_tempo(ours: Ours, bare: Bare, bpm: float, by_peer: bool) -> None:
    if by_peer:
        bare.tell("tempo", bpm)
    else:
        ours.stage.change({"tempo": bpm})


def _figures(
    ours: Ours, bare: Bare, changes: Sequence[tuple[float, float]], end: float
) -> dict[str, Any]:
    beats: list[float] = []
    settled: list[float] = []
    wrong = 0
    moments = [at for at, _ in changes]
    for (began, bpm), ended in zip(changes, [*moments[1:], end], strict=True):
        its = [each for each in bare.read if began <= each.at < ended]
        lines = [(ours.line_at(each.at), each) for each in its]
        far = [
            theirs.at
            for line, theirs in lines
            if line is None or abs(off(line, theirs)) > NEAR or abs(theirs.bpm - bpm) > 0.01
        ]
        settled.append(max(far, default=began) - began)
        late = [(a, b) for a, b in lines if a is not None and b.at >= began + SETTLE]
        beats += [abs(off(line, theirs)) for line, theirs in late]
        wrong += sum(abs(line.bpm - bpm) > 0.01 for line, _ in late)
    return {
        "beat, ours and the peer's": spread(beats),
        "clicks on the peer's beat": spread(_click_errors(ours, bare, moments, end)),
        "until within 2 ms after a change": spread(settled),
        "readings of another tempo": wrong,
    }


def _click_errors(ours: Ours, bare: Bare, moments: Sequence[float], end: float) -> list[float]:
    """How far clicks were from the nearest beat of the other peer, settled."""
    readings = [each.at for each in bare.read]
    errors = []
    for click in ours.clicks:
        number = bisect(moments, click)
        if number and click < end and click - moments[number - 1] >= SETTLE:
            line = bare.read[bisect(readings, click) - 1]
            beat = line.beat_at(click)
            errors.append(abs(beat - round(beat)) * line.period)
    return errors


def _stops_and_starts(ours: Ours, bare: Bare) -> dict[str, Any]:
    """Each side stops and starts once; how long until the other one had followed."""
    took = []
    for running in (False, True):
        for by_peer in (True, False):
            _set_playing(ours, bare, not running, by_peer=True)
            ours.play(PATIENCE, partial(_both, ours, bare, not running))
            ours.play(0.5)
            began = time.perf_counter()
            _set_playing(ours, bare, running, by_peer)
            if ours.play(PATIENCE, partial(_both, ours, bare, running)):
                took.append(time.perf_counter() - began)
    return {"followed": f"{len(took)} of 4"} | spread(took)


def _set_playing(ours: Ours, bare: Bare, running: bool, by_peer: bool) -> None:
    if by_peer:
        bare.tell("play", running)
    else:
        ours.stage.change({"transport": int(running)})


def _both(ours: Ours, bare: Bare, running: bool) -> bool:
    line = ours.line
    return line is not None and line.running == running == bare.playing


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]), float(sys.argv[2]))))
