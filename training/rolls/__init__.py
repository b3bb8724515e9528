"""Models of piano rolls: an LSTM over frames, and a GAN that makes bars."""
