"""`cached` for observed runs: a hit is told."""

INPUTS = VALUES
KEY = CACHE_KEY(IDENTITY, INPUTS)
TARGET = CHECK
if TARGET is MISS:
    BODY
    SAVE
else:
    HIT
