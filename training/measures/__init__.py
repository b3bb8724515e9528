"""Measures of music that was made: beside real music, beside the training set, beside chords."""
