"""What is said of a session from the hands' stats."""

from live.cli.show import played, plays_to

STATS = {
    "sounded": 312,
    "late_offs": 2,
    "late_ms_whole": {"median": 0.012, "p99": 0.31, "max": 1.2},
}


def test_at_the_end_it_says_how_much_and_how_punctually_the_machine_played():
    assert played(STATS) == (
        "312 notes, late 0.01/0.31/1.20 ms (median/p99/worst), note-offs over 5 ms late: 2"
    )


def test_at_the_end_nothing_is_said_where_it_played_nothing():
    assert played({}) == played(STATS | {"sounded": 0}) == ""


SOUND = {"device": "system", "rate": 48000, "block": 128, "latency": 0.004, "font": "antiphon"}


def test_it_says_by_what_the_synth_is_heard():
    assert plays_to(["A synth", "Antiphon Sound"], SOUND) == (
        "A synth, Antiphon Sound (by system, 48000 Hz, blocks of 128, 4.0 ms behind, font antiphon)"
    )


def test_a_synth_without_a_sound_card_is_not_said_to_be_heard():
    assert plays_to(["Antiphon Sound"], {}) == "Antiphon Sound (silent: without a sound card)"
    assert plays_to(["A synth"], {}) == "A synth"
    assert plays_to([], {}) == "no port"
