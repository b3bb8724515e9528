"""The page: a small server in a process of its own, so that nothing it does can make a note late.

The stage tells it what happens and never waits for it; what browsers ask for goes back to the
stage. Whoever comes in goes through one door (live.page.door).
"""
