"""An async workflow that goes round, and gives the event loop its turn by time."""

with PACE(EVERY) as PACER:
    while True:
        for _ in PACER.batch():
            ROUND
            if not isinstance(RESULT, REDIRECT):
                FINISH
            STATE, INPUTS = GO_ON
            if STATE is None:
                LEAVE
            REFILL
        if PACER.due():
            await PACER.turn()
