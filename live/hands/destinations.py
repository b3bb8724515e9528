"""The outputs as the hands play into them: who plays at each, and the book of what sounds there."""

from collections.abc import Callable
from dataclasses import dataclass

from live.hands.ledger import ANYBODY, Ledger

Send = Callable[[bytes], None]


def nowhere(message: bytes) -> None:
    """Where messages go while an output is away."""


@dataclass(slots=True, eq=False)
class Destination:
    """One output. send: to be called with each message for it; ledger: its own; takes: whose
    messages go there, as the ledger marks them; is_synth: it is the built-in one."""

    send: Send
    ledger: Ledger
    takes: int = ANYBODY
    is_synth: bool = False

    @property
    def away(self) -> bool:
        """Whether it is unplugged, or not open yet."""
        return self.send is nowhere
