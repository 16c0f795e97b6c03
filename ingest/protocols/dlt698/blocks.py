"""Long answers in blocks (GET-Response-Next), each asked for by the number of the one before."""

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.messages import Block, Record, Records, Result, Results

MOST_BLOCKS = 4096
"""A server that goes on for longer is not believed."""


class Blocks:
    """Puts the blocks of one answer together again."""

    def __init__(self) -> None:
        """Wait for block 0."""
        self._due = 0
        self._results: list[Result] = []
        self._records: list[Record] = []

    def add(self, block: Block) -> Results | Records | None:
        """The whole answer once its last block is in; None while ``get_next`` must ask for more.

        Rows of one table that go on in the next block become one record.

        Raises:
            FrameError: Not the block that was due, or it says why there is none.
        """
        if block.content is None:
            raise FrameError(f"block {block.number} was broken off with DAR {block.dar}", 0)
        if block.number != self._due or self._due >= MOST_BLOCKS:
            raise FrameError(f"block {block.number}; expected block {self._due}", 0)
        self._due += 1
        match block.content:
            case Results(results):
                self._results += results
            case Records(records):
                for record in records:
                    self._go_on_with(record)
        if self._results and self._records:
            raise FrameError(f"block {block.number} turns from attributes to tables", 0)
        if not block.is_last:
            return None
        if isinstance(block.content, Results):
            return Results(tuple(self._results))
        return Records(tuple(self._records))

    def _go_on_with(self, record: Record) -> None:
        before = self._records[-1] if self._records else None
        if (
            before is not None
            and before.rows is not None
            and record.rows is not None
            and (before.oad, before.columns) == (record.oad, record.columns)
        ):
            self._records[-1] = before._replace(rows=before.rows + record.rows)
        else:
            self._records.append(record)
