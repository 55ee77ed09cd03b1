"""A call that is tried again when it fails; AFTER is `break`, or nothing where the body returns."""

ATTEMPT = 1
while True:
    try:
        BODY
        AFTER
    except KINDS:
        if ATTEMPT == MOST:
            raise
        ATTEMPT += 1
        PAUSE
