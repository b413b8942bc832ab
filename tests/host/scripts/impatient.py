"""Two interrupts in one batch: the second is raised at once, and the batch ends by itself.

python -m tests.host.scripts.impatient DEVICE SEED
"""

import signal
import sys
import time

import numpy as np
from tests.host.tapes import random_tape

import hydrophone
from hydrophone import DeviceError


def main() -> None:
    device, seed = sys.argv[1], int(sys.argv[2])
    tape = np.resize(random_tape(seed, 4000, 16), 6000)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    with hydrophone.open(device) as session:
        out = np.zeros(tape.size, hydrophone.RESULT.dtype)
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        try:
            session.process(tape, out)
        except KeyboardInterrupt:
            signal.setitimer(signal.ITIMER_REAL, 0)
        else:
            raise AssertionError("the batch should have lasted longer")
        refused = 0
        while not session.counters.events:
            try:
                session.push(time_ns=1, price=1, size=1, symbol=0, side=0)
            except DeviceError:
                refused += 1
                time.sleep(0.01)
        assert refused, "the second interrupt should have been raised at once"
        assert session.counters.events == tape.size
    with hydrophone.open(device) as other:
        assert out.tobytes() == other.process(tape).tobytes()
    # Leaving while the batch is at work: what is raised is the interrupt.
    try:
        with hydrophone.open(device) as session:
            signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
            session.process(tape, out)
    except KeyboardInterrupt:
        signal.setitimer(signal.ITIMER_REAL, 0)


main()
