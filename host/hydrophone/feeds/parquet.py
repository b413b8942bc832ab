"""Reader of Parquet tables of prints (format ``parquet``)."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from hydrophone.feeds.codecs import check_ratio
from hydrophone.feeds.columns import map_columns
from hydrophone.feeds.errors import DamagedInputError, FeedError
from hydrophone.feeds.optional_imports import import_optional
from hydrophone.feeds.reader_context import ReaderContext
from hydrophone.feeds.row_parser import RowParser
from hydrophone.feeds.text_stream import Progress
from hydrophone.feeds.trades import Trades

_ROWS = 1 << 17


def read_parquet(path: str, progress: Progress, context: ReaderContext) -> Iterator[Trades]:
    """Yields the prints of a Parquet file; messages count its rows from 1.

    Raises:
        FeedError: The file is no whole Parquet file, or a column is missing.
        DamagedInputError: A part of it cannot be read; what came before was yielded.
    """
    pa = import_optional("pyarrow", purpose="reading Parquet")
    parquet = import_optional("pyarrow.parquet", purpose="reading Parquet")
    try:
        file = parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FeedError(
            f"{path}: not a whole Parquet file ({error}): was it cut short while copying?"
        ) from error
    with file:
        check_chunks(path, file.metadata)
        columns = map_columns(file.schema_arrow.names, context.options, context.report, path)
        if columns.side is None:
            context.report.note(f"{path}: no side column: sides are inferred by the tick rule")
        rows = RowParser(
            source=path,
            file_name=path.rpartition("/")[2],
            columns=columns,
            context=context,
        )
        progress.total = file.metadata.num_rows
        batches = file.iter_batches(batch_size=_ROWS, columns=columns.all)
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowInvalid, OSError) as error:
                raise DamagedInputError(
                    f"{path}: damaged behind row {progress.done}: {error}"
                ) from error
            if batch is None:
                rows.prove()
                return
            line = np.arange(progress.done + 1, progress.done + 1 + len(batch), dtype=np.int64)
            progress.done += len(batch)
            if len(batch):
                yield rows.trades(pa.Table.from_batches([batch]), line)


def check_chunks(path: str, metadata: Any) -> None:
    """Refuses a file of which a few stored bytes become a page that fills the memory.

    Raises:
        FeedError: There is such a column in a row group.
    """
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(place)
            check_ratio(path, chunk.total_uncompressed_size, chunk.total_compressed_size)
