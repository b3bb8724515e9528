"""The take: a session recorded as it happens, that can be replayed, exported and looked at.

It knows nothing of ports, threads or the time of day: every moment in it is told by the caller,
in seconds since the session began.
"""
