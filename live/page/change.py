"""What a screen has to draw anew: changes of the roll, and how they are sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Begun = tuple[int, int, float, int, int]  # id, side, onset, pitch, velocity
Ended = tuple[int, int, float]  # id, side, end
Pedal = tuple[float, bool]  # when your sustain pedal went down, or up
Ahead = tuple[int, float, float, int, int]  # id, onset, duration, pitch, velocity


@dataclass(frozen=True, slots=True)
class Change:
    """What has changed on the roll by `now`. plan, beat: None if they have not. whole: it is all
    there is; what was drawn before is void."""

    now: float
    begun: tuple[Begun, ...] = ()
    ended: tuple[Ended, ...] = ()
    plan: tuple[Ahead, ...] | None = None
    beat: Mapping[str, Any] | None = None
    whole: bool = False
    pedal: tuple[Pedal, ...] = ()

    def then(self, later: "Change") -> "Change":
        """Both in one."""
        if later.whole:
            return later
        return Change(
            later.now,
            self.begun + later.begun,
            self.ended + later.ended,
            self.plan if later.plan is None else later.plan,
            self.beat if later.beat is None else later.beat,
            self.whole,
            self.pedal + later.pedal,
        )

    @property
    def size(self) -> int:
        return len(self.begun) + len(self.ended) + len(self.pedal)

    def message(self) -> dict[str, Any]:
        """As it is sent to a browser."""
        said: dict[str, Any] = {"now": round(self.now, 4)}
        said |= {"begun": self.begun} if self.begun else {}
        said |= {"ended": self.ended} if self.ended else {}
        said |= {} if self.plan is None else {"plan": self.plan}
        said |= {} if self.beat is None else {"beat": self.beat}
        said |= {"pedal": self.pedal} if self.pedal else {}
        said |= {"whole": True} if self.whole else {}
        return {"roll": said}
