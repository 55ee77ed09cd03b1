"""An async loop whose rounds return or go on, and that gives the event loop its turn by time."""

with PACE as PACER:
    while True:
        for _ in PACER.batch():
            ROUND
        if PACER.due():
            await PACER.turn()
