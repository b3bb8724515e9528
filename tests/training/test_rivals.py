"""The baselines of a model are fitted to what somebody played."""

from dataclasses import replace

import numpy as np
import pytest

from live.codec import PITCH, VELOCITY
from training import rivals
from training.coded import Coded, code
from training.config import Config
from training.midi_file import Piece
from training.roles import both_directions


@pytest.mark.parametrize("kind", rivals.KINDS)
def test_velocities_are_counted_where_somebody_played_them(
    kind: str, piece: Piece, config: Config
) -> None:
    def read(piece: Piece) -> list[Coded]:
        return [code(piece, roles, config.codec) for roles in both_directions(piece)]

    played = read(piece)
    score = read(replace(piece, velocity=np.zeros_like(piece.velocity), pitch=piece.pitch + 1))
    both = [*played, *score]
    alone = rivals.fit(kind, played, played, config.codec).bits(played)
    mixed = rivals.fit(kind, both, both, config.codec).bits(played)
    np.testing.assert_allclose(mixed[:, VELOCITY], alone[:, VELOCITY], rtol=1e-6)
    assert np.abs(mixed[:, PITCH] - alone[:, PITCH]).max() > 1e-5
