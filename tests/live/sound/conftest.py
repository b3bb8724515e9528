import pytest

from .small_font import write_font


@pytest.fixture
def font(tmp_path):
    """A melodic preset that sounds on as long as it is held, and drums."""
    return write_font(tmp_path / "small.sf2")
