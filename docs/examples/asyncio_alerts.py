"""Alerts in an asyncio program: the market is heard in one task, others go on meanwhile.

A thread of its own pushes trades, as a feed handler would; a task takes the alerts from a queue
that never holds the trading up. Run it: ``python docs/examples/asyncio_alerts.py``.
"""

import asyncio

import numpy as np

import hydrophone


def trades(count: int) -> list[dict[str, int]]:
    """Small trades on both sides, and now and then a run of large ones on one side."""
    rng = np.random.default_rng(7)
    size = rng.integers(1, 20, count)
    side = rng.integers(0, 2, count)
    for start in range(800, count - 10, 500):
        size[start : start + 10] *= 300
        side[start : start + 10] = hydrophone.Side.BUY
    return [
        {"time_ns": n * 1_000_000, "price": 6_561, "size": int(s), "symbol": 0, "side": int(b)}
        for n, (s, b) in enumerate(zip(size, side, strict=True))
    ]


def trade(session: hydrophone.Session) -> None:
    """The trading thread: it owns the session, and closes it at the end."""
    with session:
        for event in trades(3000):
            session.push(**event)


async def main() -> None:
    """Takes the alerts until the session is closed."""
    session = hydrophone.open()
    with session.alerts(capacity=1000) as queue:
        trading = asyncio.create_task(asyncio.to_thread(trade, session))
        async for alert in queue:
            print(f"{alert['time_ns'] / 1e9:.3f} s: {alert['parent_size']} lots in one hand")
        await trading
    print(f"{session.counters.events} trades, {queue.dropped} alerts not taken in time")


if __name__ == "__main__":
    asyncio.run(main())
