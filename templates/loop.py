"""One workflow that goes round; INPUTS are carried from round to round."""

while True:
    ROUND
    if not isinstance(RESULT, REDIRECT):
        FINISH
    STATE, INPUTS = GO_ON
    if STATE is None:
        LEAVE
    REFILL
