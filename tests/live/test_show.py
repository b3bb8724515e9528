"""What is said of a session from the hands' stats."""

from live.cli.show import played

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
