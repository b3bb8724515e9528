"""A take as a picture: a piano roll of both sides, to see who said what, and when.

Orange squares are the player, blue rounded bars the machine: hues that every kind of colour
vision tells apart, and shapes for a print without colour. Loud notes are bright. The line under
the roll is the sustain pedal. A long take is broken into systems, as on a page of music.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from live.take.entries import Take
from live.take.sides import PlayedNote, machine_notes, pedal_spans, player_keys

Colour = tuple[int, int, int]

YOU: Colour = (240, 165, 30)
ANTIPHON: Colour = (86, 180, 233)
GROUND: Colour = (17, 19, 24)
WHITE_ROW: Colour = (29, 32, 39)
BLACK_ROW: Colour = (23, 25, 31)
OCTAVE_LINE: Colour = (70, 76, 90)
GRID: Colour = (46, 50, 60)
WORDS: Colour = (214, 218, 226)
QUIET_WORDS: Colour = (146, 152, 166)

NARROWEST, WIDEST = 1200, 6000  # px
_PAGE = 2400  # px: a take wider than this is broken into systems
_PER_SECOND = 64.0  # px, where there is room
_MOST_SYSTEMS = 12  # beyond them the page grows wider, then the seconds narrower
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 36, 84, 24  # px round the systems
_AXIS = 44  # px under a roll, for the pedal and the seconds
_BETWEEN = 26  # px between systems
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)  # seconds between grid lines
_LABEL_ROOM = 84  # px from one label of the seconds to the next, at least
_BLACK_KEYS = frozenset((1, 3, 6, 8, 10))
_PEDAL = 6  # px


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where everything lies: px, seconds and pitches."""

    start: float
    per_system: float  # seconds
    per_second: float  # px
    systems: int
    low: int
    high: int
    row: int  # px a semitone
    step: float  # seconds between grid lines

    @property
    def roll_width(self) -> int:
        return ceil(self.per_system * self.per_second)

    @property
    def roll_height(self) -> int:
        return (self.high - self.low + 1) * self.row

    @property
    def size(self) -> tuple[int, int]:
        height = self.systems * (self.roll_height + _AXIS) + (self.systems - 1) * _BETWEEN
        return self.roll_width + _LEFT + _RIGHT, height + _TOP + _BOTTOM

    def top(self, system: int) -> int:
        return _TOP + system * (self.roll_height + _AXIS + _BETWEEN)

    def y(self, system: int, pitch: int) -> int:
        return self.top(system) + (self.high - pitch) * self.row

    def spans(self, begin: float, end: float) -> Iterator[tuple[int, float, float]]:
        """(system, x, x) of each piece of a stretch of time: one, unless a break goes through."""
        first = self._system(begin)
        for system in range(first, max(first, self._system(end)) + 1):
            origin = self.start + system * self.per_system
            left = max(0.0, begin - origin)
            right = min(self.per_system, end - origin)
            if system == first or right > 0:
                yield system, _LEFT + left * self.per_second, _LEFT + right * self.per_second

    def _system(self, at: float) -> int:
        return min(self.systems - 1, max(0, floor((at - self.start) / self.per_system)))


def draw(take: Take, path: str | Path) -> None:
    """Write the picture as a PNG, 1200 to 6000 px wide. Raises OSError if it cannot be written."""
    yours, its = player_keys(take), machine_notes(take)
    layout = _lay_out(yours + its, take.length)
    image = Image.new("RGB", layout.size, GROUND)
    pen = ImageDraw.Draw(image)
    for system in range(layout.systems):
        _draw_keys(pen, layout, system)
        _draw_seconds(pen, layout, system)
    for note in its:
        _draw_note(pen, layout, note, ANTIPHON, round_ends=True)
    for note in yours:
        _draw_note(pen, layout, note, YOU, round_ends=False)
    _draw_pedal(pen, layout, take)
    _draw_heading(pen, layout, take, len(yours), len(its))
    image.save(path, format="PNG")


def _lay_out(notes: list[PlayedNote], length: float) -> _Layout:
    first = min((note.onset for note in notes), default=0.0)
    last = max([note.end for note in notes] or [length])
    roomy = max(1.0, last - first)
    narrowest, page, widest = (width - _LEFT - _RIGHT for width in (NARROWEST, _PAGE, WIDEST))
    systems = min(_MOST_SYSTEMS, ceil(roomy * _PER_SECOND / page))
    per_second = min(_PER_SECOND, widest * systems / roomy)
    step = next((step for step in _STEPS if step * per_second >= _LABEL_ROOM), roomy)
    start = floor(first / step) * step
    # A little air after the last note, and every system begins on a grid line.
    per_system = max(step, ceil((last + 0.25 * step - start) / systems / step) * step)
    per_second = min(max(per_second, narrowest / per_system), widest / per_system)
    low, high = _pitch_range(notes)
    row = max(8, min(14, 600 // (high - low + 1)))
    return _Layout(start, per_system, per_second, systems, low, high, row, step)


def _pitch_range(notes: list[PlayedNote]) -> tuple[int, int]:
    """The range to draw, with a margin, at least two octaves."""
    pitches = [note.pitch for note in notes] or [60]
    low, high = min(pitches) - 2, max(pitches) + 2
    lacking = max(0, 25 - (high - low + 1))
    low = max(0, low - lacking // 2)
    return low, min(127, max(high, low + 24))


def _draw_keys(pen: ImageDraw.ImageDraw, layout: _Layout, system: int) -> None:
    left, right = _LEFT, _LEFT + layout.roll_width
    font = ImageFont.load_default(15)
    for pitch in range(layout.low, layout.high + 1):
        y = layout.y(system, pitch)
        colour = BLACK_ROW if pitch % 12 in _BLACK_KEYS else WHITE_ROW
        pen.rectangle((left, y, right, y + layout.row - 1), fill=colour)
    for pitch in range(layout.low, layout.high + 1):
        y = layout.y(system, pitch)
        if pitch % 12 == 0:
            pen.line((left - 8, y + layout.row, right, y + layout.row), fill=OCTAVE_LINE)
            text = f"C{pitch // 12 - 1}"
            pen.text((left - 14, y + layout.row / 2), text, WORDS, font, anchor="rm")
        elif pitch % 12 == 5:
            pen.line((left, y + layout.row, right, y + layout.row), fill=GRID)


def _draw_seconds(pen: ImageDraw.ImageDraw, layout: _Layout, system: int) -> None:
    font = ImageFont.load_default(15)
    top = layout.top(system)
    bottom = top + layout.roll_height
    for line in range(round(layout.per_system / layout.step) + 1):
        x = _LEFT + line * layout.step * layout.per_second
        pen.line((x, top, x, bottom), fill=GRID)
        at = layout.start + system * layout.per_system + line * layout.step
        pen.text((x, bottom + 17), _clock(at), QUIET_WORDS, font, anchor="mt")


def _draw_note(
    pen: ImageDraw.ImageDraw, layout: _Layout, note: PlayedNote, side: Colour, round_ends: bool
) -> None:
    fill = _shade(side, 0.42 + 0.58 * note.velocity / 127)
    for system, left, right in layout.spans(note.onset, note.end):
        y = layout.y(system, note.pitch)
        # The player's bar is slimmer: in unison the machine's shows round it.
        inset = 0 if round_ends else 1
        box = (left, y + inset, max(left + 2, right - 1), y + layout.row - inset)
        radius = (layout.row - 2) / 2 if round_ends and box[2] - left >= layout.row else 0
        pen.rounded_rectangle(box, radius, fill=fill, outline=GROUND if box[2] - left > 4 else None)


def _draw_pedal(pen: ImageDraw.ImageDraw, layout: _Layout, take: Take) -> None:
    marked = set()
    for span in pedal_spans(take):
        for system, left, right in layout.spans(span.down, span.up):
            y = layout.top(system) + layout.roll_height + 5
            pen.rectangle((left, y, max(left + 1, right), y + _PEDAL - 1), fill=_shade(YOU, 0.5))
            if system not in marked:
                marked.add(system)
                mark = (_LEFT - 14, y + _PEDAL / 2)
                pen.text(mark, "Ped.", QUIET_WORDS, ImageFont.load_default(13), anchor="rm")


def _draw_heading(
    pen: ImageDraw.ImageDraw, layout: _Layout, take: Take, yours: int, its: int
) -> None:
    large, small = ImageFont.load_default(22), ImageFont.load_default(15)
    left, right = _LEFT, _LEFT + layout.roll_width
    header = take.header
    when = header.started.replace("T", "  ")[:17]
    ending = "" if take.complete else ", cut short"
    pen.text((left, 22), when or "A take", WORDS, large)
    pen.text((left, 52), f"{_clock(take.length)}{ending}, {header.model.file}", QUIET_WORDS, small)
    for name, count, colour, round_ends in (
        ("Antiphon", its, ANTIPHON, True),
        ("You", yours, YOU, False),
    ):
        text = f"{name}  {count} {'note' if count == 1 else 'notes'}"
        width = pen.textlength(text, large)
        pen.text((right - width, 22), text, WORDS, large)
        box = (right - width - 38, 28, right - width - 10, 42)
        pen.rounded_rectangle(box, 7 if round_ends else 0, fill=colour)
        right = round(right - width - 38 - 34)


def _clock(at: float) -> str:
    whole = round(at)
    return f"{whole // 60}:{whole % 60:02d}"


def _shade(colour: Colour, strength: float) -> Colour:
    """The colour on the ground: 1 as it is, 0 gone."""
    red, green, blue = (
        round(ground + (full - ground) * strength)
        for full, ground in zip(colour, GROUND, strict=True)
    )
    return red, green, blue
