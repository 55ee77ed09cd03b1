"""A call whose result is kept by a cache policy."""

INPUTS = VALUES
KEY = CACHE_KEY(IDENTITY, INPUTS)
TARGET = CHECK
if TARGET is MISS:
    BODY
    SAVE
