"""A rival of the note model: an LSTM over a stream of events, on the same quantised notes."""
