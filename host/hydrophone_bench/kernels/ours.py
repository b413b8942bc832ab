"""Contenders of `hydrophone.kernels`, called as its users call them."""

from typing import Any

import numpy as np

from hydrophone import kernels
from hydrophone_bench.kernels.cases import Case, Contender, Maker, Offer, Shape, always
from hydrophone_bench.kernels.data import BINS, CANDIDATES, SYSTEMS
from hydrophone_bench.kernels.peers.streams import pushed


def load() -> Offer:
    """What is ours."""

    def into(code: str, function: Any, dtype: Any = np.float32) -> Maker:
        """A function that fills a buffer with as many numbers as there are samples."""

        def contender(case: Case) -> Contender:
            out = np.zeros(case.data["x"].size, dtype)
            first = 0 if case.window == out.size else case.window - 1
            return Contender(
                code=code,
                names={function.__name__: function, "out": out, "n": case.window},
                answer=lambda _: out[first:].copy(),
            )

        return contender

    def stream(handle: Any, *columns: str, **options: Any) -> Maker:
        return lambda case: pushed(case, handle(case.window, **options).push, *columns)

    def haar_stream(case: Case) -> Contender:
        return pushed(case, kernels.Haar(case.window).push, "values", last=True)

    def fuse(case: Case) -> Contender:
        out = np.zeros((6, CANDIDATES), np.float32)
        return Contender(
            code="fuse(scores, performance, out=out)",
            names={"fuse": kernels.fuse, "out": out},
            answer=lambda _: out.copy(),
        )

    def fuse_stream(case: Case) -> Contender:
        out = np.zeros((case.length, 6, CANDIDATES), np.float32)
        return Contender(
            code="[push(table, out=row) for table, row in zip(scores, rows)]",
            names={"push": kernels.Fusion(SYSTEMS, CANDIDATES).push, "rows": list(out)},
            answer=lambda _: out.copy(),
        )

    def fuse_series(case: Case) -> Contender:
        out = np.zeros((case.length, 6, CANDIDATES), np.float32)
        push_many = kernels.Fusion(SYSTEMS, CANDIDATES).push_many
        return Contender(
            code="push_many(scores, out=out)",
            names={"push_many": push_many, "out": out},
            answer=lambda _: out.copy(),
        )

    haar = into("haar(x, out=out)", kernels.haar)
    distance = always("distance(x, y)", distance=kernels.distance)
    return Offer(
        contenders={
            ("correlation", Shape.CALL): always(
                "correlation(x, y)", correlation=kernels.correlation
            ),
            ("haar", Shape.CALL): haar,
            ("distance", Shape.CALL): distance,
            ("entropy", Shape.CALL): always("entropy(w)", entropy=kernels.entropy),
            ("moving_average", Shape.CALL): always("average(x)", average=kernels.average),
            ("variance", Shape.CALL): always("variance(x)", variance=kernels.variance),
            ("fusion", Shape.CALL): fuse,
            ("fusion", Shape.STREAM): fuse_stream,
            ("fusion", Shape.SERIES): fuse_series,
            ("correlation", Shape.STREAM): stream(kernels.Correlation, "values", "others"),
            ("haar", Shape.STREAM): haar_stream,
            ("distance", Shape.STREAM): stream(kernels.Distance, "values", "others"),
            ("entropy", Shape.STREAM): stream(kernels.Entropy, "bins", bins=BINS),
            ("moving_average", Shape.STREAM): stream(kernels.Average, "values"),
            ("variance", Shape.STREAM): stream(kernels.Variance, "values"),
            ("correlation", Shape.SERIES): into(
                "moving_correlation(x, y, n, out=out)", kernels.moving_correlation
            ),
            ("haar", Shape.SERIES): haar,
            ("distance", Shape.SERIES): distance,
            ("entropy", Shape.SERIES): into(
                "moving_entropy(bins, n, out=out)", kernels.moving_entropy
            ),
            ("moving_average", Shape.SERIES): into(
                "moving_average(x, n, out=out)", kernels.moving_average
            ),
            ("variance", Shape.SERIES): into(
                "moving_variance(x, n, out=out)", kernels.moving_variance
            ),
        }
    )
