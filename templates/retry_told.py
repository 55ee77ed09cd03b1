"""`retry` for observed runs: the handler names the ERROR, so that it can be told."""

ATTEMPT = 1
while True:
    try:
        BODY
        AFTER
    except KINDS as ERROR:
        if ATTEMPT == MOST:
            raise
        ATTEMPT += 1
        PAUSE
