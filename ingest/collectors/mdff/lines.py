"""The lines of a block of MDFF text, told apart by their record codes without reading them."""

import numpy as np

from ingest.collectors.mdff.records import Record

LONGEST_LINE = 64 << 10
"""A day of one-minute values takes some 10 kB; what is longer is no record [bytes]."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_COMMA, _NEWLINE, _RETURN = b",\n\r"


class Lines:
    """A block of text cut into lines, each with the code of its record (-1: none)."""

    def __init__(self, text: bytes, lines_before: int, bytes_before: int) -> None:
        """Find the lines of ``text``; the two counts say where it stands in its file."""
        self.text = text
        self.bytes = np.frombuffer(text, np.uint8)
        ends = np.flatnonzero(self.bytes == _NEWLINE)
        if not len(ends) or ends[-1] != len(text) - 1:
            ends = np.append(ends, len(text))
        self.start = np.concatenate([[0], ends[:-1] + 1])
        if not bytes_before and text.startswith(_BYTE_ORDER_MARK):
            self.start[0] = len(_BYTE_ORDER_MARK)
        self.end = ends - (self.bytes[np.maximum(ends - 1, 0)] == _RETURN) * (ends > self.start)
        self._lines_before, self._bytes_before = lines_before, bytes_before
        longest = int((self.end - self.start).argmax())
        if self.end[longest] - self.start[longest] > LONGEST_LINE:
            raise self.record(longest).fault(f"the line is longer than {LONGEST_LINE:,} bytes")
        self.code = self._codes()
        self.intervals = np.flatnonzero(self.code == 300)
        self.others: list[int] = np.flatnonzero(self.code != 300).tolist()

    def _codes(self) -> np.ndarray:
        """The three digits that a comma or the line's end follows."""
        padded = np.append(self.bytes, np.full(4, _NEWLINE, np.uint8))
        digits = [padded[self.start + place].astype(np.int64) - ord("0") for place in range(3)]
        after = padded[self.start + 3]
        ends = (after == _COMMA) | (after == _NEWLINE) | (after == _RETURN)
        whole = ends & np.all([(digit >= 0) & (digit <= 9) for digit in digits], axis=0)
        return np.where(whole, digits[0] * 100 + digits[1] * 10 + digits[2], -1)

    def record(self, line: int) -> Record:
        """One line, decoded."""
        start, end = int(self.start[line]), int(self.end[line])
        text = self.text[start : min(end, start + LONGEST_LINE)].decode("utf-8", "replace")
        return Record(self._lines_before + line + 1, self._bytes_before + start, text)

    def numbers(self, lines: np.ndarray) -> np.ndarray:
        """The numbers in the file, from 1, of lines of this block."""
        return (lines + self._lines_before + 1).astype(np.int64)

    def offsets(self, lines: np.ndarray) -> np.ndarray:
        """The offsets in the file [bytes] of lines of this block."""
        return (self.start[lines] + self._bytes_before).astype(np.int64)

    def slices(self, starts: np.ndarray, ends: np.ndarray) -> list[bytes]:
        """Pieces of the text."""
        text = self.text
        return [text[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
