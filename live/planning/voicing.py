"""Voices that sound at once with a note of the player's, each foretold after the ones before it."""

from collections.abc import Iterator

from live.codec import PART, PITCH, Codec
from live.models.asking import Ask, ask
from live.notes import MACHINE, Note
from live.planning.listening import Listening
from live.planning.planner import Mine
from live.reader import Foretold

ASKS = 1024  # questions kept at hand


class Voicing:
    """What is asked of the model for each of the machine's voices: made as long before the player's
    note as can be."""

    def __init__(self, codec: Codec, mine: Mine, temperature: tuple[float, ...]) -> None:
        self._codec = codec
        order = {voice: n for n, voice in enumerate(codec.voices)}
        yours = order[mine.you.voice]
        # By the number of the part: whether it lies below the player's, and its question.
        self._voices: dict[int, tuple[bool, Ask]] = {}
        for number, part in enumerate(codec.parts):
            place = order[part.voice]
            if part.side == MACHINE and part.voice in mine.voices and place != yours:
                asked = ask(
                    codec, MACHINE, pitches=mine.places[part.voice].pitches, most_time=0.0,
                    temperature=temperature,
                )  # fmt: skip
                asked.forced[PART] = number
                self._voices[number] = place > yours, asked
        self._asked: dict[tuple[int, int, int], Ask | None] = {}

    def voices_with(self, listening: Listening, heard: Note) -> Iterator[Foretold]:
        """One note of each of the machine's voices, in the model's order, with the note `heard`;
        none crosses another. Each follows `listening.tip`, which is to be moved on before the next.
        """
        above: int = 128  # the voice above the next one
        for number, (below_yours, _) in self._voices.items():
            if below_yours:
                above = min(above, heard.pitch)
            asked = self._ask(number, -1 if below_yours else heard.pitch, above)
            if asked is None:
                continue
            foretold = listening.reader.foretell(listening.tip, asked, listening.chance.draw())
            above = foretold.pitch
            yield foretold

    def _ask(self, number: int, low: int, above: int) -> Ask | None:
        """That part's question, for pitches between two; None if it has none there."""
        key = number, low, above
        if key not in self._asked:
            if len(self._asked) >= ASKS:
                self._asked.clear()
            asked = self._voices[number][1]
            some = asked.allowed[self._codec.slices[PITCH]][low + 1 : above].any()
            self._asked[key] = asked.only(self._codec, PITCH, low + 1, above) if some else None
        return self._asked[key]
