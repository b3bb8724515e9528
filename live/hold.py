"""The control that gives the machine the floor for as long as it is held."""

from live import midi
from live.settings import Settings, parse_hold


class Hold:
    """pressed: since when it is held (seconds), None if it is not."""

    def __init__(self) -> None:
        self.pressed: float | None = None
        self._named = ""

    def apply(self, settings: Settings) -> None:
        """It is the control that is set from now on; another one is not held yet."""
        if settings.hold != self._named:
            self.release()
        self._named = settings.hold
        self._control = parse_hold(settings.hold)

    def release(self) -> None:
        self.pressed = None

    def hear(self, message: bytes, at: float) -> bool:
        """Follow it; whether this message was its key, which is no music then."""
        if self._control is None:
            return False
        kind, number = self._control
        if kind == "cc" and midi.is_control(message, number):
            down = message[2] >= 64
        elif (
            kind == "key"
            and len(message) == 3
            and message[1] == number
            and (midi.is_note_on(message) or midi.is_note_off(message))
        ):
            down = midi.is_note_on(message)
        else:
            return False
        if down and self.pressed is None:
            self.pressed = at
        elif not down:
            self.release()
        return kind == "key"
